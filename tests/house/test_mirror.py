"""Tests stand where their sources stand, so that either is found from the other."""

from pathlib import Path

from tests.support import sources
from tests.support.sources import ROOT

STORIES = {"flows", "browser", "conformance", "interop", "deploy", "stores", "faults", "house", "support"}
"""Folders of tests that tell of the whole rather than of one module."""


def tells_of_a_module(test: Path) -> bool:
    """Whether `tests/<room>/test_<name>.py` has its `<name>.py`, or one that `<name>` begins with."""
    room = test.relative_to(ROOT / "tests").parent
    about = test.stem.removeprefix("test_")
    for folder in (ROOT / room, ROOT / "idp" / room):
        names = {path.stem.strip("_") for path in folder.glob("*") if path.name != "__init__.py"}
        if any(about == name or about.startswith(f"{name}_") for name in names if name):
            return True
    return False


def test_each_test_file_has_its_source() -> None:
    """`tests/keys/test_jws.py` tests `keys/jws.py`; `tests/store/test_kv_redis.py` tests `idp/store/kv.py`."""
    strangers = [
        sources.name(path)
        for path in sources.files(".py", under="tests")
        if path.name.startswith("test_")
        and path.relative_to(ROOT / "tests").parts[0] not in STORIES
        and not tells_of_a_module(path)
    ]
    assert [] == strangers
