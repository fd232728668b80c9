"""Reading federation's pages in tests: notices, the proof page, the links that were made."""

from typing import Any

from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from federation import links
from tests.support.ports import MemoryHouse
from tests.support.upstream_world import World

PASSWORD = "correct horse battery"


def of(house: MemoryHouse, account_id: str = "account-1234567") -> list[tuple[str, str, bool]]:
    """Return an account's links: (sub, method, in force)."""
    with Session(house.engine) as session:
        return [(link.sub, link.method, link.ended_at == 0) for link in links.history(session, account_id)]


def told(answer: TestResponse, title: str | None = None) -> dict[str, Any]:
    """Return what a notice says, and check that it leaves a way on."""
    page: dict[str, Any] = answer.get_json()
    assert "federation/notice.html" == page["template"]
    assert page["actions"]
    if title is not None:
        assert title == page["title"]
    return page


def to_proof(here: World, person: str = "angela") -> tuple[Any, str]:
    """Come back from FranceConnect to the proof page; returns the browser and the page's path."""
    browser = here.browser()
    answer = here.sign_in(person, browser)
    assert 303 == answer.status_code, answer.get_data(as_text=True)
    assert answer.headers["Location"].startswith("/federation/franceconnect/preuve?suite=")
    return browser, answer.headers["Location"]


def submit(browser: Any, path: str, **changes: str) -> TestResponse:
    """Post the proof form."""
    csrf = browser.get(path).get_json()["csrf"]
    form = {"situation": "affilie", "dossier": "1234567", "password": PASSWORD, "csrf": csrf}
    answer: TestResponse = browser.post(path, data=form | changes)
    return answer
