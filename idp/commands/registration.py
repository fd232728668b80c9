"""What `idp clients create` accepts: every rule of a registration, each refusal one sentence."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from idp.protocol.client import AuthMethod, Client
from idp.protocol.names import SCOPE_CLAIMS
from idp.protocol.redirect_uri import fault

Kind = Literal["web", "spa", "native", "machine"]

METHODS: Final[dict[Kind, tuple[AuthMethod, ...]]] = {
    "web": ("client_secret_basic", "client_secret_post", "private_key_jwt"),
    "spa": ("none",),
    "native": ("none",),
    "machine": ("client_secret_basic", "client_secret_post", "private_key_jwt"),
}
"""How each kind of application may authenticate; the first is the default. What runs at a member's keeps no secret."""

MEMBER_SCOPES: Final = ("openid", "profile")
"""Scopes of an application that members sign in to, where none is named."""

_ALGORITHM: Final = "ES256"
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LIKE_A_MEMBER: Final = re.compile(r"[0-9a-fA-F]{32}")
_SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")
"""`scope-token` of RFC 6749 section 3.3, of a sensible length."""
_ASSERTIONS: Final = ("ES256", "PS256", "RS256")


class RegistrationRefused(Exception):
    """The registration cannot be made; the text says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A registration as the operator typed it; empty members take the default of the kind."""

    client_id: str
    name: str
    kind: Kind
    redirect_uris: tuple[str, ...] = ()
    logout_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    method: AuthMethod | None = None
    jwks_file: Path | None = None
    third_party: bool = False


def registered(wanted: Wanted, *, secure: bool) -> Client:
    """Return the client to store.

    Args:
        wanted: what was typed.
        secure: the issuer is https, so that addresses on plain http are for native applications only.

    Raises:
        RegistrationRefused: with the first reason found.
    """
    _check_id(wanted.client_id)
    method = wanted.method or METHODS[wanted.kind][0]
    if method not in METHODS[wanted.kind]:
        raise RegistrationRefused(
            f"a {wanted.kind} application authenticates with {' or '.join(METHODS[wanted.kind])}, not {method}"
        )
    if (method == "private_key_jwt") != (wanted.jwks_file is not None):
        raise RegistrationRefused("--auth-method private_key_jwt and --jwks FILE go together")
    _check_addresses(wanted, secure=secure)
    machine = wanted.kind == "machine"
    return Client(
        client_id=wanted.client_id,
        name=wanted.name,
        first_party=not wanted.third_party,
        token_endpoint_auth_method=method,
        jwks=None if wanted.jwks_file is None else public_keys(wanted.jwks_file),
        redirect_uris=wanted.redirect_uris,
        post_logout_redirect_uris=wanted.logout_uris,
        application_type="native" if wanted.kind == "native" else "web",
        grant_types=frozenset({"client_credentials"} if machine else {"authorization_code", "refresh_token"}),
        response_types=frozenset() if machine else frozenset({"code"}),
        scopes=frozenset(_own_scopes(wanted.scopes) if machine else _member_scopes(wanted.scopes)),
        id_token_signed_response_alg=_ALGORITHM,
    )


def public_keys(file: Path) -> dict[str, Any]:
    """Read a JWKS: public keys only, each one usable to verify a client assertion (RFC 7517 section 5, RFC 7523).

    Raises:
        RegistrationRefused: the file is none, holds a private member, or a key that we could not verify with.
    """
    # Cryptography is slow to import, and only these few registrations need it.
    from keys.algorithms import PRIVATE_MEMBERS  # noqa: PLC0415 - see above
    from keys.compact import parse_object  # noqa: PLC0415 - see above
    from keys.errors import TokenRejected  # noqa: PLC0415 - see above
    from keys.foreign import MAX_JWKS_BYTES, PublicKeySet  # noqa: PLC0415 - see above

    try:
        document = file.read_bytes()
        if len(document) > MAX_JWKS_BYTES:
            raise RegistrationRefused(f"{file} is too large for a JWKS")
        jwks = parse_object(document)
        usable = PublicKeySet.from_mapping(jwks).keys
    except (OSError, TokenRejected):
        raise RegistrationRefused(f'{file} is no JWKS: a JSON object with a list "keys" is needed') from None
    members = [member for member in _list(jwks.get("keys")) if isinstance(member, dict)]
    if any(PRIVATE_MEMBERS.intersection(member) for member in members):
        raise RegistrationRefused(f"{file} holds a private key; register its public part, and treat this one as known")
    fitting = [key for key in usable if any(key.fits(algorithm) for algorithm in _ASSERTIONS)]
    if not fitting or len(fitting) != len(_list(jwks.get("keys"))):
        raise RegistrationRefused(f"{file} must hold public keys for {', '.join(_ASSERTIONS)} and nothing else")
    return dict(jwks)


def _check_id(client_id: str) -> None:
    if not _CLIENT_ID.fullmatch(client_id):
        raise RegistrationRefused("a client id is 1 to 64 letters, digits, dots, hyphens and underscores")
    if _LIKE_A_MEMBER.fullmatch(client_id):
        raise RegistrationRefused("32 hexadecimal digits are how a member's sub looks; choose another client id")


def _check_addresses(wanted: Wanted, *, secure: bool) -> None:
    addresses = (*wanted.redirect_uris, *wanted.logout_uris)
    if wanted.kind == "machine":
        if addresses:
            raise RegistrationRefused("no member signs in to a machine: it has no --redirect-uri and no --logout-uri")
        return
    for uri in addresses:
        wrong = fault(uri, native=wanted.kind == "native", local_http=not secure)
        if wrong is not None:
            raise RegistrationRefused(f"the address {uri} {wrong}")
    if not wanted.redirect_uris:
        raise RegistrationRefused("an application that members sign in to needs --redirect-uri")


def _member_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    unknown = sorted(set(scopes) - SCOPE_CLAIMS.keys())
    if unknown:
        raise RegistrationRefused(f"unknown scope: {', '.join(unknown)}; known: {', '.join(SCOPE_CLAIMS)}")
    return scopes or MEMBER_SCOPES


def _own_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """A machine's own scopes, which its resource servers define; none of them may mean a member (N-037)."""
    for scope in scopes:
        if not _SCOPE_TOKEN.fullmatch(scope):
            raise RegistrationRefused(f"{scope!r} is no scope: visible ASCII without space, quote or backslash")
        if scope in SCOPE_CLAIMS:
            raise RegistrationRefused(f"the scope {scope} is about a member, and no member signs in to a machine")
    return scopes


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
