"""What is peculiar to FranceConnect v2: hosts, parameters, claims, errors, logout.

Facts are those of the standard platform's published sources and partner documentation. FranceConnect
answers 400 to any parameter outside its list, so PKCE, ``max_age``, ``login_hint`` and ``prompt``
are never sent (N-060): `state` and `nonce`, 64 hexadecimal characters each, carry the whole weight.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode, urlsplit

from federation.provider_metadata import Endpoints
from federation.relying_party import RelyingPartySettings
from idp.upstream import CivilStatus

Environment = Literal["sandbox", "production", "emulator"]

NAME = "franceconnect"
LABEL = "FranceConnect"
ACR = "eidas1"
_LEVELS = frozenset({"eidas1", "eidas2", "eidas3"})

ISSUERS: Mapping[str, str] = {
    "sandbox": "https://fcp-low.sbx.dev-franceconnect.fr/api/v2",
    "production": "https://oidc.franceconnect.gouv.fr/api/v2",
}
_TEST_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class FranceConnectSettings:
    """Our registration with one environment of FranceConnect, checked when made (ValueError).

    ``issuer`` may be empty for sandbox and production, whose hosts are fixed: identifiers of one
    environment must not reach another's. ``timeout`` and ``leeway`` are seconds. ``scopes`` are
    those of the habilitation.
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

    def __post_init__(self) -> None:
        """Refuse what FranceConnect would refuse later, in front of a member."""
        preset = ISSUERS.get(self.environment)
        if preset is not None:
            if self.issuer not in ("", preset):
                raise ValueError("the issuer of this environment is fixed: leave it empty")
            object.__setattr__(self, "issuer", preset)
        elif not _is_test_host(self.issuer):
            raise ValueError("an emulator may only be on this machine or a .test host")
        if self.algorithm not in ("ES256", "RS256"):
            raise ValueError("FranceConnect signs with ES256 or RS256")
        if "openid" not in self.scopes:
            raise ValueError("the scopes must contain openid")
        if not self.client_id or not self.client_secret:
            raise ValueError("the client id and secret given by FranceConnect are needed")

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
            acr_values=_LEVELS,
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
    return {
        "scope": " ".join(settings.scopes),
        "state": state,
        "nonce": nonce,
        "acr_values": ACR,
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
    day or month is unknown; otherwise the RNIPP's date is the one that was verified.
    """
    given = claims.get("given_name_array")
    names = tuple(n for n in given if isinstance(n, str)) if isinstance(given, list) else ()
    birthdate, raw = _text(claims, "birthdate"), _text(claims, "idp_birthdate")
    if "-00" in raw and raw.replace("-00", "-01") == birthdate:
        birthdate = raw
    return CivilStatus(
        birth_name=_text(claims, "family_name"),
        given_names=names or tuple(_text(claims, "given_name").split()),
        birthdate=birthdate,
        gender=_text(claims, "gender"),
        birthplace=_text(claims, "birthplace"),
        birthcountry=_text(claims, "birthcountry"),
        usage_name=_text(claims, "preferred_username"),
    )


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:256] if isinstance(value, str) else ""
