"""Client authentication by a signed assertion, as discovery announces it beside the shared secret."""

import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from federation.emulator.app import create_app
from federation.emulator.client_auth import ASSERTION_TYPE
from federation.emulator.config import EmulatorConfig
from federation.emulator.keys import SigningKeys
from tests.federation.emulator.partner import FUND, ISSUER, Now, Partner

KEY = ECKey.generate_key("P-256", {"kid": "fund-1"})
OTHER = ECKey.generate_key("P-256", {"kid": "fund-1"})


@pytest.fixture
def signer(config: EmulatorConfig, keys: SigningKeys) -> Partner:
    """The fund, registered with a public key."""
    client = replace(FUND, jwks={"keys": [KEY.as_dict(private=False)]})
    return Partner(create_app(replace(config, clients=(client,)), keys), client)


def assertion(now: Now, key: ECKey = KEY, **changes: Any) -> dict[str, str]:
    """Return the form fields of an assertion; the secret stays at home."""
    claims = {"iss": "fund", "sub": "fund", "aud": ISSUER, "exp": now.time + 60, "jti": "one", **changes}
    token = jws.serialize_compact({"alg": "ES256", "kid": "fund-1"}, json.dumps(claims), key, algorithms=["ES256"])
    return {"client_secret": "", "client_assertion": token, "client_assertion_type": ASSERTION_TYPE}


@pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/token", [ISSUER, "https://other.example"]])
def test_an_assertion_signs_the_client_in(signer: Partner, now: Now, audience: object) -> None:
    """The issuer or the token endpoint is a good audience, alone or in a list."""
    response = signer.token(signer.sign_in()["code"], **assertion(now, aud=audience))
    assert 200 == response.status_code


def test_an_assertion_is_good_once(signer: Partner, now: Now) -> None:
    """The same `jti` a second time is refused."""
    form = assertion(now)
    assert 200 == signer.token(signer.sign_in()["code"], **form).status_code
    assert 401 == signer.token(signer.sign_in()["code"], **form).status_code


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "shop"},
        {"sub": "shop"},
        {"aud": "https://other.example"},
        {"exp": 0},
        {"exp": None},
        {"exp": 9_999_999_999},
        {"jti": None},
        {"key": OTHER},
    ],
)
def test_a_wrong_assertion_is_refused(signer: Partner, now: Now, changes: dict[str, Any]) -> None:
    """Another party's, for somebody else, out of time, without identifier or under another key: invalid_client."""
    response = signer.token(signer.sign_in()["code"], **assertion(now, **changes))
    assert (401, "invalid_client") == (response.status_code, response.get_json()["error"])


def test_the_assertion_type_counts(signer: Partner, now: Now) -> None:
    """An assertion of another type is no proof."""
    form = {**assertion(now), "client_assertion_type": "urn:other"}
    assert 401 == signer.token(signer.sign_in()["code"], **form).status_code


def test_a_client_without_keys_cannot_assert(partner: Partner, now: Now) -> None:
    """No registered key, no assertion."""
    assert 401 == partner.token(partner.sign_in()["code"], **assertion(now)).status_code


def test_a_repeated_field_counts_as_absent(partner: Partner) -> None:
    """Two secrets in one form are none."""
    form = {"grant_type": "authorization_code", "client_id": "fund", "client_secret": ["f" * 32, "f" * 32]}
    assert 400 == partner.server.post("/api/v2/token", data=form).status_code
