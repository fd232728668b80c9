"""The sign-in page does not die: left alone, reloaded, gone back to, or open twice."""

import json
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.support.demonstrations import Demonstration
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser


def an_hour_passes(demonstration: Demonstration) -> int:
    """Make every started sign-in an hour older where the provider keeps it; return how many there were."""
    aged = 0
    with closing(sqlite3.connect(demonstration.plan.database_file, timeout=10)) as database, database:
        rows = database.execute("SELECT key, value FROM key_values WHERE key LIKE 'interaction:%'").fetchall()
        for key, value in rows:
            record = json.loads(value)
            record["started"] -= 3600
            database.execute(
                "UPDATE key_values SET value = ?, expires_at = expires_at - 3600 WHERE key = ?",
                (json.dumps(record).encode(), key),
            )
            aged += 1
    return aged


def test_an_hour_idle(visitor: Visitor) -> None:
    """A sign-in page left open for an hour still leads to the application."""
    visitor.asks_to_sign_in()
    visitor.sees("dossier")
    assert an_hour_passes(visitor.demonstration)
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")


def test_reload(visitor: Visitor) -> None:
    """The page may be reloaded, also after an error."""
    visitor.asks_to_sign_in()
    visitor.page.reload()
    visitor.press("sign-in")
    visitor.sees("error-summary")
    visitor.page.reload()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    visitor.page.reload()
    visitor.is_welcomed("elise")


def test_back_after_signing_in(visitor: Visitor) -> None:
    """Going back to the page after signing in leads to the application again."""
    visitor.asks_to_sign_in()
    visitor.sees("dossier")
    sign_in_page = visitor.page.url
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    visitor.page.goto(sign_in_page)
    visitor.is_welcomed("elise")


def test_back_from_franceconnect(visitor: Visitor) -> None:
    """Whoever comes back from FranceConnect's tiles may use the password instead."""
    visitor.asks_to_sign_in()
    visitor.press("franceconnect")
    visitor.sees("idp-impots")
    visitor.page.go_back()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")


def test_two_tabs(visitor: Visitor) -> None:
    """Two pages open at once both end at the application, whichever is used first."""
    visitor.asks_to_sign_in()
    visitor.sees("dossier")
    other = Visitor(visitor.demonstration, visitor.context, visitor.context.new_page())
    other.asks_to_sign_in()
    other.signs_in("elise")
    other.is_welcomed("elise")
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    other.page.reload()
    other.is_welcomed("elise")


def test_forgotten_by_the_browser(visitor: Visitor) -> None:
    """A page whose cookies are gone says so, and its way on ends signed in."""
    visitor.asks_to_sign_in()
    visitor.sees("dossier")
    visitor.context.clear_cookies()
    visitor.fills(visitor.demonstration.person("elise"))
    visitor.press("sign-in")
    expect(visitor.page.locator("h1")).to_contain_text("n’est plus valable")
    visitor.page.get_by_role("link", name="Espace Personnel").click()
    visitor.press("sign-in")
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")


def test_callback_reloaded(visitor: Visitor) -> None:
    """FranceConnect's answer, sent a second time by the browser, ends at the application."""
    answers: list[str] = []
    visitor.page.on("request", lambda request: answers.append(request.url) if "/callback?" in request.url else None)
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("paul")
    visitor.is_welcomed("paul")
    (franceconnect,) = (url for url in answers if url.startswith(visitor.demonstration.issuer))
    visitor.page.goto(franceconnect)
    visitor.is_welcomed("paul")
