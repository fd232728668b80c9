"""What was switched off is refused at the next step, whichever that is (N-054, V-43, V-55)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select, update

from idp.admin.actor import operator
from idp.members.dossiers import Dossier
from idp.store.tables import GrantRow
from tests.support.cast import ESPACE, MEMBER, SECRET
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

CLIENTS_ARE_CACHED = 5
"""Seconds for which a process may still know a client as it was."""

Switch = Callable[[Provider], None]


def close_account(provider: Provider) -> None:
    """The fund closes the dossier."""
    provider.application.dossiers.upsert(replace(MEMBER, status="closed"), None)


def suspend_account(provider: Provider) -> None:
    """The fund suspends the dossier."""
    provider.application.dossiers.upsert(replace(MEMBER, status="suspended"), None)


def change_password(provider: Provider) -> None:
    """The member's password changes, which ends every session before it."""
    provider.application.dossiers.upsert(MEMBER, "another-password-than-before")


def disable_client(provider: Provider) -> None:
    """The application is switched off, by another process."""
    with provider.application.store.begin() as unit:
        known = unit.clients.get(ESPACE.client_id)
        assert known is not None
        unit.clients.upsert(replace(known, enabled=False), provider.clock())
    provider.clock.forward(CLIENTS_ARE_CACHED)


ACCOUNT: dict[str, Switch] = {
    "closed": close_account,
    "suspended": suspend_account,
    "password changed": change_password,
}
ALL: dict[str, Switch] = {**ACCOUNT, "client disabled": disable_client}


@dataclass
class Steps:
    """A sign-in that stops after a step, to go on after a switch was thrown."""

    provider: Provider
    espace: RelyingParty
    browser: Browser

    def page(self) -> Page:
        """Open the sign-in page."""
        return self.browser.get(self.espace.authorize_url(scope="openid email offline_access"))

    def code(self) -> str:
        """Sign in."""
        return self.browser.sign_in(self.page()).query["code"]

    def tokens(self) -> dict[str, Any]:
        """Redeem."""
        issued: dict[str, Any] = self.espace.redeem(self.code()).get_json()
        return issued


@pytest.fixture
def steps(every_provider: Provider) -> Steps:
    """A sign-in about to start, on each pair of stores."""
    return Steps(every_provider, RelyingParty(every_provider), every_provider.browser())


@pytest.fixture
def quick(provider: Provider) -> Steps:
    """A sign-in about to start."""
    return Steps(provider, RelyingParty(provider), provider.browser())


@pytest.mark.parametrize("switch", ALL.values(), ids=ALL)
def test_between_page_and_password(quick: Steps, switch: Switch) -> None:
    """The page was open; nobody signs in any more with what it had."""
    page = quick.page()
    switch(quick.provider)
    back = quick.browser.sign_in(page)
    assert "code" not in back.query
    assert "__Host-idp-session" not in quick.browser.cookies()


@pytest.mark.parametrize("switch", ALL.values(), ids=ALL)
def test_between_session_and_next_request(quick: Steps, switch: Switch) -> None:
    """A session that is there already gives no further code, not even silently."""
    quick.code()
    switch(quick.provider)
    for changes in ({}, {"prompt": "none"}):
        assert "code" not in quick.browser.get(quick.espace.authorize_url(**changes)).query


@pytest.mark.parametrize("switch", ALL.values(), ids=ALL)
def test_between_code_and_tokens(quick: Steps, switch: Switch) -> None:
    """A code obtained before gives nothing afterwards."""
    code = quick.code()
    switch(quick.provider)
    answer = quick.espace.redeem(code)
    assert answer.status_code in {400, 401}
    assert answer.get_json()["error"] in {"invalid_grant", "invalid_client"}


@pytest.mark.parametrize("switch", ALL.values(), ids=ALL)
def test_after_the_tokens(quick: Steps, switch: Switch) -> None:
    """Access and refresh tokens are dead at once."""
    issued = quick.tokens()
    switch(quick.provider)
    assert 401 == quick.espace.userinfo(issued["access_token"]).status_code
    refreshed = quick.espace.refresh(issued["refresh_token"])
    assert refreshed.get_json()["error"] in {"invalid_grant", "invalid_client"}


def test_everything_at_once_on_every_store(steps: Steps) -> None:
    """A closed account: its session, its code, its tokens, on each pair of stores."""
    issued, code = steps.tokens(), steps.browser.get(steps.espace.authorize_url()).query["code"]
    close_account(steps.provider)
    assert 401 == steps.espace.userinfo(issued["access_token"]).status_code
    assert "invalid_grant" == steps.espace.refresh(issued["refresh_token"]).get_json()["error"]
    assert "invalid_grant" == steps.espace.redeem(code).get_json()["error"]
    assert "login_required" == steps.browser.get(steps.espace.authorize_url(prompt="none")).query["error"]


def test_a_disabled_client_is_told_to_people_not_redirected(quick: Steps) -> None:
    """The page says that the service is not known; nobody is sent there (N-002)."""
    disable_client(quick.provider)
    shown = quick.browser.get(quick.espace.authorize_url())
    assert (400, True) == (shown.status, "n’est pas reconnu" in shown.text)


def test_what_is_switched_on_again_works_again(quick: Steps) -> None:
    """Reopened, an account signs in as before; what was refused meanwhile stays refused."""
    closed: Dossier = replace(MEMBER, status="closed")
    issued = quick.tokens()
    quick.provider.application.dossiers.upsert(closed, None)
    quick.browser.get(quick.espace.authorize_url())
    quick.provider.application.dossiers.upsert(MEMBER, None)
    quick.provider.application.clients.upsert(ESPACE, SECRET)
    assert "login_required" == quick.browser.get(quick.espace.authorize_url(prompt="none")).query["error"]
    assert "code" in quick.espace.sign_in(quick.browser).query
    assert issued


def alive(provider: Provider, rows: type[GrantRow]) -> int:
    """Return how many rows are not revoked."""
    with provider.application.store.reading() as unit:
        return len(unit.session.execute(select(rows).where(rows.revoked_at.is_(None))).all())


def test_what_a_program_was_given_does_not_come_back_with_it(provider: Provider) -> None:
    """Disabled and enabled again within the life of its token, an application begins from nothing."""
    scopes = ESPACE.scopes | {"traitements"}
    program = replace(ESPACE, grant_types=ESPACE.grant_types | {"client_credentials"}, scopes=scopes)
    provider.application.clients.upsert(program, SECRET)
    espace, acts, me = RelyingParty(provider), provider.application.acts.clients, operator("root")

    def fresh() -> str:
        return str(espace.token(grant_type="client_credentials", scope="traitements").get_json()["access_token"])

    before = fresh()
    assert espace.active(before)
    acts.disable(me, program.client_id)
    acts.enable(me, program.client_id)
    assert [False, True] == [espace.active(before), espace.active(fresh())]


def test_what_was_issued_beside_the_disabling_does_not_come_back(provider: Provider) -> None:
    """A transaction that began before it may write a grant after it: enabling ends that one too."""
    espace, acts, me = RelyingParty(provider), provider.application.acts.clients, operator("root")
    espace.tokens(espace.sign_in(provider.browser()))
    acts.disable(me, ESPACE.client_id)
    assert 0 == alive(provider, GrantRow)
    with provider.application.store.begin() as unit:
        unit.session.execute(update(GrantRow).values(revoked_at=None, revoked_reason=None))
    acts.enable(me, ESPACE.client_id)
    assert 0 == alive(provider, GrantRow)
