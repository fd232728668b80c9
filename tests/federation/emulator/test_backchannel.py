"""Discovery, keys, token, userinfo, revocation, as a service provider's server sees them."""

import base64
import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from federation.emulator.app import create_app
from federation.emulator.config import EmulatorConfig
from federation.emulator.keys import SigningKeys
from tests.federation.emulator.partner import FUND, ISSUER, Now, Partner


def header(token: str) -> dict[str, str]:
    """Return the header of a compact JWS."""
    part = token.split(".", 1)[0]
    decoded: dict[str, str] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def test_discovery_is_the_real_one_misleading_members_included(partner: Partner) -> None:
    """The document announces what the sandbox announces, S256 and form_post too, and is cached ten minutes."""
    response = partner.server.get("/api/v2/.well-known/openid-configuration")
    document = response.get_json()
    assert "public, max-age=600" == response.headers["Cache-Control"]
    expected = {
        "issuer": ISSUER,
        "end_session_endpoint": f"{ISSUER}/session/end",
        "acr_values_supported": ["eidas1"],
        "subject_types_supported": ["pairwise"],
        "grant_types_supported": ["authorization_code"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "response_modes_supported": ["form_post", "fragment", "query"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "userinfo_signing_alg_values_supported": ["HS256", "ES256", "RS256"],
        "request_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }
    assert expected == {name: document[name] for name in expected}


def test_jwks_holds_two_public_keys_under_static_labels(partner: Partner) -> None:
    """Two keys, cached ten minutes, and nothing private in them."""
    response = partner.server.get("/api/v2/jwks")
    keys = response.get_json()["keys"]
    assert ["pkcs11:ES256:hsm", "pkcs11:RS256:hsm"] == [key["kid"] for key in keys]
    assert not any("d" in key for key in keys)
    assert "public, max-age=600" == response.headers["Cache-Control"]


def test_the_token_answer_has_five_members(partner: Partner) -> None:
    """Exactly five members, a 43-character opaque token, 60 seconds, never stored by a cache."""
    response = partner.token(partner.sign_in()["code"])
    answer = response.get_json()
    assert {"access_token", "expires_in", "id_token", "scope", "token_type"} == set(answer)
    assert (43, 60, "Bearer") == (len(answer["access_token"]), answer["expires_in"], answer["token_type"])
    assert "openid identite_pivot" == answer["scope"]
    assert "no-store" == response.headers["Cache-Control"]


def test_the_id_token_has_eight_members(partner: Partner, now: Now) -> None:
    """The ID token is exactly what is documented: no at_hash, no name, aud a string, 60 seconds."""
    answer = partner.token(partner.sign_in()["code"]).get_json()
    claims = partner.verified(answer["id_token"])
    sub = claims.pop("sub")
    expected = {
        "acr": "eidas1",
        "auth_time": now.time,
        "nonce": "9" * 64,
        "aud": "fund",
        "exp": now.time + 60,
        "iat": now.time,
        "iss": ISSUER,
    }
    assert expected == claims
    assert (66, True) == (len(sub), sub.endswith("v1"))
    assert {"alg": "ES256", "kid": "pkcs11:ES256:hsm"} == header(answer["id_token"])


def test_auth_time_is_the_click_on_continue(partner: Partner, now: Now) -> None:
    """Under single sign-on too, auth_time is the moment of "Continuer", not of the provider's sign-in."""
    partner.sign_in()
    now.time += 600
    base = partner.begin()
    now.time += 5
    code = dict(
        pair.split("=") for pair in urlsplit(partner.browser.post(f"{base}/consent").location).query.split("&")
    )["code"]
    now.time += 3
    claims = partner.verified(partner.token(code).get_json()["id_token"])
    assert (now.time - 3, now.time) == (claims["auth_time"], claims["iat"])


def test_amr_and_rs256_follow_the_registration(shop: Partner) -> None:
    """An entitled service gets `amr` as an array; another signs RS256 under its label."""
    code = shop.sign_in(claims='{"id_token":{"amr":{"essential":true}}}')["code"]
    answer = shop.token(code).get_json()
    assert ["fc", "pwd"] == shop.verified(answer["id_token"])["amr"]
    assert {"alg": "RS256", "kid": "pkcs11:RS256:hsm"} == header(answer["id_token"])
    assert "pkcs11:RS256:hsm" == header(shop.userinfo(answer["access_token"]).text)["kid"]


def test_userinfo_is_signed_and_says_the_pivot(partner: Partner, now: Now) -> None:
    """Userinfo is an application/jwt with aud, exp (the token's), iat, iss and the claims of the scopes."""
    answer = partner.token(partner.sign_in()["code"]).get_json()
    response = partner.userinfo(answer["access_token"])
    assert "application/jwt" == response.mimetype
    assert {
        "sub": partner.verified(answer["id_token"])["sub"],
        "given_name": "Angela Claire Louise",
        "given_name_array": ["Angela", "Claire", "Louise"],
        "family_name": "DUBOIS",
        "birthdate": "1962-08-24",
        "gender": "female",
        "birthplace": "75107",
        "birthcountry": "99100",
        "aud": "fund",
        "exp": now.time + 60,
        "iat": now.time,
        "iss": ISSUER,
    } == partner.verified(response.text)


def test_a_token_in_the_query_is_accepted(partner: Partner) -> None:
    """The real service accepts `access_token` in the query of userinfo."""
    token = partner.token(partner.sign_in()["code"]).get_json()["access_token"]
    assert 200 == partner.server.get(f"/api/v2/userinfo?access_token={token}").status_code


def test_the_code_lives_thirty_seconds(partner: Partner, now: Now) -> None:
    """A code is good at 29 seconds and dead at 30."""
    code, late = partner.sign_in()["code"], partner.sign_in()["code"]
    now.time += 29
    assert 200 == partner.token(code).status_code
    now.time += 1
    assert "invalid_grant" == partner.token(late).get_json()["error"]


def test_a_replayed_code_kills_the_access_token(partner: Partner) -> None:
    """A second redemption is invalid_grant and revokes what the first one gave."""
    code = partner.sign_in()["code"]
    token = partner.token(code).get_json()["access_token"]
    assert 200 == partner.userinfo(token).status_code
    replay = partner.token(code)
    assert (400, "invalid_grant") == (replay.status_code, replay.get_json()["error"])
    assert 401 == partner.userinfo(token).status_code


def test_the_access_token_lives_sixty_seconds(partner: Partner, now: Now) -> None:
    """Userinfo refuses the token at 60 seconds."""
    token = partner.token(partner.sign_in()["code"]).get_json()["access_token"]
    now.time += 60
    assert 401 == partner.userinfo(token).status_code


@pytest.mark.parametrize(
    ("changes", "status", "error", "code"),
    [
        ({"client_secret": "x" * 32}, 401, "invalid_client", "Y0434A7B"),
        ({"client_id": "nobody"}, 401, "invalid_client", "Y04EA6EF"),
        ({"client_secret": ""}, 400, "invalid_request", "Y040001"),
        ({"code": ""}, 400, "invalid_request", "Y048017B"),
        ({"code": "A" * 43}, 400, "invalid_grant", "Y049E20B"),
        ({"redirect_uri": "http://localhost:8000/other"}, 400, "invalid_grant", "Y04F8199"),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type", "Y040001"),
    ],
)
def test_token_errors_carry_a_code_and_an_id(
    partner: Partner, changes: dict[str, str], status: int, error: str, code: str
) -> None:
    """Each back-channel error is JSON with error, description and an error_uri that holds the Y code and an id."""
    response = partner.token(partner.sign_in()["code"], **changes)
    body = response.get_json()
    about = parse_qs(urlsplit(body["error_uri"]).query)
    assert {"error", "error_description", "error_uri"} == set(body)
    assert (status, error, [code]) == (response.status_code, body["error"], about["code"])
    assert 36 == len(about["id"][0])


def test_a_code_is_bound_to_its_client(partner: Partner, shop: Partner) -> None:
    """Another service's code is unknown to this one, and remains good for its owner."""
    code = partner.sign_in()["code"]
    stolen = shop.token(code, redirect_uri=FUND.redirect_uris[0])
    assert "invalid_grant" == stolen.get_json()["error"]
    assert 200 == partner.token(code).status_code


def test_basic_authentication_is_not_relied_upon(partner: Partner) -> None:
    """Only client_secret_post, the documented method, authenticates here."""
    form = {"grant_type": "authorization_code", "code": "x"}
    response = partner.server.post("/api/v2/token", data=form, auth=(FUND.client_id, FUND.client_secret))
    assert 400 == response.status_code


@pytest.mark.parametrize(("headers", "code"), [({}, "Y04146A2"), ({"Authorization": "Bearer bad"}, "Y040001")])
def test_userinfo_errors(partner: Partner, headers: dict[str, str], code: str) -> None:
    """No token and a bad token are both 401 invalid_token, under different codes."""
    response = partner.server.get("/api/v2/userinfo", headers=headers)
    assert (401, "invalid_token") == (response.status_code, response.get_json()["error"])
    assert f"code={code}&" in response.get_json()["error_uri"]
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_revocation(partner: Partner, shop: Partner) -> None:
    """A service revokes its own token only; a token too short is refused, an unknown one is not told."""
    token = partner.token(partner.sign_in()["code"]).get_json()["access_token"]

    def revoke(who: Partner, value: str) -> int:
        form = {"client_id": who.client.client_id, "client_secret": who.client.client_secret, "token": value}
        return who.server.post("/api/v2/token/revocation", data=form).status_code

    assert 400 == revoke(partner, "short")
    assert 200 == revoke(partner, "u" * 43)
    assert 200 == revoke(shop, token)
    assert 200 == partner.userinfo(token).status_code
    assert 200 == revoke(partner, token)
    assert 401 == partner.userinfo(token).status_code


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/v2/userinfo"), ("GET", "/api/v2/token"), ("GET", "/api/v2/nowhere"), ("GET", "/nowhere")],
)
def test_what_is_not_routed_is_a_404_page(partner: Partner, method: str, path: str) -> None:
    """An unknown path, or userinfo by POST, is the 404 page Y000404, not JSON."""
    response = partner.server.open(path, method=method)
    assert (404, "text/html") == (response.status_code, response.mimetype)
    assert "Y000404" in response.text


@pytest.mark.parametrize("path", ["/", "/api/v2"])
def test_bare_addresses_lead_to_the_knobs(partner: Partner, path: str) -> None:
    """Nothing here leads to the real FranceConnect."""
    assert "/_emulator" == partner.server.get(path).location


def test_an_issuer_without_path_works(config: EmulatorConfig, keys: SigningKeys) -> None:
    """The issuer's path is configuration, not code."""
    app = create_app(replace(config, issuer="http://localhost:8001"), keys)
    document = app.test_client().get("/.well-known/openid-configuration").get_json()
    assert "http://localhost:8001/jwks" == document["jwks_uri"]
