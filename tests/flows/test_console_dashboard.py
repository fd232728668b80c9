"""The dashboard at the console: pictures without a script, each with its numbers, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.admin.roles import Role
from idp.members.reset_requests import RESET
from idp.store.deliveries import MESSAGES
from idp.store.logouts import LOGOUT
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty
from tests.support.staff import Desk, at_the_console

HERE = "/tableau-de-bord"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(copied_provider(tmp_path)) as made:
        yield made


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, who audits."""
    return at_the_console(provider, Role.AUDITOR)


def test_pictures_and_numbers(provider: Provider, desk: Desk) -> None:
    """Each picture has a name, a description, and a table of the same numbers; no style is within the page."""
    RelyingParty(provider).sign_in(provider.browser())
    page = desk.get(HERE)
    for name in ("hours", "days"):
        assert f'aria-labelledby="{name}-name {name}-desc"' in page.text
        assert f'<title id="{name}-name">' in page.text
        assert re.search(rf'<desc id="{name}-desc">\d+ connexions en tout', page.text)
        assert 'fill="url(#' in page.text
        rows = re.search(rf'<table id="{name}-table">.*?</table>', page.text, re.DOTALL)
        assert rows is not None
        assert "Mot de passe" in rows[0]
    assert "style=" not in page.text
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    english = desk.get(f"{HERE}?lang=en").text
    assert ("Sign-ins by hour" in english, "Password" in english, "Letters to print" in english) == (True, True, True)


def test_what_is_sent_has_a_name(provider: Provider, desk: Desk) -> None:
    """No kind of the outbox is shown by its key."""
    kinds = (*MESSAGES, LOGOUT, RESET)
    with provider.application.store.begin() as unit:
        for kind in kinds:
            unit.outbox.add(kind, f"{kind}:1", {}, task_id=kind, now=provider.clock())
    page = desk.get(HERE).text
    assert "Messages scellés (codes, mots de passe, avis de sécurité)" in page
    assert [] == [kind for kind in kinds if f">{kind}<" in page]


def test_before_anything_happened(desk: Desk) -> None:
    """A house without a sample or a failure says so."""
    page = desk.get(HERE)
    assert ('id="no-sizes"' in page.text, 'id="no-failures"' in page.text) == (True, True)


def test_room_that_ends(provider: Provider, desk: Desk) -> None:
    """Growth and the room that is left say how many months there are; soon is a warning."""
    sizes, today = provider.application.size_samples, provider.clock() // 86400
    room = 3 * 1024**3 + 20 * 1024
    sizes._capacity = room
    with provider.application.store.begin() as unit:
        unit.table_sizes.keep(today - 30, {"audit": 1024**3, "grants": 20 * 1024})
        unit.table_sizes.keep(today, {"audit": 2 * 1024**3, "grants": 20 * 1024})
    page = desk.get(HERE).text
    assert re.search(r'id="full" class="alert alert--warning">.*la place manque dans 1 mois', page, re.DOTALL)
    assert (True, True) == tuple(size in page.replace("\xa0", " ") for size in ("2 Gio", "20 Kio"))
