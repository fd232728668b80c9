"""The console's tables in a real Chromium: every column in sight, and no word broken in its middle."""

import pytest

from tests.browser.conftest import OpenWindow
from tests.browser.test_console import Codes, comes_in
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser

PAGES = {
    "auditor@example.org": ("/journal", "/tableau-de-bord"),
    "clients@example.org": ("/applications", "/applications/espace-personnel"),
    "members@example.org": ("/rapprochements", "case"),
}
"""Pages of tables, by somebody who sees them, and whose codes no other story uses."""
HIDDEN = """[...document.querySelectorAll(".table")].filter(one => one.scrollWidth > one.clientWidth)
    .map(one => `${one.getAttribute("aria-labelledby")}: ${one.scrollWidth} > ${one.clientWidth}`)"""
BROKEN = r"""(() => {
    const found = [], nodes = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
        const node = nodes.currentNode, cell = node.parentElement.closest("th, td");
        if (cell === null || !cell.checkVisibility() || node.parentElement.closest("details, .mono, code")) continue;
        for (const word of node.data.matchAll(/[^\s\-.@_…]+/g)) {
            // Who or what has so long a name gets no column for it.
            if (word[0].length > 15) continue;
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map(one => Math.round(one.top))).size > 1) found.push(word[0]);
        }
    }
    return found;
})()"""
LABELS = """[...document.querySelectorAll(".table--cards td[data-title]")].filter(one => one.checkVisibility())
    .map(one => getComputedStyle(one, "::before").content === JSON.stringify(one.dataset.title))
    .map(titled => titled ? "titled" : "untitled")"""


@pytest.fixture(scope="module")
def codes() -> dict[str, Codes]:
    """Each one's application of codes."""
    return {login: Codes() for login in PAGES}


@pytest.fixture
def busy(open_window: OpenWindow) -> None:
    """An application has renewals to count, and the desk a person whom two dossiers are like."""
    elise, nadia = open_window(), open_window()
    elise.asks_to_sign_in()
    elise.signs_in("elise")
    elise.is_welcomed("elise")
    elise.page.locator("#refresh").click()
    nadia.asks_to_sign_in()
    nadia.signs_in_by_franceconnect("nadia")
    nadia.sees("link")


def goes_to(visitor: Visitor, path: str) -> None:
    """Open a page of the console; `case` is the first that waits."""
    if path == "case":
        visitor.page.locator("th a").first.click()
        visitor.sees("decide")
    else:
        visitor.page.goto(f"{visitor.demonstration.issuer}/administration{path}")
    visitor.sees("who")


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("width", [360, 1280])
def test_every_column_is_in_sight(open_window: OpenWindow, codes: dict[str, Codes], width: int) -> None:
    """No table is wider than its window; where it is narrow, each row is a card whose facts have their titles."""
    found = {}
    for login, paths in PAGES.items():
        visitor = open_window(viewport={"width": width, "height": 800})
        comes_in(visitor, codes[login], login)
        for path in paths:
            goes_to(visitor, path)
            faults = [*visitor.page.evaluate(HIDDEN), *visitor.page.evaluate(BROKEN)]
            found[path] = (faults, visitor.page.evaluate(LABELS))
    expected = {"untitled"} if width > 612 else {"titled"}
    assert {path: ([], expected) for paths in PAGES.values() for path in paths} == {
        path: (faults, set(titles)) for path, (faults, titles) in found.items()
    }
