"""The repository speaks of itself only: no machine's paths, no address of a package registry."""

import re

import pytest

from tests.support import sources

# Written in two halves, so that this file does not speak of them either.
FOREIGN = {
    "a package registry's address": re.compile(
        "|".join(
            host + re.escape(top)
            for host, top in (
                ("pypi", ".org"),
                ("pythonhosted", ".org"),
                ("npmjs", ".org"),
                ("crates", ".io"),
                ("maven", ".org"),
                ("deb.debian", ".org"),
            )
        )
    ),
    "a path of one machine": re.compile("/wor" + r"k/|/ho" + r"me/\w|/Use" + r"rs/\w"),
    "an unfinished thought": re.compile(r"\b(TO" + "DO|FIX" + r"ME)\b"),
}
BINARY = (".png", ".ico", ".woff2", ".jpg", ".mo")


@pytest.mark.parametrize("what", FOREIGN)
def test_no_file_has(what: str) -> None:
    """No file of the repository contains what belongs elsewhere."""
    found = []
    for path in sources.files():
        if path.suffix in BINARY:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if FOREIGN[what].search(line):
                found.append(f"{sources.name(path)}:{number}: {line.strip()[:80]}")
    assert [] == found
