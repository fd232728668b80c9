"""Signed and encrypted authorization requests through the whole house, by value and by reference."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from keys.foreign import PublicKeySet
from keys.jwe import CONTENT_ENCRYPTIONS, encrypt
from tests.support.assertions import client_key
from tests.support.cast import APP, ESPACE, ISSUER, PARTNER, SECRET
from tests.support.provider import Provider, copied_provider, running
from tests.support.raw_server import answer, raw_server
from tests.support.relying_party import RelyingParty, challenge_of, claims_of
from tests.support.request_objects import request_object

KEY = client_key("signs")
SIGNS = replace(ESPACE, client_id="signs", jwks={"keys": [KEY.public | {"kid": "k"}]})


@pytest.fixture
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider with a key to encrypt to, that fetches request objects from this machine."""
    sections: dict[str, Any] = {
        "keys": {"encryption": ("ECDH-ES",)},
        "authorize": {"request_uri": True},
        "outgoing": {"private_hosts": ("127.0.0.1",)},
    }
    with running(copied_provider(tmp_path_factory.mktemp("objects"), **sections)) as opened:
        opened.application.key_management.ensure_initial()
        opened.application.clients.upsert(SIGNS, SECRET)
        yield opened


@pytest.fixture
def signs(provider: Provider) -> RelyingParty:
    """The application that signs its requests."""
    return RelyingParty(provider, SIGNS)


def inside(app: RelyingParty, **changes: Any) -> dict[str, Any]:
    """Return the claims of a whole request, with members changed or (None) left out."""
    return {
        "response_type": "code",
        "client_id": app.client.client_id,
        "redirect_uri": app.client.redirect_uris[0],
        "scope": "openid profile email",
        "state": "state-inside-._~",
        "nonce": "nonce-inside",
        "code_challenge": challenge_of(app.verifier),
        "code_challenge_method": "S256",
        **changes,
    }


def bare(app: RelyingParty, **sent: str | None) -> str:
    """Return a request with nothing outside but what Core asks for, and what is given."""
    nothing = dict.fromkeys(("redirect_uri", "state", "nonce", "code_challenge", "code_challenge_method", "scope"))
    return app.authorize_url(**{**nothing, **sent})


def signed(app: RelyingParty, **changes: Any) -> str:
    """Return a request object of now."""
    return request_object(KEY, app.provider.clock(), inside(app, **changes))


def test_a_signed_request_signs_in(provider: Provider, signs: RelyingParty) -> None:
    """Everything inside: state, nonce and return address are the object's, through login and redemption."""
    back = signs.sign_in(provider.browser(), **{**_nothing_outside(), "request": signed(signs)})
    assert (f"{APP}/callback", "state-inside-._~") == (back.url.partition("?")[0], back.query["state"])
    assert "nonce-inside" == claims_of(signs.tokens(back)["id_token"])["nonce"]


def _nothing_outside() -> dict[str, None]:
    return dict.fromkeys(("redirect_uri", "state", "nonce", "code_challenge", "code_challenge_method", "scope"))


def test_it_may_expire_while_the_member_signs_in(provider: Provider, signs: RelyingParty) -> None:
    """What was believed when it came stays believed: nobody is sent back because of a slow reader."""
    browser = provider.browser()
    page = browser.get(bare(signs, request=signed(signs, exp=provider.clock() + 30)))
    provider.clock.forward(600)
    assert "state-inside-._~" == browser.sign_in(page).query["state"]
    late = browser.get(signs.authorize_url(request=signed(signs, exp=provider.clock())))
    assert "invalid_request_object" == late.query["error"]


def test_a_client_that_must_sign(provider: Provider, signs: RelyingParty) -> None:
    """RFC 9101 section 10.5: an unsigned request is refused at once, a signed one goes through login all the same."""
    client = replace(SIGNS, require_signed_request_object=True)
    provider.application.clients.upsert(client)
    browser = provider.browser()
    assert "invalid_request" == browser.get(signs.authorize_url()).query["error"]
    page = browser.get(signs.authorize_url(request=signed(signs), state="outside", prompt="none"))
    back = browser.sign_in(page)
    assert "state-inside-._~" == back.query["state"]


def test_inside_beats_outside(provider: Provider, signs: RelyingParty) -> None:
    """The return address inside counts, whatever stands outside; one inside that is not registered is no address."""
    elsewhere = "https://evil.example/callback"
    browser = provider.browser()
    page = browser.get(signs.authorize_url(redirect_uri=elsewhere, request=signed(signs)))
    assert browser.sign_in(page).url.startswith(f"{APP}/callback?")
    for outside in (f"{APP}/callback", elsewhere, None):
        answered = browser.raw(
            "GET", signs.authorize_url(redirect_uri=outside, request=signed(signs, redirect_uri=elsewhere))
        )
        assert (400, False) == (answered.status_code, "Location" in answered.headers)


def test_where_the_error_of_an_object_goes(provider: Provider, signs: RelyingParty) -> None:
    """To the address outside if it is registered, else to our page: an object that is not believed proves none."""
    browser, stranger = provider.browser(), client_key("stranger")
    forged = request_object(stranger, provider.clock(), inside(signs))
    told = browser.get(signs.authorize_url(request=forged))
    assert ("invalid_request_object", "state-0123456789-._~") == (told.query["error"], told.query["state"])
    for outside in ("https://evil.example/", None):
        answered = browser.raw("GET", signs.authorize_url(redirect_uri=outside, request=forged))
        assert (400, False) == (answered.status_code, "Location" in answered.headers)


def test_a_third_party_learns_of_it_after_a_sign_in(provider: Provider) -> None:
    """N-013: no open redirector, for a forged object, and for a lack of one where it is compulsory."""
    client = replace(PARTNER, jwks={"keys": [KEY.public]}, require_signed_request_object=True)
    provider.application.clients.upsert(client)
    partner = RelyingParty(provider, client, None)
    for sent in ({"request": "a.b.c"}, {}):
        browser = provider.browser()
        page = browser.get(partner.authorize_url(**sent))
        assert (200, ISSUER) == (page.status, page.url[: len(ISSUER)])
        back = browser.sign_in(page)
        assert PARTNER.redirect_uris[0] == back.url.partition("?")[0]
        assert ("invalid_request_object" if sent else "invalid_request") == back.query["error"]


def test_claims_and_levels_asked_for_inside(provider: Provider, signs: RelyingParty) -> None:
    """Structured claims reach the rules that read them: `max_age` forces a sign-in, `claims` opens a claim."""
    browser = provider.browser()
    signs.sign_in(browser)
    provider.clock.forward(10)
    asked = {"id_token": {"given_name": {"essential": True}}}
    page = browser.get(bare(signs, request=signed(signs, max_age=5, claims=asked)))
    assert page.url.startswith(ISSUER)
    claims = claims_of(signs.tokens(browser.sign_in(page))["id_token"])
    assert ("Angela", provider.clock()) == (claims["given_name"], claims["auth_time"])


@pytest.mark.parametrize("content", CONTENT_ENCRYPTIONS)
def test_encrypted_to_us(provider: Provider, signs: RelyingParty, content: str) -> None:
    """Signed, then encrypted to our published key; a token within a token within a token is not opened."""
    browser = provider.browser()
    keys = PublicKeySet.from_mapping(json.loads(browser.get("/jwks").text))
    ours = keys.to_encrypt("ECDH-ES")
    assert ours is not None
    once = encrypt(ours, signed(signs), algorithm="ECDH-ES", content=content)
    twice = encrypt(ours, once, algorithm="ECDH-ES", content=content)
    plain = encrypt(ours, json.dumps(inside(signs)), algorithm="ECDH-ES", content=content, nested=False)
    for wrong in (twice, plain, once[:-4] + "AAAA", once.replace(".", "..", 1)):
        assert "invalid_request_object" == browser.get(signs.authorize_url(request=wrong)).query["error"]
    assert "state-inside-._~" == browser.sign_in(browser.get(bare(signs, request=once))).query["state"]


def test_by_reference(provider: Provider, signs: RelyingParty) -> None:
    """A registered address is fetched, once where it has the hash of its document; no other address ever is."""
    token = signed(signs)
    fingerprint = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    documents = {"/good": token, "/changed": signed(signs, state="another")}
    with raw_server(lambda path: answer(documents[path].encode())) as server:
        uris = tuple(f"{server.address}/{name}#{fingerprint}" for name in ("good", "changed"))
        provider.application.clients.upsert(replace(SIGNS, request_uris=uris))
        browser = provider.browser()
        back = browser.sign_in(browser.get(bare(signs, request_uri=uris[0])))
        assert "state-inside-._~" == back.query["state"]
        assert "another" == browser.get(bare(signs, request_uri=uris[1])).query["state"]
        for uri in (f"{server.address}/other", "http://169.254.169.254/"):
            assert "invalid_request_uri" == browser.get(signs.authorize_url(request_uri=uri)).query["error"]
    assert ["/good", "/changed"] == server.paths
    # The page after the sign-in came without another fetch, and so does the next request.
    assert "state-inside-._~" == browser.get(bare(signs, request_uri=uris[0])).query["state"]


def test_by_reference_is_off_by_default(tmp_path_factory: pytest.TempPathFactory) -> None:
    """N-073: not fetched, not announced, and said with an error of its own, although it is registered."""
    with running(copied_provider(tmp_path_factory.mktemp("off"))) as off:
        with raw_server(lambda _: answer(b"a.b.c")) as server:
            uri = f"{server.address}/r"
            off.application.clients.upsert(replace(SIGNS, request_uris=(uri,)), SECRET)
            told = off.browser().get(RelyingParty(off, SIGNS).authorize_url(request_uri=uri))
        assert ([], "request_uri_not_supported") == (server.paths, told.query["error"])
        document = json.loads(off.browser().get("/.well-known/openid-configuration").text)
        assert (True, False) == tuple(document[f"{name}_parameter_supported"] for name in ("request", "request_uri"))


def test_what_we_sign_is_no_request_object(provider: Provider, signs: RelyingParty) -> None:
    """N-043: neither an ID token of ours nor an assertion of the client's passes for one."""
    browser = provider.browser()
    issued = signs.tokens(signs.sign_in(browser))
    assertion = KEY.assertion(provider.clock(), iss="signs", sub="signs", client_id="signs")
    for token in (issued["id_token"], assertion, secrets.token_urlsafe(32)):
        told = browser.get(signs.authorize_url(request=token))
        assert "invalid_request_object" == told.query["error"]
        assert token not in urlsplit(told.url).query
