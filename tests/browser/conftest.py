"""One Chromium for each file of stories, and a private window for each story."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support import browser as chromium_of
from tests.support.demonstrations import Demonstration
from tests.support.visitor import PATIENCE, Visitor, window


class OpenWindow(Protocol):
    """Opens a private window that closes with the test."""

    def __call__(self, **options: Any) -> Visitor:
        """Open it; `options` are those of Playwright's `new_context`."""


# Not for the whole session: while Playwright runs, its thread has a running event loop, which others mind.
@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """The machine's Chromium."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=chromium_of.arguments())
        yield started
        started.close()


@pytest.fixture
def open_window(browser: Browser, demonstration: Demonstration) -> Iterator[OpenWindow]:
    """A function that opens private windows, watched for requests to third parties and broken rules."""
    with ExitStack() as opened:

        def open_one(**options: Any) -> Visitor:
            return opened.enter_context(window(browser, demonstration, **options))

        yield open_one


@pytest.fixture
def visitor(open_window: OpenWindow) -> Visitor:
    """A member in front of a screen of ordinary width."""
    return open_window()
