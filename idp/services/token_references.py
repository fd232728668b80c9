"""What an access token refers to, inside the token itself: no row is written for it, and none is read to refuse one.

A member's token names the grant that keeps it alive, a program's own the program. What may end before its time, the
grant, the account, the application, one token that was revoked, is asked of the database at each use
(decision note 0019). To whoever holds the token it is opaque.
"""

import base64
import logging
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Final

from idp.protocol.errors import Unavailable
from idp.protocol.opaque import digest
from idp.records import dataclass
from keys.sealed_text import MAX_TEXT, TextSealer, number_of

log = logging.getLogger("idp.keys")

COOL_DOWN: Final = 1
"""Seconds between two looks at the stored secret because of what somebody sent."""
MAX_KNOWN: Final = 2048
"""Texts whose meaning is kept, for an API asks about one token again and again; all are forgotten for one more."""
_DAY: Final = 86400
_HEAD: Final = struct.Struct(">BII")
_OF_A_GRANT: Final = 1
_BOUND: Final = 2
_FOR_A_RESOURCE: Final = 4
_GRANT_BYTES: Final = 16
_JKT_BYTES: Final = 32
_EPOCH_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class TokenReference:
    """One access token; either `grant_id` or `client_id` is None. Times are Unix seconds.

    `resource` is the RFC 8707 resource that it is for, None for our own endpoints; `dpop_jkt` the thumbprint of the
    key that it is bound to. `epoch` is the program's when it was given its own, 0 for a member's. `secret` is the
    number of the secret that one which was read is sealed under.
    """

    grant_id: str | None
    client_id: str | None
    scope: tuple[str, ...]
    resource: str | None
    dpop_jkt: str | None
    issued_at: int
    expires_at: int
    epoch: int = 0
    secret: int = 0


@dataclass(frozen=True, slots=True)
class TokenSecret:
    """32 bytes that access tokens are sealed under, until the next number takes their place."""

    number: int
    secret: bytes = field(repr=False)


class TokenReferences:
    """Writes and reads them. Safe to share by threads.

    Args:
        load: returns the secret that is stored.
        lifetime: seconds that a token may live.
        now: Unix seconds.
    """

    def __init__(self, load: Callable[[], TokenSecret], lifetime: int, now: int) -> None:
        self._load = load
        self._days = lifetime // _DAY + 1
        self._looking = threading.Lock()
        self._looked_at = now
        self._failed = False
        self._known: dict[str, tuple[TextSealer, TokenReference]] = {}
        """What texts refer to, by their digest, under the secret that they were opened with."""
        self._held = load()
        self._sealer = self._made(self._held)

    def reload_if_older_than(self, now: int, seconds: int) -> None:
        """Look at the stored secret when the last look is `seconds` old.

        Cheap enough for every request: a subtraction. One thread looks, the others go on with what they have; a look
        that failed keeps that, and is tried again `seconds` later.
        """
        if 0 <= now - self._looked_at < seconds or not self._looking.acquire(blocking=False):
            return
        try:
            self._looked_at, self._failed = now, True
            self._look()
        # The loader is the caller's: whatever its database raises, tokens must be issued.
        except Exception:
            log.warning("secret of access tokens not read again; the earlier one stays in use", exc_info=True)
        finally:
            self._looking.release()

    def known(self) -> int:
        """Return of how many texts the meaning is kept."""
        return len(self._known)

    def write(self, reference: TokenReference, now: int) -> str:
        """Return the token's text, base64url."""
        return self._sealer.seal(_packed(reference), now)

    def read(self, text: str, now: int) -> TokenReference | None:
        """Return what a text refers to; None where we did not write it or its time is over.

        One of a later secret than is known here makes us look for that, once in `COOL_DOWN`: another node has replaced
        ours. What the loader raises comes through then, for the token may be good.
        """
        if len(text) > MAX_TEXT:
            return None
        sealer, name = self._sealer, digest(text)
        known = self._known.get(name)
        # A token from after tomorrow is for the sealer to refuse: the clock was set back.
        if known is not None and known[0] is sealer and known[1].issued_at <= now + _DAY:
            return known[1] if now < known[1].expires_at else None
        plain = sealer.open(text, now)
        if plain is None:
            if number_of(text) <= sealer.number:
                return None
            sealer = self._later(sealer, now)
            plain = sealer.open(text, now)
            if plain is None:
                return None
        reference = _unpacked(plain, sealer.number)
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[name] = sealer, reference
        return reference if now < reference.expires_at else None

    def _later(self, known: TextSealer, now: int) -> TextSealer:
        """Return the sealer of the stored secret, waiting for a look in progress."""
        with self._looking:
            if self._sealer is known and not 0 <= now - self._looked_at < COOL_DOWN:
                # First, so that a look which fails is not tried again by each of those who wait for it.
                self._looked_at, self._failed = now, True
                self._look()
            if self._failed:
                raise Unavailable("the secret of access tokens cannot be read")
            return self._sealer

    def _look(self) -> None:
        found = self._load()
        self._failed = False
        if found != self._held:
            self._held, self._sealer = found, self._made(found)
            log.info("access tokens are sealed under secret number %d", found.number)

    def _made(self, found: TokenSecret) -> TextSealer:
        return TextSealer(found.secret, self._days, found.number)


def _packed(reference: TokenReference) -> bytes:
    flags, owner = 0, b""
    if reference.grant_id is not None:
        flags, owner = _OF_A_GRANT, bytes.fromhex(reference.grant_id)
    elif reference.client_id is not None:
        owner = reference.epoch.to_bytes(_EPOCH_BYTES, "big") + _counted(reference.client_id)
    bound = resource = b""
    if reference.dpop_jkt is not None:
        flags, bound = flags | _BOUND, base64.urlsafe_b64decode(reference.dpop_jkt + "=")
    if reference.resource is not None:
        flags, resource = flags | _FOR_A_RESOURCE, _counted(reference.resource)
    head = _HEAD.pack(flags, reference.issued_at, reference.expires_at)
    return head + owner + bound + resource + " ".join(reference.scope).encode()


def _unpacked(plain: bytes, secret: int) -> TokenReference:
    flags, issued_at, expires_at = _HEAD.unpack_from(plain)
    at, epoch = _HEAD.size, 0
    grant_id = client_id = jkt = resource = None
    if flags & _OF_A_GRANT:
        grant_id, at = plain[at : at + _GRANT_BYTES].hex(), at + _GRANT_BYTES
    else:
        epoch, at = int.from_bytes(plain[at : at + _EPOCH_BYTES], "big"), at + _EPOCH_BYTES
        client_id, at = _text(plain, at)
    if flags & _BOUND:
        jkt = base64.urlsafe_b64encode(plain[at : at + _JKT_BYTES]).rstrip(b"=").decode()
        at += _JKT_BYTES
    if flags & _FOR_A_RESOURCE:
        resource, at = _text(plain, at)
    scope: Sequence[str] = plain[at:].decode().split()
    return TokenReference(grant_id, client_id, tuple(scope), resource, jkt, issued_at, expires_at, epoch, secret)


def _counted(text: str) -> bytes:
    written = text.encode()
    return len(written).to_bytes(2, "big") + written


def _text(plain: bytes, at: int) -> tuple[str, int]:
    begin = at + 2
    end = begin + int.from_bytes(plain[at:begin], "big")
    return plain[begin:end].decode(), end
