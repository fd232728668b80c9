"""FranceConnect+ and an ordinary OpenID provider: where they differ from the standard platform."""

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, KeySet, RSAKey

from federation.emulator.app import create_app
from federation.emulator.config import EmulatorConfig, EmulatorConfigurationError, ServiceProvider
from federation.emulator.keys import SigningKeys
from tests.federation.emulator.partner import FUND, Now, Partner, query

KEYS: dict[str, ECKey | RSAKey] = {
    "ECDH-ES": ECKey.generate_key("P-256", {"use": "enc", "alg": "ECDH-ES", "kid": "ours-ec"}),
    "RSA-OAEP": RSAKey.generate_key(2048, {"use": "enc", "alg": "RSA-OAEP", "kid": "ours-rsa"}),
}
PUBLIC = KeySet(list(KEYS.values())).as_dict(private=False)


def registered(**changes: Any) -> ServiceProvider:
    """Return the fund as FranceConnect+ keeps it."""
    return replace(FUND, **{"jwks": PUBLIC, "encryption_alg": "ECDH-ES", **changes})


@pytest.fixture
def plus(config: EmulatorConfig, keys: SigningKeys) -> Partner:
    """The fund in front of FranceConnect+."""
    client = registered()
    return Partner(create_app(replace(config, guise="plus", clients=(client,)), keys), client)


@pytest.fixture
def generic(config: EmulatorConfig, keys: SigningKeys) -> Partner:
    """The fund in front of an ordinary OpenID provider."""
    client = replace(FUND, scopes=FUND.scopes | {"usual_name", "uid"})
    return Partner(create_app(replace(config, guise="generic", clients=(client,)), keys), client)


@pytest.mark.parametrize("algorithm", KEYS)
def test_plus_encrypts_what_it_signed(config: EmulatorConfig, keys: SigningKeys, algorithm: str) -> None:
    """ID token and userinfo are JWE to the service's key; inside is an ES256 signature under the one label."""
    client = registered(encryption_alg=algorithm)
    partner = Partner(create_app(replace(config, guise="plus", clients=(client,)), keys), client)
    code = partner.sign_in(acr_values="eidas2")["code"]
    answer = partner.token(code).get_json()
    for token in (answer["id_token"], partner.userinfo(answer["access_token"]).text):
        registry = jwe.JWERegistry(algorithms=[algorithm, "A256GCM"], strict_check_header=False)
        opened = jwe.decrypt_compact(token, KEYS[algorithm], registry=registry)
        header = opened.headers()
        wanted = {"alg": algorithm, "enc": "A256GCM", "cty": "JWT", "kid": KEYS[algorithm].kid, "aud": "fund"}
        assert wanted == {name: header[name] for name in wanted}
        claims = partner.verified((opened.plaintext or b"").decode())
        assert "eidas2" == claims.get("acr", "eidas2")
        assert "given_name_array" not in claims
    assert ["pkcs11:hsm"] == [key["kid"] for key in partner.server.get("/api/v2/jwks").get_json()["keys"]]


@pytest.mark.parametrize(
    ("asked", "error"), [("eidas1", "invalid_acr"), ("eidas2", None), ("eidas3", None), ("unknown", None)]
)
def test_plus_serves_its_own_levels(plus: Partner, asked: str, error: str | None) -> None:
    """The low level is refused; an unknown one counts as none, which means the highest."""
    response = plus.authorize(acr_values=asked)
    assert error == query(response.location).get("error")


def test_plus_shares_a_session_for_ten_minutes_and_one_level(plus: Partner, now: Now) -> None:
    """Another visit does not prolong it, and the highest level asks again."""
    plus.sign_in(acr_values="eidas2")
    assert plus.browser.get(plus.begin(acr_values="eidas2")).location.endswith("/consent")
    assert plus.browser.get(plus.begin(acr_values="eidas3")).location.endswith("/choice")
    now.time += 599
    assert plus.browser.get(plus.begin(acr_values="eidas2")).location.endswith("/consent")
    now.time += 1
    assert plus.browser.get(plus.begin(acr_values="eidas2")).location.endswith("/choice")


@pytest.mark.parametrize("guise", ["standard", "plus"])
def test_franceconnect_refuses_pkce(config: EmulatorConfig, keys: SigningKeys, guise: Any) -> None:
    """Both platforms announce S256 and answer 400 to it."""
    partner = Partner(create_app(replace(config, guise=guise, clients=(registered(),)), keys))
    assert ["S256"] == partner.server.get("/api/v2/.well-known/openid-configuration").get_json()[
        "code_challenge_methods_supported"
    ]
    refused = partner.authorize(code_challenge="c" * 43, code_challenge_method="S256", acr_values="eidas2")
    assert (400, True) == (refused.status_code, "Y030007" in refused.text)


@pytest.mark.parametrize(("verifier", "status"), [("v" * 43, 200), ("w" * 43, 400), ("", 400)])
def test_generic_binds_the_code_to_a_verifier(generic: Partner, verifier: str, status: int) -> None:
    """PKCE as RFC 7636 has it: the verifier of the challenge, or nothing."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    code = generic.sign_in(code_challenge=challenge, code_challenge_method="S256")["code"]
    sent = {"code_verifier": verifier} if verifier else {}
    assert status == generic.token(code, **sent).status_code


def test_generic_needs_little_and_says_usual_names(generic: Partner) -> None:
    """No `acr_values` and no nonce are needed; `prompt=login` asks anew; a plain challenge is refused."""
    info = generic.identity(scope="openid usual_name uid", acr_values=None)[1]
    assert "DUBOIS" == info["usual_name"]
    assert generic.browser.get(generic.begin()).location.endswith("/consent")
    assert generic.browser.get(generic.begin(prompt="login")).location.endswith("/choice")
    assert 400 == generic.authorize(code_challenge="c" * 43, code_challenge_method="plain").status_code


@pytest.mark.parametrize("fault", ["absent", "foreign_key", "unknown_kid", "other"])
def test_a_knob_spoils_the_encryption(plus: Partner, fault: str) -> None:
    """Each position gives something that a careful service refuses."""
    code = plus.sign_in(acr_values="eidas2")["code"]
    plus.turn(encryption=fault)
    token = plus.token(code).get_json()["id_token"]
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert (fault == "absent") == (token.count(".") == 2)
    assert (fault != "unknown_kid") == (header["kid"] != "unknown")
    assert (fault == "other") == (header["alg"] == "ECDH-ES+A256KW")


@pytest.mark.parametrize(
    "client", [FUND, registered(encryption_alg=""), registered(jwks=None), registered(id_token_alg="RS256")]
)
def test_a_service_that_plus_would_not_register(config: EmulatorConfig, client: ServiceProvider) -> None:
    """Without a key to encrypt to, or with another signature, the configuration is refused."""
    with pytest.raises(EmulatorConfigurationError):
        replace(config, guise="plus", clients=(client,))


def test_keys_that_cannot_be_had(config: EmulatorConfig, keys: SigningKeys, free_port: int) -> None:
    """A service whose JWKS does not answer gets FranceConnect's own server error."""
    client = registered(jwks=None, jwks_uri=f"http://127.0.0.1:{free_port}/jwks")
    partner = Partner(create_app(replace(config, guise="plus", clients=(client,)), keys), client)
    assert 500 == partner.token(partner.sign_in(acr_values="eidas2")["code"]).status_code


def test_an_unknown_guise_is_refused(config: EmulatorConfig) -> None:
    """The names of the guises are a closed list."""
    unknown: Any = "legacy"
    with pytest.raises(EmulatorConfigurationError, match="guise"):
        replace(config, guise=unknown)
