"""Request objects by reference (OpenID Connect Core 1.0 section 6.2, RFC 9101 section 5.2): fetched, and kept a while.

An address is fetched only where the client registered it, which the caller has checked, and only through the guard of
`idp.services.outgoing` (N-073, N-131). Where its fragment is the SHA-256 of what stands there, that can never change,
so that it is fetched once. Any other is fetched for every request: the fragment only tells that a document has changed,
and an application that registers the address before it knows its own id cannot hash what will name it. Whether the
document is the application's own, its signature says. An address that gave none is left alone for a while: whoever
registers a stranger's address must not be able to have us call it as often as they call us.
"""

import base64
import hashlib
import logging
import re
from collections import OrderedDict
from threading import BoundedSemaphore, Lock
from typing import Final, TypeVar

from idp.clock import Clock
from idp.protocol.errors import ProtocolError, Unavailable
from idp.services.outgoing import Outgoing, OutgoingFailed

log = logging.getLogger("idp.services")

T = TypeVar("T")

ACCEPT: Final = "application/oauth-authz-req+jwt, application/jwt"
MAX_BYTES: Final = 32 * 1024
MAX_KEPT: Final = 256
NOT_AGAIN: Final = 10
"""Seconds for which an address that gave no request object is left alone."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2}(?:(?:\.[A-Za-z0-9_-]+){2})?")
"""The shape of a JWS or a JWE; what it is worth is for others to say."""


class RequestUris:
    """Fetches request objects. Thread-safe.

    Args:
        outgoing: calls to addresses that applications registered.
        at_once: how many fetches may be under way, so that slow applications do not take every thread.
        clock: Unix seconds.
    """

    def __init__(self, outgoing: Outgoing, at_once: int, clock: Clock) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._free = BoundedSemaphore(at_once)
        self._lock = Lock()
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._barren: OrderedDict[str, int] = OrderedDict()

    def fetch(self, uri: str) -> str:
        """Return the request object at an address that the client registered.

        Raises:
            ProtocolError: `invalid_request_uri`, where there is none.
            Unavailable: too many are being fetched.
        """
        kept = self._kept.get(uri)
        if kept is not None:
            return kept
        address, _, fragment = uri.partition("#")
        if 0 <= self._clock() - self._barren.get(address, -NOT_AGAIN) < NOT_AGAIN:
            raise ProtocolError("invalid_request_uri", "nothing could be fetched there a moment ago")
        body = self._called(address)
        text = body.decode("ascii").strip() if len(body) <= MAX_BYTES and body.isascii() else ""
        if not _TOKEN.fullmatch(text):
            self._keep(self._barren, address, self._clock())
            raise ProtocolError("invalid_request_uri", "what stands there is no request object")
        if fragment == _fingerprint(body):
            self._keep(self._kept, uri, text)
        return text

    def _called(self, address: str) -> bytes:
        if not self._free.acquire(blocking=False):
            raise Unavailable("too many request objects are being fetched")
        try:
            return self._outgoing.get(address, accept=ACCEPT).body
        except OutgoingFailed as error:
            self._keep(self._barren, address, self._clock())
            raise ProtocolError("invalid_request_uri", "nothing could be fetched there", detail=str(error)) from error
        finally:
            self._free.release()

    def _keep(self, where: OrderedDict[str, T], name: str, value: T) -> None:
        with self._lock:
            where[name] = value
            where.move_to_end(name)
            while len(where) > MAX_KEPT:
                where.popitem(last=False)


def _fingerprint(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
