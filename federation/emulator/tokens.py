"""What the emulator signs: the ID token and the userinfo answer, right by default, wrong where a knob says so."""

from collections.abc import Callable
from typing import Any

from federation.emulator.config import EmulatorConfig, ServiceProvider
from federation.emulator.encryption import encrypted
from federation.emulator.keys import UNKNOWN_KID, SigningKeys
from federation.emulator.knobs import Knobs
from federation.emulator.state import TOKEN_LIFETIME, AccessToken, Grant
from federation.emulator.subject import pairwise_subject

AMR = ["fc", "pwd"]
Claims = dict[str, Any]


def _spoil(name: str, value: object) -> Callable[[Claims], None]:
    def apply(claims: Claims) -> None:
        claims[name] = value

    return apply


def _shift(name: str, seconds: int) -> Callable[[Claims], None]:
    def apply(claims: Claims) -> None:
        claims[name] += seconds

    return apply


def _drop(name: str) -> Callable[[Claims], None]:
    def apply(claims: Claims) -> None:
        claims.pop(name, None)

    return apply


CLAIM_FAULTS: dict[str, Callable[[Claims], None]] = {
    "iss": _spoil("iss", "https://other-issuer.example/api/v2"),
    "aud": _spoil("aud", "another-client"),
    "nonce": _spoil("nonce", "0" * 64),
    "sub": _spoil("sub", f"{'0' * 64}v1"),
    "acr": _spoil("acr", "eidas0"),
    "exp": _shift("exp", -3600),
    "iat": _shift("iat", 3600),
    "no_nonce": _drop("nonce"),
    "no_exp": _drop("exp"),
    "no_sub": _drop("sub"),
    "at_hash": _spoil("at_hash", "0" * 22),
}
"""The position of a `…_claim` knob -> what it does to the claims just before they are signed."""


class TokenMaker:
    """Builds and signs for one configuration; the knobs are read at each signature."""

    def __init__(self, config: EmulatorConfig, keys: SigningKeys, knobs: Knobs) -> None:
        self._config = config
        self._keys = keys
        self._knobs = knobs

    def subject(self, grant: Grant) -> str:
        """Return the pairwise `sub` of a grant; the `new_sub` knob gives the same person another one."""
        secret = self._config.subject_secret
        if self._knobs.get("new_sub"):
            secret = f"{secret}-renewed"
        return pairwise_subject(grant.client.sector, grant.persona.claims, secret)

    def id_token(self, grant: Grant) -> str:
        """Return the ID token: eight members, and `amr` when it was asked for. No `at_hash`, as documented."""
        now = self._config.clock()
        claims: Claims = {
            "sub": self.subject(grant),
            "acr": grant.level,
            "auth_time": grant.auth_time,
            **({"nonce": grant.nonce} if grant.nonce else {}),
            "aud": grant.client.client_id,
            "exp": now + TOKEN_LIFETIME,
            "iat": now,
            "iss": self._config.issuer,
        }
        if grant.wants_amr:
            claims["amr"] = AMR
        return self._sign("id_token", claims, grant.client, grant.client.id_token_alg)

    def userinfo(self, token: AccessToken) -> Claims:
        """Return the claims that the token's scopes open; a claim that the person lacks is left out."""
        grant = token.grant
        person: Claims = {
            # The provider's raw date is the register's own unless the persona says otherwise.
            "idp_birthdate": grant.persona.claims["birthdate"],
            **grant.persona.claims,
            "usual_name": grant.persona.claims["family_name"],
            "uid": grant.persona.key,
            "siret": "77567145600015",
            "idp_id": grant.provider.uid,
            "amr": AMR,
        }
        if self._knobs.get("new_email") and "email" in person:
            person["email"] = f"nouvelle.{person['email']}"
        opened = {name: person[name] for name in self._config.platform.claims_for(grant.scopes) if name in person}
        return {"sub": self.subject(grant), **opened}

    def signed_userinfo(self, token: AccessToken) -> str:
        """Return the userinfo JWS: `aud`, `exp` (the access token's), `iat`, `iss` beside the claims."""
        client = token.grant.client
        claims: Claims = {
            **self.userinfo(token),
            "aud": client.client_id,
            "exp": token.expires_at,
            "iat": self._config.clock(),
            "iss": self._config.issuer,
        }
        return self._sign("userinfo", claims, client, client.userinfo_alg)

    @property
    def generation(self) -> str:
        """The key generation that is published now."""
        return "rotated" if self._knobs.get("rotated_key") else "current"

    def _sign(self, kind: str, claims: Claims, client: ServiceProvider, alg: str) -> str:
        if fault := self._knobs.choice(f"{kind}_claim"):
            CLAIM_FAULTS[fault](claims)
        if wrong := self._knobs.choice(f"{kind}_alg"):
            other = "RS256" if alg == "ES256" else "ES256"
            alg = other if wrong == "other" else wrong
        signed = self._keys.sign(
            claims,
            alg,
            generation="foreign" if self._knobs.get("foreign_key") else self.generation,
            kid=UNKNOWN_KID if self._knobs.get("unknown_kid") else self._config.platform.kids.get(alg, UNKNOWN_KID),
            mac_secret=client.client_secret,
        )
        if not self._config.platform.encrypted or self._knobs.choice("encryption") == "absent":
            return signed
        return encrypted(signed, client, self._config.issuer, self._knobs.choice("encryption") or "")
