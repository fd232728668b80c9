"""Argon2id password hashes, a bounded number at a time, the same work whether or not there is a hash to compare.

Without a bound, a burst of sign-ins would take 19 MiB each until the machine has none left (N-094). The bound is also
how much memory a process keeps for them (`idp/members/argon2id.py`).
"""

import logging
import time
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from idp import config
from idp.members import legacy_hashes
from idp.members.argon2id import Argon2id
from idp.members.turns import Full, Turns
from idp.metrics import points
from idp.protocol.errors import Unavailable

log = logging.getLogger("idp.members.passwords")


class Busy(Unavailable):
    """Too many passwords are being checked, or memory lacks for one; try again in `retry_after` seconds."""

    def __init__(self) -> None:
        super().__init__("password hashing is busy", retry_after=5)


class Passwords:
    """Makes and checks password hashes. Thread-safe; one a process, since the bound is its memory.

    Args:
        settings: the Argon2id cost, how many hashes at a time, and how long one waits for its turn.
        threads: how many threads answer requests in this process. How many of them may wait for a hash, and who is
            told at once to come back, is said in `turns`.
    """

    def __init__(self, settings: config.Passwords, threads: int = config.Server().threads) -> None:
        self._hasher: Final = Argon2id(settings.memory_kib, settings.passes, settings.lanes)
        self._turns: Final = Turns(settings.parallel_hashes, threads, settings.wait)
        # Compared where there is no hash, so that the answer takes the same time (N-095, V-50).
        self._decoy: Final = self._hasher.decoy()
        self.today: Final = self._hasher.prefix
        """What a hash made today begins with: scheme, version, cost."""

    def hash(self, password: str) -> str:
        """Return a new hash in PHC form, which carries its own parameters and salt.

        Raises:
            Busy: no turn came in time, too many wait already, or there is no memory.
        """
        with self._turn():
            return self._hasher.hash(_octets(password))

    def verify(self, known: str | None, password: str, decoy: str | None = None) -> bool:
        """Return whether a password is the one behind a hash.

        One hash of today's cost is computed in every case, and before a refusal the account's own where that was made
        otherwise, or the decoy: every refusal takes the same time (N-095).

        Args:
            known: the stored hash, a legacy one too, or None where there is no account or it has no password.
            password: what was typed, empty or not.
            decoy: a hash that matches nothing and was made otherwise than today; None when no account holds such a one.

        Raises:
            Busy: no turn came in time, too many wait already, or there is no memory.
        """
        octets = _octets(password)
        older = known if known is not None and not known.startswith(self.today) else None
        with self._turn():
            if self._matches((None if older else known) or self._decoy, octets):
                return known is not None and older is None
            computed = older or decoy
            return computed is not None and self._matches(computed, octets) and older is not None

    def _matches(self, known: str, octets: bytes) -> bool:
        if legacy_hashes.is_legacy(known):
            return legacy_hashes.verify(known, octets)
        return self._hasher.verify(known, octets)

    def needs_rehash(self, known: str) -> bool:
        """Whether a hash was made otherwise than today: other parameters, or a legacy scheme (N-094)."""
        return not known.startswith(self.today)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with ExitStack() as stack:
            points.HASHES_WAITING.move(1)
            try:
                waited = stack.enter_context(self._turns.turn())
            except Full as error:
                points.HASHES_BUSY.add()
                raise Busy from error
            finally:
                points.HASHES_WAITING.move(-1)
            points.HASHES_RUNNING.move(1)
            points.HASH_WAIT.observe(waited)
            begun = time.perf_counter()
            try:
                yield
            except (MemoryError, OSError) as error:
                # Nothing was found out about a password, so that nobody may be told that it is wrong.
                log.exception("no password hash for want of memory", extra={"event": "hash_memory"})
                points.HASHES_BUSY.add()
                raise Busy from error
            finally:
                points.HASH_TIME.observe(time.perf_counter() - begun)
                points.HASHES_RUNNING.move(-1)


def _octets(password: str) -> bytes:
    # NFC as in RFC 8265 section 4.2.2: keyboards differ in how they compose an accent. Nothing else is changed,
    # neither case nor spaces nor length (N-090).
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
