"""What is noted of applications, from the request to the console: the steps they take, and why they are refused."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from idp.admin.actor import operator
from idp.admin.acts.usage import Fault
from idp.admin.roles import Role
from idp.protocol.client import ClientSecret
from idp.protocol.opaque import digest
from tests.support.cast import ESPACE, ISSUER, SECRET
from tests.support.pages import Browser
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty
from tests.support.staff import at_the_console

HOME = ESPACE.redirect_uris[0]


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(copied_provider(tmp_path)) as made:
        yield made


@pytest.fixture
def espace(provider: Provider) -> RelyingParty:
    """The fund's application."""
    return RelyingParty(provider)


def noted(provider: Provider) -> dict[tuple[str, str], Fault]:
    """Return what the fund's application was refused."""
    found = provider.application.acts.usage.show(operator("test"), ESPACE.client_id)
    return {(one.kind, one.aspect): one for one in found.faults}


def test_a_trailing_slash(provider: Provider, espace: RelyingParty) -> None:
    """The request had a slash too many: the console says so, both addresses side by side, in words and not in links."""
    browser = provider.browser()
    for _ in range(3):
        assert 400 == browser.get(espace.authorize_url(redirect_uri=f"{HOME}/", login_hint="1234567")).status
    page = at_the_console(provider, Role.AUDITOR).get(f"/applications/{ESPACE.client_id}")
    assert ("barre oblique finale" in page.text, "× 3" in page.text) == (True, True)
    assert (f'<dd class="mono">{HOME}/</dd>' in page.text, f'<dd class="mono">{HOME}</dd>' in page.text) == (True, True)
    assert (f'href="{HOME}' in page.text, "1234567" in page.text) == (False, False)


@pytest.mark.parametrize(
    ("changes", "kind", "aspect"),
    [
        ({"redirect_uri": None}, "redirect_uri", "missing"),
        ({"redirect_uri": "https://evil.example/<script>"}, "redirect_uri", "other"),
        ({"scope": "openid address"}, "authorize", "a requested scope is not registered for this client"),
        ({"code_challenge": None, "code_challenge_method": None}, "authorize", "code_challenge is required"),
        ({"response_type": "token"}, "authorize", "response_type is not supported"),
    ],
)
def test_authorization_requests(
    provider: Provider, espace: RelyingParty, changes: dict[str, str | None], kind: str, aspect: str
) -> None:
    """Each refusal has its kind and aspect once; no value of the request is kept but names of the protocol."""
    provider.application.clients.upsert(replace(ESPACE, scopes=frozenset({"openid", "profile"})), SECRET)
    sent = {"scope": "openid profile", "state": "st4te", "nonce": "n0nce", "login_hint": "1234567", **changes}
    provider.browser().get(espace.authorize_url(**sent), follow=False)
    ((key, fault),) = noted(provider).items()
    assert ((kind, aspect), 1) == (key, fault.count)
    assert not any(value in str(fault) for value in ("st4te", "n0nce", "1234567", "script"))


def test_the_token_endpoint(provider: Provider, espace: RelyingParty) -> None:
    """A wrong return address, verifier, code, secret, method and an ended secret are told apart; no value is kept."""
    browser = provider.browser()
    code = espace.sign_in(browser).query["code"]
    assert 400 == espace.redeem(code, redirect_uri=f"{HOME}/").status_code
    assert 400 == espace.redeem(code, code_verifier="v" * 43).status_code
    assert 400 == espace.redeem("c" * 43).status_code
    assert 401 == replace(espace, secret="wr0ng").redeem(code).status_code
    assert 401 == replace(espace, secret=None).redeem(code).status_code
    ended = ClientSecret(digest("0ld"), 1, provider.clock() - 1)
    provider.application.clients.upsert(replace(ESPACE, secrets=(ended,)), SECRET)
    assert 401 == replace(espace, secret="0ld").redeem(code).status_code
    found = noted(provider)
    address = found["token", "redirect_uri does not match the authorization request"]
    assert (f"{HOME}/", HOME) == (address.sent, address.registered)
    method = found["authentication", "method"]
    assert ("none", "client_secret_basic") == (method.sent, method.registered)
    assert {
        ("token", "code_verifier does not match"),
        ("token", "the code or token is not valid"),
        ("authentication", "secret"),
        ("authentication", "secret_ended"),
    } <= found.keys()
    assert not any(value in str(found) for value in (code, "wr0ng", "0ld", "v" * 43))


@pytest.mark.parametrize(
    ("hint", "slash", "aspects"),
    [
        (None, "/", {"trailing_slash"}),
        ("x.y.z", "/", {"hint", "trailing_slash"}),
        ("x.y.z", "", {"hint"}),
        ("", "/", {"hint_missing", "trailing_slash"}),
    ],
)
def test_sign_outs(provider: Provider, espace: RelyingParty, hint: str | None, slash: str, aspects: set[str]) -> None:
    """An address that is not registered, a hint that is none or missing, do not send back: each is noted."""
    browser = provider.browser()
    hint = espace.tokens(espace.sign_in(browser))["id_token"] if hint is None else hint
    back = ESPACE.post_logout_redirect_uris[0]
    sent = {"client_id": ESPACE.client_id, "post_logout_redirect_uri": back + slash}
    sent |= {"id_token_hint": hint} if hint else {}
    browser.get(f"{ISSUER}/logout?{urlencode(sent)}", follow=False)
    found = noted(provider)
    assert {("logout", aspect) for aspect in aspects} == found.keys()
    assert not hint or hint not in str(found)


def test_strangers_fill_nothing(provider: Provider, espace: RelyingParty) -> None:
    """Requests of unknown applications are not noted, and any number of odd ones of a known are a few rows."""
    browser: Browser = provider.browser()
    for number in range(40):
        browser.get(espace.authorize_url(client_id=f"made-up-{number}"))
        browser.get(espace.authorize_url(redirect_uri=f"https://evil.example/{number}"))
    (fault,) = noted(provider).values()
    assert (40, "https://evil.example/…") == (fault.count, fault.sent)


def test_steps(provider: Provider, espace: RelyingParty) -> None:
    """A sign-in that goes well is counted step by step, and is the application's last use."""
    browser = provider.browser()
    issued = espace.tokens(espace.sign_in(browser, scope="openid offline_access"))
    espace.userinfo(issued["access_token"])
    assert 200 == espace.refresh(issued["refresh_token"]).status_code
    found = provider.application.acts.usage.show(operator("test"), ESPACE.client_id)
    (day,) = found.days
    once = ("requested", "answered", "redeemed", "userinfo", "refreshed")
    assert dict.fromkeys(once, 1) | {"id_token": 2} == day.steps
    assert (provider.clock(), 0) == (found.last_used, day.refused)


def test_another_process_sees_them(provider: Provider, espace: RelyingParty) -> None:
    """The worker beside the server writes what was noted, so that whoever asks another process learns of it."""
    provider.browser().get(espace.authorize_url(redirect_uri=f"{HOME}/"))
    with running(provider.restarted()) as other:
        assert {} == noted(other)
        provider.application.worker.turn()
        assert {("redirect_uri", "trailing_slash")} == set(noted(other))
