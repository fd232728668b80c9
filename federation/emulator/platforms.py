"""The three guises of the double: FranceConnect v2, FranceConnect+, and an OpenID provider like any other.

One line of difference is one member here; the endpoints ask the platform and know no name. The last guise stands for
ProConnect and its like: it takes PKCE and the usual parameters that FranceConnect answers 400 to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from federation.emulator.scopes import SCOPE_CLAIMS

Guise = Literal["standard", "plus", "generic"]

_ECDSA, _RSA = "pkcs11:ES256:hsm", "pkcs11:RS256:hsm"


@dataclass(frozen=True, slots=True)
class Platform:
    """How one platform differs.

    `levels`: the `acr` values it serves, low to high; `default_level` where none known is asked. `shared_level`: the
    highest level that single sign-on serves. `session_lifetime` is in seconds; `sliding`: each visit begins it anew.
    `kids`: the label of each signing key. `encrypted`: ID token and userinfo are JWE to a key of the service.
    `pkce`: the code is bound to a verifier where the request brought a challenge. `extra_parameters` of the
    authorization request are taken beside FranceConnect's. `required`: those that must be there.
    """

    name: str
    levels: tuple[str, ...]
    default_level: str
    shared_level: str
    scopes: Mapping[str, tuple[str, ...]]
    kids: Mapping[str, str]
    session_lifetime: int = 1800
    sliding: bool = True
    encrypted: bool = False
    pkce: bool = False
    extra_parameters: frozenset[str] = frozenset()
    required: tuple[str, ...] = (
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "acr_values",
    )

    def claims_for(self, scopes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the claim names that the scopes open, each once, in the order of the table."""
        return tuple(dict.fromkeys(name for scope in scopes for name in self.scopes[scope]))

    def signing_algorithms(self) -> tuple[str, ...]:
        """Name the algorithms that a service may choose for its signatures."""
        return tuple(self.kids)


def _without_array(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name != "given_name_array")


PLATFORMS: Mapping[Guise, Platform] = {
    "standard": Platform(
        name="FranceConnect",
        levels=("eidas1",),
        default_level="eidas1",
        shared_level="eidas1",
        scopes=SCOPE_CLAIMS,
        kids={"ES256": _ECDSA, "RS256": _RSA},
    ),
    "plus": Platform(
        name="FranceConnect+",
        levels=("eidas2", "eidas3"),
        default_level="eidas3",
        shared_level="eidas2",
        scopes={scope: _without_array(names) for scope, names in SCOPE_CLAIMS.items()},
        kids={"ES256": "pkcs11:hsm"},
        session_lifetime=600,
        sliding=False,
        encrypted=True,
    ),
    "generic": Platform(
        name="un fournisseur OpenID",
        levels=("eidas1", "eidas2", "eidas3"),
        default_level="eidas1",
        shared_level="eidas3",
        scopes={**SCOPE_CLAIMS, "usual_name": ("usual_name",), "uid": ("uid",), "siret": ("siret",)},
        kids={"ES256": _ECDSA, "RS256": _RSA},
        pkce=True,
        extra_parameters=frozenset({"code_challenge", "code_challenge_method", "max_age", "login_hint"}),
        required=("response_type", "client_id", "redirect_uri", "scope"),
    ),
}
