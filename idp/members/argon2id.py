"""Argon2id (RFC 9106) over memory that is kept: what one hash has used, the next one uses again.

argon2-cffi takes the memory of each hash from malloc and gives it back. glibc, after the first, keeps blocks of that
size in the arena of the thread that freed them, so that each thread which ever checked a password holds 19 MiB for
ever; and where it gives them back to the kernel, as other C libraries do, every hash pays for 4864 fresh pages, half
as much again on a virtual machine. Argon2's own interface takes a pair of functions that provide memory; these
provide buffers that belong to the process, as many as hashes were ever computed at the same time. Argon2 wipes a
buffer before it lets go of it. The GIL is free while a hash is computed.
"""

import base64
import binascii
import errno
import hmac
import logging
import mmap
import secrets
from collections import deque
from typing import Any, Final

import argon2
from argon2 import low_level

log = logging.getLogger("idp.members.argon2id")

SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
_HUGE: Final = 2 << 20
_ID: Final = low_level.Type.ID.value
_VERSION: Final = low_level.ARGON2_VERSION
_CLEAR_PASSWORD: Final = 1
"""Flag of Argon2: the copy of the password that it was given is wiped when it has been taken in."""

_SHORTAGES: Final = frozenset({-22, -33})
"""`ARGON2_MEMORY_ALLOCATION_ERROR`, `ARGON2_THREAD_FAIL`: the failures that are the machine's, not of what is given."""
_SHORT: Final = frozenset(map(low_level.error_to_str, _SHORTAGES))
"""The same in the words of argon2-cffi, whose exceptions have nothing else."""


class Argon2id:
    """Makes and checks hashes in PHC form (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`). Thread-safe.

    How many are computed at the same time is for the caller to bound: each thread that finds no free buffer gets a new
    one, which stays. After a fork parent and child each go on with buffers of their own.

    Args:
        memory_kib: memory of a hash, in KiB.
        passes: passes over that memory.
        lanes: lanes, each a thread where there are several.
    """

    def __init__(self, memory_kib: int, passes: int, lanes: int) -> None:
        self._stock: Final = argon2.PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        self._cost: Final = (memory_kib, passes, lanes)
        self._free: Final[deque[_Buffer]] = deque()
        self._own = _memory_may_be_given()
        self.prefix: Final = f"$argon2id$v={_VERSION}$m={memory_kib},t={passes},p={lanes}$"
        """What a hash made here begins with: scheme, version, cost."""

    def decoy(self) -> str:
        """Return what looks like a hash made here and matches no password that anybody could find."""
        return self._written(secrets.token_bytes(SALT_BYTES), secrets.token_bytes(HASH_BYTES))

    def hash(self, secret: bytes) -> str:
        """Return a new hash with a random salt.

        Raises:
            OSError: there is no memory for it.
        """
        if not self._own:
            try:
                return self._stock.hash(secret)
            except argon2.exceptions.HashingError as error:
                raise _shortage(error) from error
        salt = secrets.token_bytes(SALT_BYTES)
        return self._written(salt, self._computed(secret, salt, HASH_BYTES, self._cost))

    def verify(self, known: str, secret: bytes) -> bool:
        """Return whether a hash is of that secret; one that is damaged matches nothing. Compared in constant time.

        Hashes of other costs and of the other Argon2 types are checked too; those that need more memory than one made
        here, or are not of this version and type, by argon2-cffi itself.

        Raises:
            OSError: there is no memory for it, or no thread for a lane; that says nothing of the secret.
        """
        try:
            told = argon2.extract_parameters(known)
            cost = (told.memory_cost, told.time_cost, told.parallelism)
            if not self._own or (told.type.value, told.version) != (_ID, _VERSION) or cost[0] > self._cost[0]:
                return self._stock.verify(known, secret)
            salt, expected = map(_bytes, known.split("$")[4:])
            return hmac.compare_digest(expected, self._computed(secret, salt, len(expected), cost))
        except argon2.exceptions.VerificationError as error:
            if str(error) in _SHORT:
                raise _shortage(error) from error
            return False
        except (argon2.exceptions.HashingError, ValueError):
            return False

    def _written(self, salt: bytes, digest: bytes) -> str:
        return f"{self.prefix}{_text(salt)}${_text(digest)}"

    def _computed(self, secret: bytes, salt: bytes, length: int, cost: tuple[int, int, int]) -> bytes:
        try:
            buffer = self._free.pop()
        except IndexError:
            buffer = _Buffer(self._cost[0] << 10)
        digest = buffer.computed(secret, salt, length, cost)
        # Where that failed it was not wiped, and goes.
        self._free.append(buffer)
        return digest


class _Buffer:
    """Memory for one hash at a time, and the two functions that hand it to Argon2."""

    def __init__(self, size: int) -> None:
        ffi = low_level.ffi
        self._map = mmap.mmap(-1, size + _HUGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        start = ffi.cast("uint8_t *", ffi.from_buffer(self._map))
        offset = -int(ffi.cast("uintptr_t", start)) % _HUGE
        if hasattr(mmap, "MADV_HUGEPAGE"):
            # Argon2 reads at random: with large pages fewer addresses have to be looked up. The rest stays in small
            # ones, so that no more is resident than a hash needs. Refused where the kernel knows none: no matter.
            try:
                self._map.madvise(mmap.MADV_HUGEPAGE, offset, size // _HUGE * _HUGE)
            except OSError as error:
                log.debug("no large pages: %s", error)
        memory = start + offset

        def allocate(place: Any, wanted: int) -> int:
            if wanted > size:
                return 1
            place[0] = memory
            return 0

        def free(_memory: Any, _size: int) -> None:
            """Keep it."""

        self._allocate = ffi.callback("int(uint8_t **, size_t)", allocate)
        self._free = ffi.callback("void(uint8_t *, size_t)", free)

    def computed(self, secret: bytes, salt: bytes, length: int, cost: tuple[int, int, int]) -> bytes:
        """Return the raw hash.

        Raises:
            argon2.exceptions.HashingError: of that cost or length there is none.
            OSError: there is no thread for a lane.
        """
        ffi, (memory_kib, passes, lanes) = low_level.ffi, cost
        out, taken = ffi.new("uint8_t[]", length), ffi.new("uint8_t[]", secret)
        kept = ffi.new("uint8_t[]", salt)
        context = ffi.new(
            "argon2_context *",
            {
                "out": out,
                "outlen": length,
                "pwd": taken,
                "pwdlen": len(secret),
                "salt": kept,
                "saltlen": len(salt),
                "t_cost": passes,
                "m_cost": memory_kib,
                "lanes": lanes,
                "threads": lanes,
                "version": _VERSION,
                "allocate_cbk": self._allocate,
                "free_cbk": self._free,
                "flags": _CLEAR_PASSWORD,
            },
        )
        failure = low_level.core(context, _ID)
        if failure in _SHORTAGES:
            raise _shortage(low_level.error_to_str(failure))
        if failure:
            raise argon2.exceptions.HashingError(low_level.error_to_str(failure))
        return bytes(ffi.buffer(out, length))


def _memory_may_be_given() -> bool:
    """Whether this argon2-cffi, on this machine, computes with memory that it is given what it computes with its own.

    Its author promises nothing of the structure that is filled in for it, and a hardened system may refuse functions
    made at run time. Where it does not work, argon2-cffi is used as everybody does.
    """
    secret, salt, cost = b"secret", b"salt of the trial", (8, 1, 1)
    try:
        got = _Buffer(cost[0] << 10).computed(secret, salt, HASH_BYTES, cost)
    except Exception:  # noqa: BLE001 - cffi raises what it likes, and any failure has one answer
        got = b""
    wanted = low_level.hash_secret_raw(secret, salt, cost[1], cost[0], cost[2], HASH_BYTES, low_level.Type.ID)
    if not hmac.compare_digest(got, wanted):
        log.warning("argon2-cffi takes no memory: hashes use malloc's", extra={"event": "argon2_memory"})
        return False
    return True


def _shortage(told: object) -> OSError:
    return OSError(errno.ENOMEM, str(told))


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    return binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
