"""The checkup of an application: what its registration says, and how its own addresses answer now.

The checks of the registration are pure, one function a check, in the order of `CHECKS`. Two more call the application
through the guarded way out: its keys are read where it publishes them, and a real logout token of a session that never
was is sent to where it wants to be told.
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal
from urllib.parse import urlsplit

from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.names import OFFLINE_ACCESS
from idp.protocol.near_miss import shown
from idp.protocol.oidc_response_types import on_front_channel
from idp.protocol.oidc_subjects import sector_of
from idp.records import dataclass
from idp.services.outgoing import OutgoingFailed
from keys.algorithms import SIGNATURES
from keys.errors import TokenRejected
from keys.foreign import PublicKeySet

State = Literal["good", "warning", "bad"]

ENDS_SOON: Final = 30 * 86400
"""Seconds before its end from which a secret is warned of."""
_SECRET: Final = ("client_secret_basic", "client_secret_post")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `aspect` names why, `fact` is an address, a name of the protocol or a number to show."""

    check: str
    state: State
    aspect: str = ""
    fact: str = ""


class Checkup:
    """Looks at applications. It waits for them, so never within a transaction.

    Args:
        fetch: returns the document at an address of an application's, or raises `OutgoingFailed`.
        tell: sends a logout token of no session; returns how it was answered, and in how many milliseconds.
        clock: Unix seconds.
    """

    def __init__(self, fetch: Callable[[str], bytes], tell: Callable[[Client], tuple[str, int]], clock: Clock) -> None:
        self._fetch = fetch
        self._tell = tell
        self._clock = clock

    def run(self, client: Client) -> Sequence[Finding]:
        """Return what every check found, in order; a check that does not concern the application finds nothing."""
        now = self._clock()
        found = [finding for check in CHECKS for finding in check(client, now)]
        return [*found, *self._keys(client), *self._logout(client)]

    def _keys(self, client: Client) -> list[Finding]:
        needed = client.token_endpoint_auth_method == "private_key_jwt"
        if client.jwks_uri is None and client.jwks is None:
            return [Finding("keys", "bad", "none")] if needed else []
        try:
            keys = self._read(client)
        except OutgoingFailed as error:
            why = error.failure.value if error.status is None else f"status_{error.status}"
            return [Finding("keys", "bad", why, shown(client.jwks_uri or ""))]
        except TokenRejected:
            return [Finding("keys", "bad", "no_key_set", shown(client.jwks_uri or ""))]
        registered = client.token_endpoint_auth_signing_alg
        wanted = SIGNATURES if registered is None else (registered,)
        fitting = sum(any(key.fits(name) for name in wanted) for key in keys.keys)
        if not keys.keys or (needed and not fitting):
            return [Finding("keys", "bad", "no_usable_key", registered or "")]
        unnamed = needed and any(key.kid is None for key in keys.keys) and len(keys.keys) > 1
        if unnamed:
            return [Finding("keys", "warning", "without_kid")]
        return [Finding("keys", "good", "", str(len(keys.keys)))]

    def _read(self, client: Client) -> PublicKeySet:
        if client.jwks_uri is None:
            return PublicKeySet.from_mapping(client.jwks or {})
        return PublicKeySet.from_bytes(self._fetch(client.jwks_uri))

    def _logout(self, client: Client) -> list[Finding]:
        if client.backchannel_logout_uri is None or not client.enabled:
            return []
        outcome, taken = self._tell(client)
        if outcome.startswith("status_2"):
            return [Finding("back_channel", "good", outcome, str(taken))]
        # An application may refuse a session that it never knew; that it answered is most of what is to be known.
        return [Finding("back_channel", "warning" if outcome == "status_400" else "bad", outcome, str(taken))]


def _enabled(client: Client, _now: int) -> list[Finding]:
    return [Finding("enabled", "good" if client.enabled else "bad")]


def _redirect_uris(client: Client, _now: int) -> list[Finding]:
    if not for_people(client):
        return []
    if not client.redirect_uris:
        return [Finding("redirect_uris", "bad", "none")]
    found = [_redirect_uri(client, uri) for uri in client.redirect_uris]
    wrong = [finding for finding in found if finding.state != "good"]
    return wrong or [Finding("redirect_uris", "good", "", str(len(found)))]


def _redirect_uri(client: Client, uri: str) -> Finding:
    parts = urlsplit(uri)
    if parts.scheme == "http" and client.application_type != "native":
        local = parts.hostname in _LOCAL
        return Finding("redirect_uris", "warning" if local else "bad", "local" if local else "not_https", shown(uri))
    if "*" in uri:
        # Registered before stars were refused.
        return Finding("redirect_uris", "warning", "star", shown(uri))
    return Finding("redirect_uris", "good")


def _response_types(client: Client, _now: int) -> list[Finding]:
    loose = sorted(one for one in client.response_types if "token" in one.split())
    return [Finding("response_types", "warning", "token_in_browser", ", ".join(loose))] if loose else []


def _pkce(client: Client, _now: int) -> list[Finding]:
    if not for_people(client):
        return []
    return [Finding("pkce", "warning", "exempt") if client.pkce_exempt else Finding("pkce", "good")]


def _authentication(client: Client, now: int) -> list[Finding]:
    method = client.token_endpoint_auth_method
    if method not in _SECRET:
        return [Finding("authentication", "good", "", method)]
    alive = [one for one in client.secrets if one.expires_at is None or now < one.expires_at]
    if not alive:
        return [Finding("authentication", "bad", "no_secret", method)]
    ends = [one.expires_at for one in alive if one.expires_at is not None]
    # A secret that ends while another stays is a rotation under way.
    if len(ends) == len(alive) and max(ends) - now < ENDS_SOON:
        return [Finding("authentication", "warning", "secret_ends", str((max(ends) - now) // 86400))]
    return [Finding("authentication", "good", "", method)]


def _scopes(client: Client, _now: int) -> list[Finding]:
    if for_people(client):
        if "openid" not in client.scopes:
            return [Finding("scopes", "warning", "no_openid")]
        refreshes = "refresh_token" in client.grant_types
        if (OFFLINE_ACCESS in client.scopes) != refreshes:
            # The grant is the kinds' default: whoever counts on it learns here what is lacking.
            return [Finding("scopes", "warning", "no_offline_access" if refreshes else "no_refresh_token")]
    elif not client.scopes:
        return [Finding("scopes", "warning", "none")]
    return [Finding("scopes", "good", "", " ".join(sorted(client.scopes)))]


def _returns(client: Client, _now: int) -> list[Finding]:
    if not for_people(client):
        return []
    known = len(client.post_logout_redirect_uris)
    return [Finding("logout_return", "good", "", str(known)) if known else Finding("logout_return", "warning", "none")]


def _told(client: Client, _now: int) -> list[Finding]:
    if not for_people(client) or client.backchannel_logout_uri is not None:
        return []
    aspect = "none" if client.frontchannel_logout_uri is None else "front_channel_only"
    return [Finding("back_channel", "warning", aspect)]


def _subjects(client: Client, _now: int) -> list[Finding]:
    if not for_people(client):
        return []
    if client.subject_type == "public":
        return [] if client.first_party else [Finding("subjects", "warning", "public")]
    sector = sector_of(client)
    return [Finding("subjects", "good", "", sector) if sector else Finding("subjects", "bad", "no_sector")]


def for_people(client: Client) -> bool:
    """Whether people sign in to an application, and not it alone."""
    return "authorization_code" in client.grant_types or any(on_front_channel(one) for one in client.response_types)


CHECKS: Final[tuple[Callable[[Client, int], list[Finding]], ...]] = (
    _enabled,
    _redirect_uris,
    _response_types,
    _pkce,
    _authentication,
    _scopes,
    _returns,
    _told,
    _subjects,
)
"""The checks of a registration, in the order in which they are shown."""
