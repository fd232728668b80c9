"""Finding the machine's Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.support import browser


def test_the_variable_names_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """CHROMIUM is believed before PATH."""
    monkeypatch.setenv("CHROMIUM", "/opt/browser")
    assert Path("/opt/browser") == browser.chromium()


def test_found_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program of one of the known names on PATH is taken."""
    program = tmp_path / "google-chrome"
    program.touch(mode=0o755)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program == browser.chromium()


def test_the_one_without_a_window_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where both are installed, the quicker is taken."""
    for name in ("chromium", "chromium-headless-shell"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tmp_path / "chromium-headless-shell" == browser.chromium()


@pytest.mark.browser
def test_the_browser_runs(chromium: Path) -> None:
    """The machine's Chromium starts under Playwright and shows a page."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=browser.arguments())
        page = started.new_page()
        page.set_content("<title>Bonjour</title>")
        title = page.title()
        started.close()
    assert "Bonjour" == title
