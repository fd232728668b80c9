"""Argon2id password hashes, a bounded number at a time, the same work whether or not there is a hash to compare.

Without a bound, a burst of sign-ins would take 19 MiB each until the machine has none left (N-094).
"""

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import argon2

from idp import config
from idp.protocol.errors import Unavailable


class Busy(Unavailable):
    """Too many passwords are being checked; nothing was computed, try again in `retry_after` seconds."""

    def __init__(self) -> None:
        super().__init__("password hashing is busy", retry_after=5)


class Passwords:
    """Makes and checks password hashes. Thread-safe; one a process, since the bound is its memory.

    Args:
        settings: the Argon2id cost, how many hashes at a time, and how long one waits for its turn.
    """

    def __init__(self, settings: config.Passwords) -> None:
        self._hasher: Final = argon2.PasswordHasher(
            time_cost=settings.passes,
            memory_cost=settings.memory_kib,
            parallelism=settings.lanes,
            type=argon2.Type.ID,
        )
        self._turns: Final = threading.BoundedSemaphore(settings.parallel_hashes)
        self._wait: Final = settings.wait
        # Compared where there is no hash, so that the answer takes the same time (N-095, V-50).
        self._decoy: Final = self._hasher.hash(secrets.token_bytes(32))

    def hash(self, password: str) -> str:
        """Return a new hash in PHC form, which carries its own parameters and salt.

        Raises:
            Busy: no turn came in time.
        """
        with self._turn():
            return self._hasher.hash(_octets(password))

    def verify(self, known: str | None, password: str) -> bool:
        """Return whether a password is the one behind a hash; one hash is computed in every case.

        Args:
            known: the stored hash, or None where there is no account or it has no password.
            password: what was typed, empty or not.

        Raises:
            Busy: no turn came in time.
        """
        with self._turn():
            try:
                self._hasher.verify(known or self._decoy, _octets(password))
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False
        return known is not None

    def needs_rehash(self, known: str) -> bool:
        """Whether a hash was made with other parameters than today's (N-094)."""
        return self._hasher.check_needs_rehash(known)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait):
            raise Busy
        try:
            yield
        finally:
            self._turns.release()


def _octets(password: str) -> bytes:
    # NFC as in RFC 8265 section 4.2.2: keyboards differ in how they compose an accent. Nothing else is changed,
    # neither case nor spaces nor length (N-090).
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
