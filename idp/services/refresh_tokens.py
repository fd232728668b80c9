"""Refresh tokens: who gets one, how long it lives, when it is replaced (decision D7; RFC 9700 section 4.14).

A token that was replaced works once more for a short while, because the answer that held its successor may never have
arrived; the successor is then spent in its place, so that never two of a family live (decision note 0007).

Pure rules; `idp.services.tokens` runs them inside its transaction.
"""

from collections.abc import Sequence

from idp.config import Tokens as Lifetimes
from idp.protocol.client import Client
from idp.protocol.names import OFFLINE_ACCESS
from idp.protocol.opaque import digest
from idp.records import dataclass
from idp.store.tokens import FoundRefresh, RefreshToken


def wanted(client: Client, scope: tuple[str, ...]) -> bool:
    """Whether a code yields a refresh token: `offline_access` was granted and the client may refresh.

    Granted means agreed to: a third party's client has no `offline_access` in a code's scope that the member has not
    read on the consent page, now or before; the fund's own applications need no page (N-016; decision note 0007).
    """
    return OFFLINE_ACCESS in scope and "refresh_token" in client.grant_types


def rotates(client: Client) -> bool:
    """Whether each use replaces the token: for public clients, which have nothing else to prove themselves (N-051)."""
    return client.public


def first(value: str, *, grant_id: str, client: Client, lives: Lifetimes, now: int) -> RefreshToken:
    """Return the row of a family's first token; it can never outlive `refresh_absolute`."""
    end = now + lives.refresh_absolute
    return RefreshToken(digest(value), grant_id, client.client_id, now, min(now + lives.refresh_idle, end), end)


def successor(value: str, old: RefreshToken, *, lives: Lifetimes, now: int) -> RefreshToken:
    """Return the row that replaces `old`: idle life anew, absolute end inherited (N-053)."""
    idle = min(now + lives.refresh_idle, old.expires_at)
    return RefreshToken(digest(value), old.grant_id, old.client_id, now, idle, old.expires_at, replaces=old.digest)


def lost(token: RefreshToken, replacements: Sequence[RefreshToken], *, grace: int, now: int) -> RefreshToken | None:
    """Return the successor that a spent token may be exchanged for anew, or None where its use is a reuse.

    Only within `grace` seconds of its replacement, only once, and only while nobody has used the successor: whoever
    had the answer has nothing to ask for again.
    """
    if token.spent_at is None or now - token.spent_at >= grace or len(replacements) != 1:
        return None
    (latest,) = replacements
    return latest if latest.spent_at is None and latest.revoked_at is None else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a presented refresh token is: usable or not, and whether its use betrays a theft."""

    usable: bool
    reused: bool = False


def judge(found: FoundRefresh, client: Client, now: int) -> Verdict:
    """Say whether a client may use a token now.

    Another client's presentation changes nothing (V-13): whoever does that has not proved to be the client. A spent
    token of the right client within its life is a reuse, also in the very second of its replacement (V-39).
    """
    token = found.token
    if token.client_id != client.client_id or found.grant.grant.client_id != client.client_id:
        return Verdict(usable=False)
    if token.spent_at is not None and token.revoked_at is None:
        return Verdict(usable=False, reused=True)
    return Verdict(usable=found.live(now))
