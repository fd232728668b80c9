"""A member who is signed in links an identity: the trip, its end, and what it refuses; against the real emulator."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idp.upstream import Identity, Member
from tests.support.federation_pages import PASSWORD, of, submit, told
from tests.support.ports import ANGELA, NOW, MemoryHouse, account
from tests.support.upstream_world import World, walk

ME = Member("account-1234567", "session-1")
DONE = "/compte/identites?fait=linked"


@pytest.fixture
def browser(here: World, house: MemoryHouse) -> FlaskClient:
    """The browser of Angela, who has just signed in with her password."""
    house.directory.add(account(), PASSWORD)
    here.door.signed_in = ME
    return here.browser()


def out(here: World, browser: FlaskClient, person: str = "angela") -> str:
    """Leave for FranceConnect from the account and sign in there; returns the callback's path and query."""
    left = browser.get(here.upstream.link_path("browser-1", ME))
    assert 303 == left.status_code, left.get_data(as_text=True)
    parts = urlsplit(walk(left.headers["Location"], person))
    return f"{parts.path}?{parts.query}"


def link(here: World, browser: FlaskClient, person: str = "angela") -> TestResponse:
    """Go all the way to the answer of the callback."""
    return browser.get(out(here, browser, person))


def test_sure_is_linked(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """Her own identity is linked and told by mail; no session is opened, and signing out will end FranceConnect's."""
    assert DONE == link(here, browser).headers["Location"]
    assert [("account", True)] == [(method, force) for _, method, force in of(house)]
    assert Identity(NOW, "account") == here.upstream.identity(ME.account_id)
    assert [("linked", ME.account_id)] == [(mail.template, mail.account_id) for mail in house.mails]
    assert [] == here.door.outcomes
    assert ["franceconnect"] == [held.split()[0] for held in here.door.held]


def test_a_second_callback_is_harmless(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """Reload or double click: the same page again, one link, one mail."""
    back = out(here, browser)
    assert [DONE, DONE] == [browser.get(back).headers["Location"] for _ in range(2)]
    assert (1, 1) == (len(of(house)), len(house.mails))


def test_linking_again_changes_nothing(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """The identity that opens the account already is simply there."""
    assert [DONE, DONE] == [link(here, browser).headers["Location"] for _ in range(2)]
    assert (1, 1) == (len(of(house)), len(house.mails))


def test_a_relative_is_refused(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """Somebody else's identity is not tied to the account of whoever left it open."""
    page = told(link(here, browser, "other"), "Ce compte FranceConnect n’est pas le vôtre")
    assert ["/compte/identites"] == [action["href"] for action in page["actions"]]
    assert "Rien n’a changé dans votre compte." == page["paragraphs"][-1]
    assert ([], []) == (of(house), house.mails)


def test_the_way_out_is_good_once(here: World, browser: FlaskClient) -> None:
    """The address that starts the trip starts one, in one browser, in one session."""
    path = here.upstream.link_path("browser-1", ME)
    assert 303 == browser.get(path).status_code
    told(browser.get(path), "Cette étape n’est plus valable")
    told(here.browser("browser-2", "i2").get(here.upstream.link_path("browser-1", ME)))


@pytest.mark.parametrize(
    "now",
    [None, Member(ME.account_id, "session-2"), Member("account-7654321", ME.session)],
    ids=["signed out, or too long ago", "another session", "another member"],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_session_must_be_the_same(
    here: World, house: MemoryHouse, browser: FlaskClient, now: Member | None, when: str
) -> None:
    """At both ends of the trip the member is still signed in, in the same session, and recently."""
    if when == "before":
        path = here.upstream.link_path("browser-1", ME)
        here.door.signed_in = now
        told(browser.get(path), "Cette étape n’est plus valable")
    else:
        back = out(here, browser)
        here.door.signed_in = now
        told(browser.get(back), "Cette étape n’est plus valable")
    assert ([], []) == (of(house), here.door.held)


def test_another_browser_links_nothing(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """The callback of this trip is nothing in another browser, and spoils nothing in this one."""
    back = out(here, browser)
    told(here.browser("browser-2", "i2").get(back))
    assert [] == of(house)
    assert DONE == browser.get(back).headers["Location"]


def test_another_identity_is_there(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """A second identity does not replace the first on a member's word: it is unlinked first."""
    link(here, browser)
    sub = of(house)[0][0]
    here.emulator.turn(new_sub=True)
    told(link(here, browser), "Un autre compte FranceConnect est déjà relié à votre dossier")
    assert [(sub, True)] == [(found, force) for found, _, force in of(house)]
    assert here.upstream.unlink(ME.account_id, "member")
    assert DONE == link(here, browser).headers["Location"]


def test_one_person_two_dossiers(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """The identity that opens her survivor's dossier may open this one too (D1)."""
    house.directory.add(account("123456789", situation="ayant_droit"))
    house.directory.add(account(status="suspended"))
    here.sign_in("angela")
    house.directory.add(account())
    assert DONE == link(here, browser).headers["Location"]
    assert 1 == len(of(house, "account-123456789")) == len(of(house))


def weak(house: MemoryHouse) -> None:
    """Leave one given name in the dossier."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)


def to_proof(here: World, browser: FlaskClient) -> str:
    """Come back to the proof page; returns its path."""
    answer = link(here, browser)
    assert answer.headers["Location"].startswith("/federation/franceconnect/preuve?suite=")
    return answer.headers["Location"]


def test_a_doubt_asks_for_a_proof(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """What does not agree on every field is proven with the dossier's password, then linked; no session opens."""
    weak(house)
    path = to_proof(here, browser)
    page: dict[str, Any] = browser.get(path).get_json()
    assert "/compte/identites" == page["cancel_url"]
    assert [] == of(house)
    assert DONE == submit(browser, path).headers["Location"]
    assert ["proof"] == [method for _, method, _ in of(house)]
    assert [] == here.door.outcomes


def test_the_proof_is_of_this_account(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """The password of another dossier, even of the same person, links neither."""
    weak(house)
    house.directory.add(account("7654321"), PASSWORD)
    told(submit(browser, to_proof(here, browser), dossier="7654321"), "Ce dossier n’est pas celui de votre compte")
    assert ([], []) == (of(house), of(house, "account-7654321"))


def test_the_proof_needs_the_same_session(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """Who signs out before the proof is given links nothing with it."""
    weak(house)
    path = to_proof(here, browser)
    csrf = browser.get(path).get_json()["csrf"]
    here.door.signed_in = None
    form = {"situation": "affilie", "dossier": "1234567", "password": PASSWORD, "csrf": csrf}
    told(browser.post(path, data=form), "Cette étape n’est plus valable")
    assert [] == of(house)


def test_a_bad_day_leads_back_to_the_account(here: World, house: MemoryHouse, browser: FlaskClient) -> None:
    """Refused, failing or silent, FranceConnect leaves the member where they were, with nothing changed."""
    here.emulator.turn(token_status=500)
    page = told(link(here, browser))
    assert ["/compte/identites"] == [action["href"] for action in page["actions"]]
    assert not [text for text in page["paragraphs"] if "vous connecter avec votre numéro" in text]
    assert [] == of(house)
