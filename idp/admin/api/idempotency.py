"""The same request twice is done once: `Idempotency-Key` on every POST.

A key belongs to its client and to the first request that came with it, for a day. The same request again gets the same
answer; another one with the key is refused. Of two at the same time one is done and the other told to come again. The
answer is kept sealed, since it may hold an invitation's link. What ended in a fault is forgotten, so that it may be
tried again. Where the key-value store is gone a request with a key is not done at all.
"""

import base64
import hashlib
import json
import logging
import re
from collections.abc import Callable
from typing import Final

from idp.admin.api.problems import Problem
from idp.protocol.messages import Reply, Request
from idp.protocol.opaque import digest
from idp.upstream_ports import KeyValue, KeyValueUnavailable, Seal

log = logging.getLogger("idp.admin")

HEADER: Final = "Idempotency-Key"
PATTERN: Final = r"[A-Za-z0-9_.:-]{8,128}"
KEPT: Final = 86400
"""Seconds."""
UNDER_WAY: Final = 60
"""Seconds after which a request whose process died may be tried again."""


class Once:
    """Does each request once by its key.

    Args:
        kv: where keys and answers are.
        seal: closes the answers.
    """

    def __init__(self, kv: KeyValue, seal: Seal) -> None:
        self._kv = kv
        self._seal = seal

    def answer(self, request: Request, client: str, do: Callable[[], Reply]) -> Reply:
        """Return the answer to a request, done now or kept of the first time.

        Raises:
            Problem: the key is none, belongs to another request, or its request is under way.
            KeyValueUnavailable: whether it was done before cannot be known; nothing was done.
        """
        key = request.headers.get("idempotency-key")
        if key is None:
            return do()
        if not re.fullmatch(PATTERN, key):
            raise Problem("invalid-value", "8 to 128 letters, digits and . _ : -", HEADER)
        name, mark = "admin-api-once:" + digest(f"{client}\x00{key}"), _mark(request)
        if not self._kv.add(name, self._closed(name, mark, None), UNDER_WAY):
            return self._before(name, mark)
        try:
            reply = do()
        except Exception:
            # Whatever broke is told by whoever catches it; a key that stayed would refuse every further try.
            self._kv.delete(name)
            raise
        try:
            self._kv.set(name, self._closed(name, mark, reply), KEPT)
        except KeyValueUnavailable:
            # It is done: an answer that is lost now, with a secret perhaps, is worse than a key that is forgotten.
            log.warning("the answer is not kept for a repetition", extra={"reference": request.reference})
        return reply

    def _before(self, name: str, mark: str) -> Reply:
        kept = self._kv.get(name)
        # Nothing kept any more: it was forgotten since, after a fault.
        known, status, headers, body = json.loads(self._seal.unseal(kept, name.encode())) if kept else (mark, 0, [], "")
        if known != mark:
            raise Problem("key-reused", "send another key with another request", HEADER)
        if not status:
            raise Problem("in-progress", "ask again in a moment", HEADER, (("Retry-After", "1"),))
        told = tuple((field, value) for field, value in headers)
        return Reply(status, (*told, ("Idempotent-Replayed", "true")), base64.b64decode(body))

    def _closed(self, name: str, mark: str, reply: Reply | None) -> bytes:
        answer = (0, (), "") if reply is None else (reply.status, reply.headers, base64.b64encode(reply.body).decode())
        return self._seal.seal(json.dumps((mark, *answer)).encode(), name.encode())


def _mark(request: Request) -> str:
    """Return what tells a request from another: path, query and body."""
    parts = (request.path, json.dumps(request.query.pairs), request.body.hex())
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
