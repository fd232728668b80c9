"""A member signs in with a dossier number and a password, and the application learns who it is."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from idp.members.dossiers import Dossier
from idp.protocol.names import ACR_PASSWORD
from tests.support.cast import ESPACE, ISSUER, MEMBER, PASSWORD, SECRET
from tests.support.faults import FaultyKeyValue
from tests.support.pages import Browser, Page
from tests.support.ports import MemoryKeyValue
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty, claims_of, front
from tests.support.stores import Clock

EVERYTHING = "openid profile email address phone dossier"
WRONG = "Le numéro de dossier ou le mot de passe est incorrect."


def closed(dossier: str) -> Dossier:
    """Return a dossier that was closed."""
    return replace(MEMBER, dossier=dossier, status="closed")


def same_words(page: Page, typed: str) -> str:
    """Return a page without what differs from one answer to the next: ids, tokens, nonces, the number typed."""
    text = re.sub(r"/connexion/[\w-]+|interaction=[\w-]+", "<interaction>", page.text)
    text = re.sub(r'(name="(?:csrf|seal)" value|nonce|data-options)="[^"]*"', r"\1", text)
    return text.replace(f'value="{typed}"', "")


def same_headers(page: Page) -> dict[str, str]:
    """Return the headers of a page without its nonce, its reference and its length."""
    own = {"x-request-id", "content-length"}
    kept = {name.lower(): value for name, value in page.headers.items() if name.lower() not in own}
    return {name: re.sub(r"nonce-[^']*", "nonce", value) for name, value in kept.items()}


def test_a_member_signs_in_and_the_application_gets_every_claim_asked_for(every_provider: Provider) -> None:
    """Code and PKCE lead from the sign-in page to the claims of the scopes, the fund's `dossier` among them."""
    espace = RelyingParty(every_provider)
    back = espace.sign_in(every_provider.browser(), scope=EVERYTHING)
    issued = espace.tokens(back)
    told = espace.userinfo(issued["access_token"]).get_json()
    assert {
        "name": "Angela DUBOIS",
        "birthdate": "1962-08-24",
        "email": "angela@example.org",
        "phone_number": "+33123456789",
        "numero_dossier": "1234567",
        "situation": "affilie",
    }.items() <= told.items()
    assert "Paris" == told["address"]["locality"]
    assert claims_of(issued["id_token"])["sub"] == told["sub"]


def test_the_id_token_says_how_when_and_for_whom(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """The ID token has issuer, audience, times, nonce, acr, amr, sid and at_hash; `sub` is no dossier (N-046)."""
    claims = claims_of(espace.tokens(espace.sign_in(browser, nonce="n-of-the-story"))["id_token"])
    now = provider.clock()
    expected = {
        "iss": ISSUER,
        "aud": "espace",
        "iat": now,
        "exp": now + 600,
        "auth_time": now,
        "nonce": "n-of-the-story",
        "acr": ACR_PASSWORD,
        "amr": ["pwd"],
    }
    assert expected.items() <= claims.items()
    assert {"sub", "sid", "at_hash"} == claims.keys() - expected.keys()
    assert 20 <= len(claims["sub"]) <= 255
    assert MEMBER.dossier not in claims["sub"]


def test_without_a_nonce_the_id_token_has_none(espace: RelyingParty, browser: Browser) -> None:
    """A nonce is optional with a code."""
    issued = espace.tokens(espace.sign_in(browser, nonce=None))
    assert "nonce" not in claims_of(issued["id_token"])


def test_acr_values_are_a_wish(espace: RelyingParty, browser: Browser) -> None:
    """The level reached is told, whatever the wish."""
    issued = espace.tokens(espace.sign_in(browser, acr_values=f"eidas1 {ACR_PASSWORD}"))
    assert ACR_PASSWORD == claims_of(issued["id_token"])["acr"]


@pytest.mark.parametrize("typed", ["12 34 567", "1.234.567", " 1234567 ", "1234-567", "1234567"])
def test_separators_in_the_number_are_tolerated(espace: RelyingParty, browser: Browser, typed: str) -> None:
    """Spaces, dots, dashes and wide digits are what people type; one number has one meaning."""
    page = browser.sign_in(browser.get(espace.authorize_url()), dossier=typed)
    assert "code" in page.query


@pytest.mark.parametrize(
    ("situation", "dossier"), [("affilie", "123456789"), ("ayant_droit", "1234567"), ("affilie", "12A4567"), ("", "1")]
)
def test_an_impossible_number_is_told_beside_the_field(
    espace: RelyingParty, browser: Browser, situation: str, dossier: str
) -> None:
    """A number that cannot be is explained at once: that gives nothing away about any dossier."""
    page = browser.sign_in(browser.get(espace.authorize_url()), dossier=dossier, situation=situation)
    assert 200 == page.status
    assert 'aria-invalid="true"' in page.text
    assert WRONG not in page.text
    assert PASSWORD not in page.text


def test_an_ayant_droit_signs_in_with_nine_digits(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """Nine digits and the other choice lead to the ayant droit's own claims."""
    heir = replace(MEMBER, dossier="123456789", situation="ayant_droit")
    provider.application.dossiers.upsert(heir, "brume-quartz-violon-7")
    page = browser.get(espace.authorize_url(scope="openid dossier"))
    back = browser.sign_in(page, "123 456 789", "brume-quartz-violon-7", "ayant_droit")
    told = espace.userinfo(espace.tokens(back)["access_token"]).get_json()
    assert ("123456789", "ayant_droit") == (told["numero_dossier"], told["situation"])


def test_every_refusal_looks_the_same(provider: Provider, espace: RelyingParty) -> None:
    """Unknown, wrong, closed, without password: one page, one status, one set of headers (N-095, V-51)."""
    provider.application.dossiers.upsert(closed("2234567"), PASSWORD)
    provider.application.dossiers.upsert(replace(MEMBER, dossier="3234567"), None)
    attempts = {
        "wrong password": ("1234567", "not the password"),
        "unknown dossier": ("7654321", PASSWORD),
        "closed, right password": ("2234567", PASSWORD),
        "closed, wrong password": ("2234568", "not the password"),
        "no password yet": ("3234567", PASSWORD),
    }
    answers = {}
    for case, (dossier, password) in attempts.items():
        provider.clock.forward(3601)  # a network that tries many numbers within an hour is asked for a captcha
        browser = provider.browser()
        page = browser.sign_in(browser.get(espace.authorize_url()), dossier, password)
        assert WRONG in page.text, case
        answers[case] = (page.status, same_words(page, dossier), same_headers(page))
    first = answers.pop("wrong password")
    assert {} == {case: answer for case, answer in answers.items() if answer != first}


def test_the_delays_of_an_unknown_dossier_are_those_of_a_known_one(provider: Provider, espace: RelyingParty) -> None:
    """Failure after failure, the delays told cannot tell a real dossier from an invented one (N-095)."""

    def told(dossier: str) -> list[str]:
        browser = provider.browser()
        page = browser.get(espace.authorize_url())
        shown = []
        for _ in range(5):
            page = browser.sign_in(page, dossier, "not the password")
            shown.append(same_words(page, dossier))
        return shown

    assert told("1234567") == told("7654321")


def test_a_growing_delay_is_told_and_ends(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """After some failures the page says how long to wait; the right password counts again afterwards (N-096)."""
    page = browser.get(espace.authorize_url())
    for _ in range(3):
        page = browser.sign_in(page, password="not the password")
    assert "attendez 2 secondes" in page.text
    early = browser.sign_in(page)
    assert 200 == early.status
    assert 'id="delay"' in early.text
    provider.clock.forward(3)
    assert "code" in browser.sign_in(early).query


def test_a_password_is_taken_as_typed(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """Neither spaces nor case of a password are changed (N-090)."""
    odd = "  Æther & <Été> \u00a0 'x\"  "
    provider.application.dossiers.upsert(replace(MEMBER, dossier="4234567"), odd)
    page = browser.get(espace.authorize_url())
    refused = browser.sign_in(page, "4234567", odd.strip())
    assert WRONG in refused.text
    assert "code" in browser.sign_in(refused, "4234567", odd).query


def test_too_many_sign_ins_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    """When every turn of the password check is taken, the page says so with 503, and counts no failure (N-094)."""
    with running(copied_provider(tmp_path, passwords={"wait": 0.01})) as provider:
        espace = RelyingParty(provider)
        check_busy(provider, espace)


def check_busy(provider: Provider, espace: RelyingParty) -> None:
    """Sign in while every turn is taken, and again afterwards."""
    turns = provider.application.passwords._turns
    browser = provider.browser()
    page = browser.get(espace.authorize_url())
    with ExitStack() as taken:
        for _ in range(provider.application.settings.passwords.parallel_hashes):
            taken.enter_context(turns.turn())
        busy = browser.sign_in(page)
    assert (503, "5") == (busy.status, busy.headers["Retry-After"])
    assert PASSWORD not in busy.text
    assert "code" in browser.sign_in(busy).query


def test_post_to_authorize_works_too(espace: RelyingParty, browser: Browser) -> None:
    """An authorization request may come as a form (OpenID Connect Core 3.1.2.1)."""
    url = espace.authorize_url()
    asked = Page(url, 0, "", {}).query
    page = browser.post("/authorize", asked, headers={"Origin": "https://app.example.org"})
    assert "code" in browser.sign_in(page).query


def test_form_post_brings_the_answer_in_a_form(espace: RelyingParty, browser: Browser) -> None:
    """With `response_mode=form_post` nothing is in the address; the page posts code, state, iss and session_state."""
    page = espace.sign_in(browser, response_mode="form_post", state="a\"<b>&'c")
    fields = page.hidden()
    assert {"code", "state", "iss", "session_state"} == fields.keys()
    assert ("a\"<b>&'c", ISSUER) == (fields["state"], fields["iss"])
    assert ESPACE.redirect_uris[0] == page.action()
    assert "form-action" not in page.headers["Content-Security-Policy"], "the application may redirect it anywhere"
    assert "no-store" == page.headers["Cache-Control"]
    assert 200 == espace.redeem(fields["code"]).status_code


def test_login_hint_fills_the_number(espace: RelyingParty, browser: Browser) -> None:
    """A hint that is a dossier number is not asked again; any other is no error (N-168)."""
    assert 'value="1234567"' in browser.get(espace.authorize_url(login_hint="1234567")).text
    other = browser.get(espace.authorize_url(login_hint="buffy@id.example.org"))
    assert 200 == other.status
    assert "buffy" not in other.text


@pytest.mark.parametrize(("asked", "language"), [("en", "en"), ("se de en-GB fr", "en"), ("fr-CA", "fr"), ("se", "fr")])
def test_ui_locales_choose_the_language(espace: RelyingParty, browser: Browser, asked: str, language: str) -> None:
    """The first language we speak of those asked for; French otherwise, and never an error."""
    page = browser.get(espace.authorize_url(ui_locales=asked, claims_locales=asked))
    assert f'<html lang="{language}"' in page.text


def test_a_client_made_before_pkce_may_go_without(provider: Provider, browser: Browser) -> None:
    """The explicit exemption lets one client sign in without a challenge; a verifier is then refused (N-021)."""
    old = replace(ESPACE, client_id="old", pkce_exempt=True)
    provider.application.clients.upsert(old, SECRET)
    party = RelyingParty(provider, old)
    plain = {"code_challenge": None, "code_challenge_method": None}
    code = party.sign_in(browser, **plain).query["code"]
    assert "invalid_grant" == party.redeem(code).get_json()["error"]
    again = browser.get(party.authorize_url(**plain)).query["code"]
    answer = party.token(grant_type="authorization_code", code=again, redirect_uri=old.redirect_uris[0])
    assert 200 == answer.status_code


def test_a_code_used_twice_takes_its_tokens_with_it(
    every_provider: Provider,
) -> None:
    """The second redemption is refused and the tokens of the first die, also half a minute later (N-024)."""
    espace = RelyingParty(every_provider)
    back = espace.sign_in(every_provider.browser())
    issued = espace.tokens(back)
    every_provider.clock.forward(30)
    again = espace.redeem(back.query["code"])
    assert (400, "invalid_grant") == (again.status_code, again.get_json()["error"])
    assert 401 == espace.userinfo(issued["access_token"]).status_code


def test_a_code_dies_after_a_minute(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """A code is good for 60 seconds (N-023)."""
    code = espace.sign_in(browser).query["code"]
    provider.clock.forward(60)
    assert "invalid_grant" == espace.redeem(code).get_json()["error"]


@pytest.mark.parametrize(
    "steal",
    [
        lambda party, code: party.redeem(code, redirect_uri="https://app.example.org/other"),
        lambda party, code: party.redeem(code, code_verifier="w" * 43),
        lambda party, code: RelyingParty(party.provider, replace(ESPACE, client_id="other")).redeem(code),
    ],
    ids=["another redirect URI", "another verifier", "another client"],
)
def test_a_code_is_of_no_use_to_anybody_else(
    provider: Provider, espace: RelyingParty, browser: Browser, steal: Callable[[RelyingParty, str], object]
) -> None:
    """A replay with a wrong part is refused and does not touch what the code produced (N-025, N-026)."""
    provider.application.clients.upsert(replace(ESPACE, client_id="other"), SECRET)
    back = espace.sign_in(browser)
    issued = espace.tokens(back)
    steal(espace, back.query["code"])
    assert 200 == espace.userinfo(issued["access_token"]).status_code


FORM = {"situation": "affilie", "dossier": "1234567", "password": PASSWORD}


def test_the_form_leads_on_at_once(espace: RelyingParty, browser: Browser) -> None:
    """Its answer sets the session and sends the browser to where it goes next: the application, or a page of ours."""
    page = browser.get(espace.authorize_url(state="kept"))
    back = browser.submit(page, FORM, "sign-in", follow=False)
    sent = Page(back.headers["Location"], 0, "", {})
    assert (303, "", "kept") == (back.status, back.text, sent.query["state"])
    assert espace.tokens(sent)["id_token"]
    # The session is there, and the application's next request is answered by it.
    assert "code" in browser.get(espace.authorize_url(prompt="none")).query


def test_a_page_that_comes_next_has_its_own_address(provider: Provider, browser: Browser) -> None:
    """What an application is posted is a page: shown in answer to the form, a reload would send the password again."""
    app = front(provider, response_modes=frozenset({"query", "fragment", "form_post"}))
    page = browser.get(app.authorize_url(response_mode="form_post"))
    back = browser.submit(page, FORM, "sign-in", follow=False)
    assert (303, True) == (back.status, "/continuer/" in back.headers["Location"])
    assert 'name="code"' in browser.get(back.headers["Location"]).text


@pytest.mark.parametrize("lost", [6, 7, 8])
def test_what_is_lost_on_the_way_on_is_asked_for_again(tmp_path: Path, lost: int) -> None:
    """Where a store does not answer after the session was opened, the browser has its cookie and comes back."""
    with running(copied_provider(tmp_path)) as provider:
        store = FaultyKeyValue(MemoryKeyValue(Clock(provider.clock.now)))
        provider.application.__dict__["kv"] = store
        espace, browser = RelyingParty(provider), provider.browser()
        page = browser.get(espace.authorize_url())
        store.reset(lambda number: number == lost)
        back = browser.submit(page, FORM, "sign-in", follow=False)
        assert (303, True) == (back.status, "/continuer/" in back.headers["Location"])
        assert "code" in browser.get(back.headers["Location"]).query
