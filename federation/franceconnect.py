"""What is peculiar to FranceConnect v2 and FranceConnect+: hosts, parameters, claims, errors, logout.

Facts are those of the platforms' published sources and partner documentation. They differ in hosts, in
levels (`eidas1` against `eidas2` and `eidas3`), and in that FranceConnect+ encrypts to a key of ours what
it signed, with ES256 only. Both answer 400 to any parameter outside their list, so PKCE, ``max_age``,
``login_hint`` and ``prompt`` are never sent (N-060): `state` and `nonce`, 64 hexadecimal characters each,
carry the whole weight.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Literal
from urllib.parse import urlencode, urlsplit

from federation.provider_metadata import Endpoints
from federation.relying_party import RelyingPartySettings
from idp.records import dataclass
from idp.upstream import CivilStatus

Environment = Literal["sandbox", "production", "emulator", "sandbox_plus", "production_plus", "emulator_plus"]

NAME = "franceconnect"
_PLUS = "_plus"
_LEVELS = ("eidas1", "eidas2", "eidas3")
"""From low to high."""
ENCRYPTIONS = ("RSA-OAEP", "ECDH-ES")
"""How FranceConnect+ may wrap its content key; the content is A256GCM."""
_COMMUNE = re.compile(r"(?:2[AB]|[0-9]{2})[0-9]{3}")

ISSUERS: Mapping[str, str] = {
    "sandbox": "https://fcp-low.sbx.dev-franceconnect.fr/api/v2",
    "production": "https://oidc.franceconnect.gouv.fr/api/v2",
    "sandbox_plus": "https://auth.integ01.dev-franceconnect.fr/api/v2",
    "production_plus": "https://auth.franceconnect.gouv.fr/api/v2",
}
_TEST_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class FranceConnectSettings:
    """Our registration with one environment of FranceConnect, checked when made (ValueError).

    ``issuer`` may be empty for sandbox and production, whose hosts are fixed: identifiers of one
    environment must not reach another's. ``timeout`` and ``leeway`` are seconds. ``scopes`` are
    those of the habilitation. ``level`` is asked for, and the least that is accepted; empty means
    the lowest of the platform. ``encryption`` is what FranceConnect+ wraps its keys with.
    ``idp_hint`` names the one account that members use there, where that is granted.
    """

    environment: Environment
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    post_logout_redirect_uri: str
    issuer: str = ""
    algorithm: str = "ES256"
    scopes: tuple[str, ...] = (
        "openid",
        "identite_pivot",
        "preferred_username",
        "email",
        "idp_birthdate",
    )
    timeout: float = 5.0
    leeway: int = 60
    level: str = ""
    encryption: str = ""
    idp_hint: str = ""

    def __post_init__(self) -> None:
        """Refuse what FranceConnect would refuse later, in front of a member."""
        preset = ISSUERS.get(self.environment)
        if preset is not None:
            if self.issuer not in ("", preset):
                raise ValueError("the issuer of this environment is fixed: leave it empty")
            object.__setattr__(self, "issuer", preset)
        elif not _is_test_host(self.issuer):
            raise ValueError("an emulator may only be on this machine or a .test host")
        self._check_protection()
        if "openid" not in self.scopes:
            raise ValueError("the scopes must contain openid")
        if not self.client_id or not self.client_secret:
            raise ValueError("the client id and secret given by FranceConnect are needed")

    def _check_protection(self) -> None:
        """Refuse a level, a signature or an encryption that the platform does not have."""
        if self.algorithm not in (("ES256",) if self.plus else ("ES256", "RS256")):
            raise ValueError("FranceConnect signs with ES256 or RS256, FranceConnect+ with ES256 only")
        if not self.level:
            object.__setattr__(self, "level", self.levels[0])
        if self.level not in self.levels:
            raise ValueError("FranceConnect serves eidas1, FranceConnect+ eidas2 and eidas3")
        if self.plus and self.encryption not in ENCRYPTIONS:
            raise ValueError("FranceConnect+ encrypts with RSA-OAEP or ECDH-ES: say which is registered")
        if self.encryption and not self.plus:
            raise ValueError("FranceConnect does not encrypt: leave the encryption empty")

    @property
    def plus(self) -> bool:
        """Whether the platform is FranceConnect+."""
        return self.environment.endswith(_PLUS)

    @property
    def label(self) -> str:
        """The platform's name for people."""
        return "FranceConnect+" if self.plus else "FranceConnect"

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that may be asked of the platform, low to high."""
        return _LEVELS[1:] if self.plus else _LEVELS[:1]

    @property
    def host(self) -> str:
        """The only host this registration talks to."""
        return urlsplit(self.issuer).hostname or ""

    def relying_party(self) -> RelyingPartySettings:
        """Return the same registration in the generic client's words."""
        return RelyingPartySettings(
            issuer=self.issuer,
            client_id=self.client_id,
            client_secret=self.client_secret,
            redirect_uri=self.redirect_uri,
            algorithm=self.algorithm,
            acr_values=frozenset(_LEVELS[_LEVELS.index(self.level) :]),
            encryption=self.encryption,
            timeout=self.timeout,
            leeway=min(self.leeway, 60),
        )


def _is_test_host(issuer: str) -> bool:
    parts = urlsplit(issuer)
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and (host in _TEST_HOSTS or host.endswith((".localhost", ".test")))


def endpoints(issuer: str) -> Endpoints:
    """Return the endpoints by their fixed paths."""
    return Endpoints(
        authorization=issuer + "/authorize",
        token=issuer + "/token",
        userinfo=issuer + "/userinfo",
        jwks=issuer + "/jwks",
        end_session=issuer + "/session/end",
    )


def authorization_parameters(settings: FranceConnectSettings, *, state: str, nonce: str) -> dict[str, str]:
    """Return the parameters of our request; nothing else may be sent (`Y030007`).

    The client adds ``client_id``, ``response_type`` and ``redirect_uri``.
    """
    hint = {"idp_hint": settings.idp_hint} if settings.idp_hint else {}
    return {
        "scope": " ".join(settings.scopes),
        "state": state,
        "nonce": nonce,
        "acr_values": settings.level,
        **hint,
    }


def logout_url(settings: FranceConnectSettings, end_session: str, *, id_token: str, state: str) -> str:
    """Return where the browser ends its FranceConnect session: all three parameters (section 5)."""
    query = urlencode(
        {
            "id_token_hint": id_token,
            "state": state,
            "post_logout_redirect_uri": settings.post_logout_redirect_uri,
        }
    )
    return f"{end_session}?{query}"


def civil_status(claims: Mapping[str, object]) -> CivilStatus:
    """Read the identité pivot out of userinfo claims (section 4).

    Absent, empty and malformed all read as empty: foreign births, presumed dates and unspecified
    genders are normal data. ``idp_birthdate`` replaces ``birthdate`` only where it tells that a
    day or month is unknown; otherwise the RNIPP's date is the one that was verified. FranceConnect+
    hands on what an account says of itself: a birthplace that is no COG code reads as empty.
    """
    given = claims.get("given_name_array")
    names = tuple(n for n in given if isinstance(n, str)) if isinstance(given, list) else ()
    birthdate, raw = _text(claims, "birthdate"), _text(claims, "idp_birthdate")
    if "-00" in raw and raw.replace("-00", "-01") == birthdate:
        birthdate = raw
    birthplace = _text(claims, "birthplace")
    return CivilStatus(
        birth_name=_text(claims, "family_name"),
        given_names=names or tuple(_text(claims, "given_name").split()),
        birthdate=birthdate,
        gender=_text(claims, "gender"),
        birthplace=birthplace if _COMMUNE.fullmatch(birthplace) else "",
        birthcountry=_text(claims, "birthcountry"),
        usage_name=_text(claims, "preferred_username"),
    )


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:256] if isinstance(value, str) else ""
