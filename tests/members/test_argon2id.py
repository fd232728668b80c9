"""Argon2id over memory of our own: the hashes are everybody's, the memory is bounded and wiped."""

import os
import subprocess
import sys
import threading

import argon2
import pytest
from argon2 import low_level

from idp.members.argon2id import Argon2id
from tests.support.scarcity import little_memory
from tests.support.sources import ROOT

KIB = 1024
STOCK = argon2.PasswordHasher(time_cost=1, memory_cost=KIB, parallelism=1)


@pytest.fixture
def own() -> Argon2id:
    """A cheap one."""
    return Argon2id(KIB, 1, 1)


@pytest.mark.parametrize(("memory", "passes", "lanes"), [(8, 1, 1), (1024, 1, 1), (1031, 3, 2), (4096, 2, 4)])
def test_hashes_are_those_of_argon2_cffi(memory: int, passes: int, lanes: int) -> None:
    """Each checks what the other made, whatever the cost and the octets."""
    own = Argon2id(memory, passes, lanes)
    stock = argon2.PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=lanes)
    for secret in (b"", b"\0nul\0", "Pâques".encode(), b"x" * 5000):
        ours, theirs = own.hash(secret), stock.hash(secret)
        assert stock.verify(ours, secret)
        assert [True, False] == [own.verify(theirs, one) for one in (secret, secret + b"\0")]
        assert ours.rpartition("$")[0].rpartition("$")[0] == theirs.rpartition("$")[0].rpartition("$")[0]
        assert own.prefix == ours[: len(own.prefix)]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(argon2.PasswordHasher(1, 512, 1), id="less memory"),
        pytest.param(argon2.PasswordHasher(1, 4096, 1), id="more memory"),
        pytest.param(argon2.PasswordHasher(3, KIB, 4), id="other passes and lanes"),
        pytest.param(argon2.PasswordHasher(1, KIB, 1, hash_len=64, salt_len=24), id="longer"),
        pytest.param(argon2.PasswordHasher(1, KIB, 1, type=low_level.Type.I), id="Argon2i"),
        pytest.param(argon2.PasswordHasher(1, KIB, 1, type=low_level.Type.D), id="Argon2d"),
    ],
)
def test_a_hash_made_otherwise_is_checked(own: Argon2id, made: argon2.PasswordHasher) -> None:
    """What was stored before the cost changed, or by another program, still opens the account."""
    known = made.hash(b"right")
    assert [True, False] == [own.verify(known, one) for one in (b"right", b"wrong")]


def test_a_damaged_hash_matches_nothing(own: Argon2id) -> None:
    """Cut short, of another length, or of costs that there are not: refused, and nothing is raised."""
    known = own.hash(b"right")
    start, salt, digest = known.rsplit("$", 2)
    damaged = [
        "",
        "$argon2id$broken",
        known[:-2],
        f"{start}${salt}$",
        f"{start}$$" + digest,
        f"{start}$c2FsdA${digest}",
        f"{start}${salt}$é{digest[1:]}",
        f"{start}${salt}$=={digest[2:]}",
        known.replace("t=1", "t=0"),
        known.replace("p=1", "p=0"),
        known.replace("m=1024", "m=1"),
        known.replace("$v=19", "$v=18"),
    ]
    assert own.verify(known, b"right")
    assert [] == [one for one in damaged if own.verify(one, b"right")]


def test_a_decoy_looks_like_a_hash(own: Argon2id) -> None:
    """It is checked as one is, has the length of one, and is never the same twice."""
    made = own.hash(b"right")
    first, second = own.decoy(), own.decoy()
    assert first != second
    assert [len(made)] * 2 == [len(first), len(second)]
    assert argon2.extract_parameters(first) == argon2.extract_parameters(made)
    assert not own.verify(first, b"")


def test_hashes_of_many_threads_are_right_and_their_memory_is_used_again(own: Argon2id) -> None:
    """As many buffers as were in use at a time, and no more however many hashes there are."""
    known, turns, wrong = own.hash(b"0"), threading.Semaphore(2), []

    def work(number: int) -> None:
        for count in range(10):
            with turns:
                if own.verify(known, str(number * count).encode()) != (number * count == 0):
                    wrong.append((number, count))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert len(own._free) in {1, 2}


def test_nothing_of_a_hash_stays_in_its_memory(own: Argon2id) -> None:
    """The next one finds zeros, and so does whoever gets hold of the process' memory."""
    own.hash(b"right")
    (buffer,) = own._free
    held = bytes(buffer._map)
    assert (len(held), 0) == (held.count(0), len(held.strip(b"\0")))


def test_a_forked_process_checks_passwords_too(own: Argon2id) -> None:
    """With what its parent had in hand when it forked, and both go on."""
    known = own.hash(b"right")
    child = os.fork()
    if child == 0:
        os._exit(0 if own.verify(known, b"right") and not own.verify(known, b"wrong") else 1)
    assert own.verify(known, b"right")
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_without_the_low_level_interface_argon2_cffi_does_it_all(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a later release has none, or it computes something else: said once, and hashes are the same."""

    def gone(_context: object, _type: int) -> int:
        raise AttributeError("core")

    monkeypatch.setattr(low_level, "core", gone)
    plain = Argon2id(KIB, 1, 1)
    assert ["argon2_memory"] == [vars(record)["event"] for record in caplog.records]
    known = plain.hash(b"right")
    assert STOCK.verify(known, b"right")
    assert [True, False] == [plain.verify(known, one) for one in (b"right", b"wrong")]
    assert not plain._free


LARGE = 400_000
"""KiB: more than there is under `little_memory`."""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process' memory has no such limit")
def test_want_of_memory_is_no_wrong_password() -> None:
    """With buffers of our own or argon2-cffi's memory, for a hash of today's cost and a dearer one."""
    known = argon2.PasswordHasher(1, LARGE, 1).hash(b"right")
    cheap, dear, stock = Argon2id(KIB, 1, 1), Argon2id(LARGE, 1, 1), Argon2id(LARGE, 1, 1)
    stock._own = False
    with little_memory():
        for one in (cheap, dear, stock):
            with pytest.raises(OSError, match="emory"):
                one.verify(known, b"right")
        for one in (dear, stock):
            with pytest.raises(OSError, match="emory"):
                one.hash(b"right")
    assert [True] * 3 == [one.verify(known, b"right") for one in (cheap, dear, stock)]


LANES = """
import sys
from idp.members.argon2id import Argon2id, _Buffer
from tests.support.scarcity import little_memory

known, one = sys.argv[1], Argon2id(1024, 1, 4)
one._free.append(_Buffer(1024 << 10))
for one._own in (True, False):
    with little_memory(1 << 20):
        try:
            one.verify(known, b"right")
        except OSError as error:
            print(error.strerror, len(one._free))
print(one.verify(known, b"right"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process' memory has no such limit")
def test_want_of_threads_is_no_wrong_password() -> None:
    """A lane takes a thread, and a thread its stack; in a process of its own, which has no stack to use again."""
    known = argon2.PasswordHasher(1, KIB, 4).hash(b"right")
    command = [sys.executable, "-c", LANES, known]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert ["Threading failure 0", "Threading failure 0", "True"] == said.splitlines()
