"""What no database can look for, sent to every page of the console: an answer, and no error of the database."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.admin.console.routes import CONSOLE
from tests.support.administration import administered
from tests.support.provider import Provider, running
from tests.support.staff import at_the_console

OWN = "/administration/deconnexion"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider on PostgreSQL, which takes no NUL."""
    with running(administered(tmp_path, "postgresql")) as made:
        yield made


def test_no_page_breaks(provider: Provider) -> None:
    """In a place of the path, or in a parameter: the page of what is not there."""
    desk = at_the_console(provider)
    for path, method, name, _view, _act in CONSOLE:
        if path == OWN:
            continue
        url = re.sub("<[^>]+>", "%00", path) if "<" in path else f"{path}?actor=x&actor=%00"
        page = desk.browser.get(url) if method == "GET" else desk.browser.post(url, {})
        # Where `<int:…>` does not take it, the path is another page's, which takes no POST.
        assert (name, True) == (name, page.status in {404, 405})
    assert 404 == desk.get(f"/configuration/versions/{'9' * 30}").status
    page = desk.get("/journal/export")
    taken = desk.browser.post(page.url, {**page.hidden(), "dossier": "12\x0034", "form": "csv"})
    assert (200, "id,time,event,outcome") == (taken.status, taken.text[:21])
