"""Every algorithm that a client may register, through the whole house: signed, encrypted, read by another library."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwe, jwt
from joserfc.jwk import KeySet

from keys.foreign import PublicKeySet
from keys.half_hash import half_hash
from keys.jwe import encrypt
from tests.support.assertions import client_key
from tests.support.cast import ESPACE, SECRET
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty, claims_of, front

SIGNING = ("RS256", "ES256", "PS256", "Ed25519")
ENCRYPTION = ("RSA-OAEP-256", "ECDH-ES")


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider with a key of every kind, made once for these stories."""
    folder = tmp_path_factory.mktemp("algorithms")
    keys = {"algorithms": (*SIGNING, "EdDSA"), "encryption": ENCRYPTION}
    with running(copied_provider(folder, keys=keys)) as opened:
        opened.application.prepare()
        yield opened


def published(provider: Provider) -> list[dict[str, Any]]:
    """Return the published keys."""
    found: list[dict[str, Any]] = json.loads(provider.browser().get("/jwks").text)["keys"]
    return found


def application(provider: Provider, **changes: Any) -> RelyingParty:
    """Register an application with members changed."""
    client = replace(ESPACE, client_id="varied", **changes)
    provider.application.clients.upsert(client, SECRET)
    return RelyingParty(provider, client)


def test_every_key_has_its_own_name_algorithm_and_use(provider: Provider) -> None:
    """One key an algorithm, one `kid` a key, no private member (N-040)."""
    keys = published(provider)
    assert {*SIGNING, "EdDSA", *ENCRYPTION} == {key["alg"] for key in keys}
    assert len(keys) == len({key["kid"] for key in keys})
    assert {"enc"} == {key["use"] for key in keys if key["alg"] in ENCRYPTION}
    assert not any({"d", "p", "q", "k"} & key.keys() for key in keys)


def test_what_is_published_is_what_is_announced(provider: Provider) -> None:
    """Discovery names the algorithms of the settings, RS256 first, and each has a published key."""
    told = json.loads(provider.browser().get("/.well-known/openid-configuration").text)
    assert [*SIGNING, "EdDSA"] == told["id_token_signing_alg_values_supported"]
    assert told["id_token_signing_alg_values_supported"] == told["userinfo_signing_alg_values_supported"]
    assert list(ENCRYPTION) == told["id_token_encryption_alg_values_supported"]


@pytest.mark.parametrize("algorithm", SIGNING)
def test_each_signature_of_id_token_and_userinfo(provider: Provider, algorithm: str) -> None:
    """The registered algorithm signs both, `at_hash` is of its hash, and joserfc verifies by the published keys."""
    app = application(provider, id_token_signed_response_alg=algorithm, userinfo_signed_response_alg=algorithm)
    issued = app.tokens(app.sign_in(provider.browser()))
    keys = KeySet.import_key_set({"keys": [key for key in published(provider) if key["alg"] == algorithm]})
    claims = jwt.decode(issued["id_token"], keys, algorithms=[algorithm]).claims
    assert half_hash(issued["access_token"], algorithm) == claims["at_hash"]
    answer = app.userinfo(issued["access_token"])
    assert "application/jwt" == answer.mimetype
    assert claims["sub"] == jwt.decode(answer.text, keys, algorithms=[algorithm]).claims["sub"]


def test_the_older_name_of_ed25519(provider: Provider) -> None:
    """A client that knows only `EdDSA` (RFC 8037) gets that name, its own key, and the hash of Ed25519."""
    app = application(provider, id_token_signed_response_alg="EdDSA")
    issued = app.tokens(app.sign_in(provider.browser()))
    header, claims = (json.loads(_decoded(part)) for part in issued["id_token"].split(".")[:2])
    (kid,) = [key["kid"] for key in published(provider) if key["alg"] == "EdDSA"]
    assert ("EdDSA", kid) == (header["alg"], header["kid"])
    assert half_hash(issued["access_token"], "Ed25519") == claims["at_hash"]


@pytest.mark.parametrize("content", ["A256GCM", "A128GCM", None])
@pytest.mark.parametrize("management", ENCRYPTION)
def test_encrypted_id_tokens(provider: Provider, management: str, content: str | None) -> None:
    """Core 2: signed, then encrypted to the client's key; what is inside counts as a hint, encrypted again or not."""
    own = client_key("reader", management)
    app = application(
        provider,
        jwks={"keys": [own.public | {"use": "enc", "kid": "mine"}]},
        grant_types=frozenset({"authorization_code", "refresh_token"}),
        id_token_encrypted_response_alg=management,
        id_token_encrypted_response_enc=content,
    )
    browser = provider.browser()
    issued = app.tokens(app.sign_in(browser, scope="openid offline_access"))
    refreshed = app.refresh(issued["refresh_token"]).get_json()
    for token in (issued["id_token"], refreshed["id_token"]):
        opened = jwe.decrypt_compact(token, own.key, algorithms=[management, content or "A128CBC-HS256"])
        assert ("JWT", "mine") == (opened.headers()["cty"], opened.headers()["kid"])
        signed = (opened.plaintext or b"").decode()
        assert "code" in browser.get(app.authorize_url(prompt="none", id_token_hint=signed)).query
    ours = PublicKeySet.from_mapping({"keys": published(provider)}).to_encrypt(management)
    assert ours is not None
    again = encrypt(ours, signed, algorithm=management, content=content or "A128CBC-HS256")
    assert "code" in browser.get(app.authorize_url(prompt="none", id_token_hint=again)).query
    # What only the client can read, we cannot either.
    refused = browser.get(app.authorize_url(prompt="none", id_token_hint=issued["id_token"]))
    assert "invalid_request" == refused.query["error"]


def test_an_id_token_that_goes_through_the_browser_is_encrypted_too(provider: Provider) -> None:
    """What the registration asks for holds on both ways; without the key nothing is issued, and the error says so."""
    own = client_key("reader", "ECDH-ES")
    app = front(provider, jwks={"keys": [own.public]}, id_token_encrypted_response_alg="ECDH-ES")
    browser = provider.browser()
    told = app.sign_in(browser, response_type="code id_token token").answer
    opened = jwe.decrypt_compact(told["id_token"], own.key, algorithms=["ECDH-ES", "A128CBC-HS256"])
    claims = claims_of((opened.plaintext or b"").decode())
    hashes = [half_hash(told[name], "ES256") for name in ("code", "access_token")]
    assert hashes == [claims["c_hash"], claims["at_hash"]]
    house = provider.application
    with house.store.begin() as unit:
        unit.clients.upsert(replace(app.client, jwks={"keys": []}), provider.clock())
    house.clients.forget("front")
    page = browser.get(app.authorize_url(response_type="id_token token"))
    assert ("invalid_request", {"error", "error_description", "state", "session_state", "iss"}) == (
        page.answer["error"],
        set(page.answer),
    )


@pytest.mark.parametrize("algorithm", ["EdDSA", "PS256"])
def test_half_hashes_in_the_fragment(provider: Provider, algorithm: str) -> None:
    """Core 3.3.2.11: an ID token in the fragment has both half hashes by the digest of its own algorithm."""
    app = application(
        provider,
        grant_types=frozenset({"authorization_code", "implicit"}),
        response_types=frozenset({"code id_token token"}),
        id_token_signed_response_alg=algorithm,
    )
    back = app.sign_in(provider.browser(), response_type="code id_token token")
    told = dict(parse_qsl(urlsplit(back.url).fragment))
    claims = claims_of(told["id_token"])
    expected = {"at_hash": half_hash(told["access_token"], algorithm), "c_hash": half_hash(told["code"], algorithm)}
    assert expected == {name: claims[name] for name in expected}


def test_a_client_that_lost_its_key_keeps_its_code(provider: Provider) -> None:
    """Where the key to encrypt to is missing nothing is issued, and the code is still good once it is back."""
    own = client_key("reader", "ECDH-ES")
    app = application(provider, jwks={"keys": [own.public]}, id_token_encrypted_response_alg="ECDH-ES")
    code = app.sign_in(provider.browser()).query["code"]
    house = provider.application
    with house.store.begin() as unit:
        stored = unit.clients.get("varied")
        assert stored is not None
        unit.clients.upsert(replace(stored, jwks={"keys": []}), provider.clock())
    house.clients.forget("varied")
    refused = app.redeem(code)
    assert (400, "invalid_request") == (refused.status_code, refused.get_json()["error"])
    house.clients.upsert(stored)
    assert 200 == app.redeem(code).status_code


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
