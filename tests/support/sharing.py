"""How several processes share a run (`pytest -n`): file by file, so that what a file sets up is set up once.

Stories told to the one demonstration stay together and in order: what one links, the next one finds.
"""

from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

STORIES: Final = ("tests/browser/",)
"""Where the tests are that share the demonstration."""
FAULTS: Final = ("tests/faults/",)
"""Where the tests are that share the houses which are broken."""
LONG: Final = (*STORIES, *FAULTS, "tests/conformance/", "tests/interop/")
"""Where the tests are that wait for programs of their own to start."""


def share(nodeid: str) -> str:
    """Return the name of what a test stays with: the demonstration, the houses of faults, or the tests of its file."""
    if nodeid.startswith(FAULTS):
        return "faults"
    return "demonstration" if nodeid.startswith(STORIES) else nodeid.partition("::")[0]


def begin_with_the_long(items: list[pytest.Item]) -> None:
    """Put stories and all that needs Chromium first, in their order, so that no process ends long after the others."""

    def is_short(item: pytest.Item) -> bool:
        return not item.nodeid.startswith(LONG) and "chromium" not in getattr(item, "fixturenames", ())

    items.sort(key=is_short)


class ByFile(LoadScopeScheduling):
    """Hands out whole files, the stories as one, in the order of collection."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)
