"""Every knob makes exactly its fault happen, and none of it stays after a reset."""

import json
from base64 import urlsafe_b64decode

import pytest
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError

from federation.emulator.errors import AUTHORIZE_ERRORS, PAGES
from federation.emulator.knobs import BY_NAME, KNOBS, Knobs
from federation.emulator.tokens import CLAIM_FAULTS
from tests.federation.emulator.partner import AFTER_LOGOUT, ISSUER, Now, Partner, query


def tokens(partner: Partner) -> tuple[str, str]:
    """Sign in and return the raw ID token and the raw userinfo answer."""
    answer = partner.token(partner.sign_in()["code"]).get_json()
    return answer["id_token"], partner.userinfo(answer["access_token"]).text


def part(token: str, index: int) -> dict[str, object]:
    """Return a decoded part of a compact JWS, unverified."""
    text = token.split(".")[index]
    decoded: dict[str, object] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return decoded


@pytest.mark.parametrize("error", AUTHORIZE_ERRORS)
def test_the_next_request_returns_an_error_once(partner: Partner, error: str) -> None:
    """Each error of the callback can be had once; the request after it is served."""
    partner.turn(authorize_error=error)
    answer = query(partner.authorize().location)
    assert (error, "5" * 64, ISSUER) == (answer["error"], answer["state"], answer["iss"])
    assert "/interaction/" in partner.authorize().location


@pytest.mark.parametrize("code", PAGES)
def test_the_next_request_stays_on_a_page_once(partner: Partner, code: str) -> None:
    """Each page that never returns can be had once."""
    partner.turn(authorize_page=code)
    assert code in partner.authorize().text
    assert 303 == partner.authorize().status_code


@pytest.mark.parametrize(
    ("knob", "position", "name", "expected"),
    [
        ("callback_state", "absent", "state", None),
        ("callback_state", "undefined", "state", "undefined"),
        ("callback_state", "other", "state", "0" * 64),
        ("callback_iss", "absent", "iss", None),
        ("callback_iss", "other", "iss", "https://other-issuer.example/api/v2"),
        ("callback_code", "absent", "code", None),
        ("callback_code", "unknown", "code", "A" * 43),
    ],
)
def test_the_callback_is_spoiled(partner: Partner, knob: str, position: str, name: str, expected: str | None) -> None:
    """state, iss and code of the way back can be absent or wrong."""
    partner.turn(**{knob: position})
    assert expected == partner.sign_in().get(name)


@pytest.mark.parametrize("position", BY_NAME["id_token_claim"].choices)
def test_a_claim_of_the_id_token_is_wrong(partner: Partner, position: str) -> None:
    """Only the named claim differs from the right token, and the signature is good."""
    right = partner.verified(tokens(partner)[0])
    partner.turn(id_token_claim=position)
    wrong = partner.verified(tokens(partner)[0])
    changed = {name for name in {*right, *wrong} if right.get(name) != wrong.get(name)}
    assert {position.removeprefix("no_")} == changed


@pytest.mark.parametrize("position", BY_NAME["userinfo_claim"].choices)
def test_a_claim_of_userinfo_is_wrong(partner: Partner, position: str) -> None:
    """The same for userinfo, which leaves the ID token right."""
    id_token, info = tokens(partner)
    partner.turn(userinfo_claim=position)
    other_id_token, other_info = tokens(partner)
    right, wrong = partner.verified(info), partner.verified(other_info)
    assert {position.removeprefix("no_")} == {name for name in right if right[name] != wrong.get(name)}
    assert partner.verified(id_token) == partner.verified(other_id_token)


def test_every_claim_fault_has_an_effect() -> None:
    """The positions of the claim knobs and the table of their effects name the same faults."""
    assert set(CLAIM_FAULTS) == {*BY_NAME["id_token_claim"].choices, *BY_NAME["userinfo_claim"].choices}


@pytest.mark.parametrize("kind", ["id_token", "userinfo"])
@pytest.mark.parametrize(("position", "alg"), [("none", "none"), ("HS256", "HS256"), ("other", "RS256")])
def test_the_algorithm_is_wrong(partner: Partner, kind: str, position: str, alg: str) -> None:
    """Either token can come unsigned, keyed by the client secret, or under the other asymmetric algorithm."""
    partner.turn(**{f"{kind}_alg": position})
    id_token, info = tokens(partner)
    assert alg == part(id_token if kind == "id_token" else info, 0)["alg"]
    assert "ES256" == part(info if kind == "id_token" else id_token, 0)["alg"]


def test_userinfo_can_be_plain_json(partner: Partner) -> None:
    """An unsigned userinfo says the same person, as JSON."""
    partner.turn(userinfo_plain=True)
    assert "DUBOIS" == json.loads(tokens(partner)[1])["family_name"]


def test_an_unknown_kid(partner: Partner) -> None:
    """The signature names a key that /jwks does not have."""
    partner.turn(unknown_kid=True)
    with pytest.raises((InvalidKeyIdError, ValueError)):
        partner.verified(tokens(partner)[0])


def test_a_rotated_key_keeps_its_kid(partner: Partner) -> None:
    """After the rotation /jwks has another key under the same kid: an old copy fails, a fresh one verifies."""
    before = partner.server.get("/api/v2/jwks").get_json()["keys"]
    old_token = tokens(partner)[0]
    partner.turn(rotated_key=True)
    after = partner.server.get("/api/v2/jwks").get_json()["keys"]
    assert [key["kid"] for key in before] == [key["kid"] for key in after]
    assert before[0]["x"] != after[0]["x"]
    assert "fund" == partner.verified(tokens(partner)[0])["aud"]
    with pytest.raises(BadSignatureError):
        partner.verified(old_token)


def test_a_foreign_key_never_verifies(partner: Partner) -> None:
    """The kid is right, the key is published nowhere."""
    partner.turn(foreign_key=True)
    token = tokens(partner)[0]
    assert "pkcs11:ES256:hsm" == part(token, 0)["kid"]
    with pytest.raises(JoseError):
        partner.verified(token)


def test_the_same_person_gets_a_new_sub(partner: Partner) -> None:
    """ID token and userinfo agree on the new subject; the identity is unchanged."""
    before_id, before = partner.identity()
    partner.turn(new_sub=True)
    after_id, after = partner.identity()
    assert before_id["sub"] != after_id["sub"]
    assert after_id["sub"] == after["sub"]
    assert before["family_name"] == after["family_name"]


def test_the_same_person_gets_a_new_email(partner: Partner) -> None:
    """The address changes and the subject does not."""
    _, before = partner.identity(scope="openid email")
    partner.turn(new_email=True)
    _, after = partner.identity(scope="openid email")
    assert before["sub"] == after["sub"]
    assert f"nouvelle.{before['email']}" == after["email"]


def test_logout_can_lose_the_state_or_never_return(partner: Partner) -> None:
    """The way back from logout has no state, or there is no way back."""
    hint = tokens(partner)[0]
    ask = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT, "state": "bye"}
    partner.turn(logout_without_state=True)
    assert AFTER_LOGOUT == partner.browser.get("/api/v2/session/end", query_string=ask).location
    partner.turn(logout_page=True)
    assert 500 == partner.browser.get("/api/v2/session/end", query_string=ask).status_code


@pytest.mark.parametrize(
    ("name", "path"), [("discovery", ".well-known/openid-configuration"), ("jwks", "jwks"), ("userinfo", "userinfo")]
)
def test_an_endpoint_is_slow_or_down(partner: Partner, naps: list[float], name: str, path: str) -> None:
    """Each endpoint can wait some seconds, and answer an error status."""
    partner.turn(**{f"{name}_delay": 2.5, f"{name}_status": 503})
    response = partner.server.get(f"/api/v2/{path}")
    assert (503, "server_error") == (response.status_code, response.get_json()["error"])
    assert [2.5] == naps


def test_the_token_endpoint_is_slow_or_down(partner: Partner, naps: list[float], now: Now) -> None:
    """A token endpoint that fails leaves the code good for a retry within its thirty seconds."""
    code = partner.sign_in()["code"]
    partner.turn(token_delay="1", token_status="500")
    assert 500 == partner.token(code).status_code
    partner.turn(reset=True)
    now.time += 10
    assert 200 == partner.token(code).status_code
    assert [1.0] == naps


@pytest.mark.parametrize("name", ["token", "userinfo", "jwks"])
@pytest.mark.parametrize("fault", BY_NAME["token_body"].choices)
def test_a_body_is_spoiled(partner: Partner, name: str, fault: str) -> None:
    """The body comes empty, cut, as a maintenance page, or far too long, under status 200."""
    token = partner.token(partner.sign_in()["code"]).get_json()["access_token"]
    partner.turn(**{f"{name}_body": fault})
    if name == "token":
        response = partner.token(partner.sign_in()["code"])
    else:
        response = partner.server.get(f"/api/v2/{name}", headers={"Authorization": f"Bearer {token}"})
    size = len(response.get_data())
    assert 200 == response.status_code
    assert {"empty": size == 0, "huge": size > 5_000_000}.get(fault, 0 < size < 2000)


def test_names_are_unique_and_labels_are_there() -> None:
    """The table is well formed."""
    assert len(KNOBS) == len(BY_NAME)
    assert all(knob.label for knob in KNOBS)
    assert all(bool(knob.choices) == (knob.kind == "choice") for knob in KNOBS)


@pytest.mark.parametrize(
    "values",
    [
        {"nothing": 1},
        {"authorize_error": "login_required"},
        {"new_sub": "perhaps"},
        {"token_delay": -1},
        {"token_delay": 121},
        {"token_delay": "soon"},
        {"token_delay": [1]},
        {"token_status": 200},
        {"new_sub": True, "nothing": 1},
    ],
)
def test_a_position_that_does_not_fit_changes_nothing(values: dict[str, object]) -> None:
    """One faulty position refuses the whole change."""
    knobs = Knobs()
    with pytest.raises(ValueError, match=r"unknown knobs|does not fit|out of range|could not convert"):
        knobs.set(values)
    assert {} == knobs.snapshot()


@pytest.mark.parametrize("rest", [None, "", False, 0, "0"])
def test_a_knob_goes_back_to_rest(rest: object) -> None:
    """Several ways to say "at rest" all work."""
    knobs = Knobs()
    knobs.set({"new_sub": True})
    knobs.set({"new_sub": rest})
    assert knobs.get("new_sub") is None
