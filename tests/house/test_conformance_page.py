"""The page about conformance names tests and files that are there."""

import re

from tests.support import sources
from tests.support.sources import ROOT

PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
MODULE = re.compile(r"`(oidcc-[\w-]+?)`")
PLAN = re.compile(r"(-test-plan|-)$")


def held() -> set[str]:
    """Return the names of the tests that hold the provider against a module."""
    texts = (path.read_text(encoding="utf-8") for path in sources.files(".py", under="tests/conformance"))
    return {name for text in texts for name in re.findall(r"^def (test_oidcc_\w+)\(", text, re.MULTILINE)}


def modules() -> set[str]:
    """Return the modules that the page names; names of plans end otherwise."""
    return {name for name in MODULE.findall(PAGE) if not PLAN.search(name)}


def test_every_module_has_its_test() -> None:
    """`oidcc-prompt-login` is `test_oidcc_prompt_login`."""
    wanted = {"test_" + name.lower().replace("-", "_") for name in modules()}
    assert len(wanted) > 70
    assert set() == wanted - held()


def test_every_test_is_a_module_of_the_page() -> None:
    """No test bears the name of a module that no plan has, but parts of one."""
    known = tuple("test_" + name.lower().replace("-", "_") for name in modules())
    assert [] == [name for name in held() if not name.startswith(known)]


def test_every_file_that_it_names_is_there() -> None:
    """Where something is done, and what shows it, can be opened."""
    named = re.findall(r"`((?:idp|federation|keys|tests)/[\w./-]+)`", PAGE)
    assert len(named) > 40
    assert [] == [name for name in named if not (ROOT / name).exists()]
