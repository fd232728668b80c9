"""Password hashes."""

import queue
import threading

import pytest

from idp import config
from idp.members.passwords import Busy, Passwords

CHEAP = config.Passwords(memory_kib=1024, passes=1)


def test_a_password_matches_its_hash_and_no_other(passwords: Passwords) -> None:
    """Nothing is trimmed, cut or folded (N-090); only the way an accent is composed does not matter."""
    known = passwords.hash(" Pâques à l’École " + "x" * 200)
    tries = {
        " Pâques à l’École " + "x" * 200: True,
        " Pa\u0302ques à l’École " + "x" * 200: True,
        "Pâques à l’École " + "x" * 200: False,
        " pâques à l’école " + "x" * 200: False,
        " Pâques à l’École " + "x" * 199: False,
        "": False,
    }
    assert tries == {typed: passwords.verify(known, typed) for typed in tries}


def test_no_hash_never_matches_not_even_the_empty_password(passwords: Passwords) -> None:
    """An account without a password cannot be entered by one (V-50)."""
    assert [False, False] == [passwords.verify(None, typed) for typed in ("", "anything")]


def test_a_damaged_hash_refuses(passwords: Passwords) -> None:
    """What is not a hash matches nothing and raises nothing."""
    assert [False, False] == [passwords.verify(known, "x") for known in ("", "$argon2id$broken")]


def test_other_parameters_ask_for_a_new_hash(passwords: Passwords) -> None:
    """A hash made before the cost was raised is recognised, and still verifies (N-094)."""
    known = passwords.hash("x")
    dearer = Passwords(CHEAP.model_copy(update={"passes": 2}))
    assert [False, True, True] == [
        passwords.needs_rehash(known),
        dearer.needs_rehash(known),
        dearer.verify(known, "x"),
    ]


def test_the_default_cost_is_that_of_the_guidance() -> None:
    """19 MiB and two passes of Argon2id at least (N-094)."""
    assert Passwords(config.Passwords()).hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_whoever_waits_too_long_for_a_turn_is_told_to_come_back() -> None:
    """The number of hashes at a time is bounded, and so is the wait."""
    crowded = Passwords(CHEAP.model_copy(update={"parallel_hashes": 1, "wait": 0.05}))
    entered, leave = threading.Event(), threading.Event()

    def occupy() -> None:
        with crowded._turn():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=occupy)
    thread.start()
    entered.wait(10)
    with pytest.raises(Busy) as caught:
        crowded.verify(None, "x")
    leave.set()
    thread.join()
    assert caught.value.retry_after == 5
    assert not crowded.verify(None, "x")


def test_a_storm_of_sign_ins_holds_half_of_the_threads() -> None:
    """One computes and three wait, half of eight; the others are told at once, and all is well after the storm."""
    crowded = Passwords(CHEAP.model_copy(update={"parallel_hashes": 1, "wait": 20.0}), threads=8)
    entered, leave = threading.Event(), threading.Event()

    def occupy() -> None:
        with crowded._turn():
            entered.set()
            leave.wait(10)

    holder = threading.Thread(target=occupy)
    holder.start()
    entered.wait(10)
    told: queue.Queue[str] = queue.Queue()

    def sign_in() -> None:
        try:
            crowded.verify(None, "x")
            told.put("checked")
        except Busy:
            told.put("busy")

    storm = [threading.Thread(target=sign_in) for _ in range(7)]
    for thread in storm:
        thread.start()
    at_once = [told.get(timeout=5) for _ in range(4)]
    leave.set()
    for thread in (holder, *storm):
        thread.join(10)
    assert (["busy"] * 4, ["checked"] * 3) == (at_once, [told.get_nowait() for _ in range(3)])


def test_there_is_room_for_every_hash_computed_at_a_time() -> None:
    """With few threads, as many may enter as hashes are computed at a time."""
    narrow = Passwords(CHEAP.model_copy(update={"parallel_hashes": 2}), threads=1)
    with narrow._turn(), narrow._turn(), pytest.raises(Busy), narrow._turn():
        pass
