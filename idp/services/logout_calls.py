"""Telling applications that a session ended: the logout token and the call (OpenID Connect Back-Channel Logout 1.0).

One call, one token: a repetition carries a `jti` of its own, since an application that took the first one and could
not say so would have to refuse the same token as a replay. What is still worth trying, and when, is the outbox's.
"""

import logging
import secrets
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.client_notes import Kind, Note, unnoted
from idp.services.outgoing import Outgoing, OutgoingFailed
from idp.store.db import Store
from idp.store.logouts import LOGOUT
from idp.store.outbox import Task, Undelivered
from keys import jws
from keys.purposes import Purpose
from keys.ring import KeyRing

log = logging.getLogger("idp.logout")

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"

PATIENCE: Final = 86400
"""Seconds for which an application that does not answer is tried again."""

REFUSED: Final = 3600
"""Seconds for which one that answers 400 is: it says that it could not take the token (section 2.8), which a change of
keys on either side explains and time mends; nothing else does."""

LIFETIME: Final = 120
"""Seconds from `iat` to `exp` (section 4: two minutes at most)."""

REST: Final = 30
"""Seconds for which an application that did not answer is not called again by this process: what waits for it must
not use up the hands that the others need."""

DEADLINE: Final = 5.0
"""Seconds for one call at most."""


class LogoutCalls:
    """Calls the applications. Thread-safe.

    Args:
        store: where their registrations are; read afresh, since an address may have changed while the call waited.
        ring: our keys.
        issuer: our `iss`.
        outgoing: the guarded way out.
        clock: Unix seconds.
        reload_keys_every: seconds after which keys made by another node are looked for.
        note: told who took a token, and who did not.
        timer: a monotonic clock in seconds.
    """

    def __init__(
        self,
        store: Store,
        ring: KeyRing,
        issuer: str,
        outgoing: Outgoing,
        clock: Clock,
        *,
        reload_keys_every: int = 30,
        note: Note = unnoted,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._ring = ring
        self._issuer = issuer
        self._outgoing = outgoing
        self._clock = clock
        self._reload_keys_every = reload_keys_every
        self._note = note
        self._timer = timer
        self._resting: dict[str, int] = {}
        self._lock = Lock()

    def deliver(self, task: Task) -> None:
        """Tell one application of one session.

        Raises:
            Undelivered: it did not take the token, or there is nobody to take it any more.
        """
        client_id = str(task.payload["client_id"])
        with self._store.reading() as unit:
            client = unit.clients.get(client_id)
        if client is None or client.backchannel_logout_uri is None:
            raise Undelivered("no_address", patience=0)
        if self._rests(client_id):
            raise Undelivered("resting", PATIENCE)
        token = self._token(task, client.id_token_signed_response_alg)
        try:
            status = self._outgoing.post(client.backchannel_logout_uri, {"logout_token": token}, timeout=DEADLINE)
        except OutgoingFailed as error:
            self._rest(client_id)
            self._note(client_id, Kind.NOT_TOLD, error.failure.value)
            raise Undelivered(error.failure, PATIENCE) from None
        if not 200 <= status < 300:
            self._note(client_id, Kind.NOT_TOLD, f"status_{status}")
            raise Undelivered(f"status_{status}", REFUSED if status == 400 else PATIENCE)
        self._note(client_id, Kind.TOLD)
        log.info("client %s was told of a logout", client_id, extra={"event": "logout_told"})

    def probe(self, client: Client) -> tuple[str, int]:
        """Tell an application of a session that never was; return how it answered, and after how many milliseconds.

        A real token, which it can verify: one that takes it has lost no session. The answer is `status_200` and the
        like, or why there is none (`idp.services.outgoing.Failure`). Never within a transaction.
        """
        if client.backchannel_logout_uri is None:
            return "no_address", 0
        made_up = {"client_id": client.client_id, "sid": secrets.token_urlsafe(32)}
        task = Task(secrets.token_hex(16), LOGOUT, "", made_up, self._clock(), 1)
        token, began = self._token(task, client.id_token_signed_response_alg), self._timer()
        try:
            status = self._outgoing.post(client.backchannel_logout_uri, {"logout_token": token}, timeout=DEADLINE)
        except OutgoingFailed as error:
            outcome = error.failure.value
        else:
            outcome = f"status_{status}"
        return outcome, round((self._timer() - began) * 1000)

    def _token(self, task: Task, algorithm: str) -> str:
        now = self._clock()
        self._ring.reload_if_older_than(now, self._reload_keys_every)
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": task.payload["client_id"],
            "iat": now,
            "exp": now + LIFETIME,
            "jti": f"{task.id}.{task.attempts}",
            "events": {EVENT: {}},
            "sid": task.payload["sid"],
        }
        if "sub" in task.payload:
            claims["sub"] = task.payload["sub"]
        return jws.sign(self._ring, Purpose.LOGOUT_TOKEN, claims, algorithm=algorithm, now=now)

    def _rests(self, client_id: str) -> bool:
        with self._lock:
            return self._clock() < self._resting.get(client_id, 0)

    def _rest(self, client_id: str) -> None:
        with self._lock:
            self._resting[client_id] = self._clock() + REST
