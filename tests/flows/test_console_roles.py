"""Every page of the console with every role: who may open it does, and nobody else, whatever the menu shows."""

from collections.abc import Iterator

import pytest

from idp.admin.actor import operator
from idp.admin.console.nav import MENU
from idp.admin.console.routes import CONSOLE
from idp.admin.roles import ACTS, Role
from tests.support.administration import FIRST, administered, waiting
from tests.support.provider import Provider, running
from tests.support.staff import Desk, acts_of, at_the_console

OWN = "/administration/deconnexion"
"""Ends the session of whoever sends it, so that it is walked elsewhere."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One provider for all pages: nothing here changes anything."""
    with running(administered(tmp_path_factory.mktemp("roles"))) as opened:
        opened.application.acts.configuration.apply(operator("test"), "version = 1")
        yield opened


@pytest.fixture(scope="module", params=list(Role))
def desk(request: pytest.FixtureRequest, house: Provider) -> Desk:
    """An administrator with one role, who has just signed in."""
    return at_the_console(house, request.param, login=f"{request.param}@fund.example")


def addressed(path: str, account: str, case: str, member: str, proposal: str) -> str:
    """Return a route's path with things that are there in its places."""
    places = {"<account>": account, "<path:client_id>": "espace", "<upstream>": "franceconnect", "<case>": case}
    places |= {"<member>": member, "<batch>": "2023-11-14-01", "<int:number>": "1", "<proposal>": proposal}
    for place, value in places.items():
        path = path.replace(place, value)
    return path


def test_every_page(house: Provider, desk: Desk) -> None:
    """The route's act decides: the page, or a plain refusal; a form without its token changes nothing."""
    (role,) = [one for one in Role if desk.who.login.startswith(one.value)]
    case = waiting(house, f"sub-{role}")
    proposal = house.application.acts.keys.prepare_emergency(operator("test"), (), "essai").proposal.id
    mine = next(one for one in acts_of(house).list(operator("test")) if one.login == desk.who.login)
    member = house.application.acts.desk.members.show(operator("test"), FIRST).person.account_id
    for path, methods, name, _, act in CONSOLE:
        if path == OWN:
            continue
        url = addressed(path, mine.account_id, case, member, proposal)
        page = desk.browser.post(url, {}) if methods == "POST" else desk.browser.get(url)
        opened = not act or ACTS[act].open_to({role})
        # What is proposed here is security's, and no other role's to see but an auditor's.
        opened = opened and ("<proposal>" not in path or role in {Role.SECURITY, Role.AUDITOR})
        assert (name, 200 if opened else 403) == (name, page.status)
        assert (name, not opened) == (name, 'id="forbidden"' in page.text)
    after = next(one for one in acts_of(house).list(operator("test")) if one.login == desk.who.login)
    assert mine == after


def test_the_menu_shows_what_opens(desk: Desk) -> None:
    """What a role does not open is not offered, and what is offered opens."""
    (role,) = [one for one in Role if desk.who.login.startswith(one.value)]
    page = desk.get()
    shown = {entry.name for entry in MENU if f'id="nav-{entry.name}"' in page.text}
    assert {entry.name for entry in MENU if not entry.act or ACTS[entry.act].open_to({role})} == shown
    assert [200] * len(shown) == [desk.browser.get(entry.href).status for entry in MENU if entry.name in shown]


def test_nobody_opens_anything_without_a_sign_in(house: Provider) -> None:
    """Every page of the console sends a stranger to the staff's sign-in page, and a form of theirs does nothing."""
    for path, methods, name, _, _ in CONSOLE:
        browser = house.browser()
        url = addressed(path, "x" * 32, "x", "0" * 32, "x")
        page = browser.post(url, {}) if methods == "POST" else browser.get(url)
        assert (name, True) == (name, "/administration/connexion/" in page.url)


def test_every_act_of_the_console_is_an_act() -> None:
    """No route names an act that the table of roles does not know, and what changes something is a POST."""
    assert set() == {act for *_, act in CONSOLE if act} - set(ACTS)
    changing = {act for _, methods, _, _, act in CONSOLE if methods == "POST"}
    assert {act for *_, act in CONSOLE if act and not ACTS[act].reads} <= changing
