"""Every message that pages and product may say, as the extractor finds them in the sources."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from babel.messages.extract import extract
from jinja2.ext import babel_extract

from tests.support import sources
from tests.support.sources import ROOT

Message = str | tuple[str, ...]
KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2)}


def spoken() -> Iterator[tuple[str, Message]]:
    """Yield where each message stands and what it is: a sentence, or a singular and its plural."""
    for under in ("templates/account", "templates/admin", "templates/web", "templates/federation"):
        for path in sources.files(".html", under=under):
            yield from _found(path, babel_extract, {"trimmed": "true"})
    yield from _found(ROOT / "templates" / "base.html", babel_extract, {"trimmed": "true"})
    for under in ("idp", "federation"):
        for path in sources.files(".py", under=under):
            if "emulator" not in path.parts:
                yield from _found(path, "python", {})


def _found(path: Path, method: str | Callable[..., Any], options: dict[str, str]) -> Iterator[tuple[str, Message]]:
    with path.open("rb") as source:
        for line, message, _, _ in extract(method, source, KEYWORDS, options=options):
            yield f"{sources.name(path)}:{line}", message
