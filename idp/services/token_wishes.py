"""What a token request asks for beside its credential, and how far it may reach: pure rules."""

from typing import NoReturn

from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """What a token request asks for beside its credential; `dpop_jkt` is the key of a verified proof."""

    scope: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    dpop_jkt: str | None = None


def choose_resource(client: Client, granted: tuple[str, ...], asked: tuple[str, ...]) -> str | None:
    """Return the one resource a token is for, or None for our own endpoints (RFC 8707; N-045).

    What the member authorized bounds the choice; where that names nothing, the client's registered audiences do.

    Raises:
        ProtocolError: `invalid_target`.
    """
    wanted = asked or granted
    allowed = granted or client.audiences
    if len(set(wanted)) > 1:
        refuse("invalid_target", "a token is for one resource; name exactly one")
    if not set(wanted) <= set(allowed) & set(client.audiences):
        refuse("invalid_target", "the resource is not one this client was granted")
    return wanted[0] if wanted else None


def client_key(wish: Wish, client: Client) -> str | None:
    """Return the proven DPoP key, or None for a bearer token.

    Raises:
        ProtocolError: `invalid_dpop_proof` when the client is registered for bound tokens only (RFC 9449 5.2).
    """
    if wish.dpop_jkt is None and client.dpop_bound:
        refuse("invalid_dpop_proof", "this client must send a DPoP proof")
    return wish.dpop_jkt


def narrowed(client: Client, granted: tuple[str, ...], asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scope of a refreshed access token: the granted one, or the part asked for (N-050).

    What was taken from the client since the grant is not in it any more (N-015).

    Raises:
        ProtocolError: `invalid_scope` when more is asked for.
    """
    left = tuple(name for name in granted if name in client.scopes | {"openid"})
    if not set(asked) <= set(left):
        refuse("invalid_scope", "a refresh cannot widen the scope")
    return tuple(name for name in left if name in asked) if asked else left


def refuse(error: str, description: str, detail: str = "", *, status: int = 400) -> NoReturn:
    """Raise a refusal; `detail` is the cause, for the log only."""
    raise ProtocolError(error, description, status=status, detail=detail)
