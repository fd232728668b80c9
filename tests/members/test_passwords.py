"""Password hashes."""

import queue
import threading

import pytest

from idp import config
from idp.members import turns
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


class Storm:
    """Seven who come while an eighth computes, in a process of eight threads."""

    def __init__(self) -> None:
        self.passwords = Passwords(CHEAP.model_copy(update={"parallel_hashes": 1, "wait": 60.0}), threads=8)
        self.told: queue.Queue[str] = queue.Queue()
        self.leave = threading.Event()
        entered = threading.Event()

        def occupy() -> None:
            with self.passwords._turn():
                entered.set()
                self.leave.wait(60)

        self.threads = [threading.Thread(target=occupy)]
        self.threads[0].start()
        assert entered.wait(60)
        self.threads += [threading.Thread(target=self._sign_in) for _ in range(7)]
        for thread in self.threads[1:]:
            thread.start()

    def _sign_in(self) -> None:
        try:
            self.passwords.verify(None, "x")
            self.told.put("checked")
        except Busy:
            self.told.put("busy")

    def over(self) -> list[str]:
        """Let all end and return what they were told since."""
        self.leave.set()
        for thread in self.threads:
            thread.join(60)
        return [self.told.get_nowait() for _ in range(self.told.qsize())]


def test_a_burst_of_sign_ins_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads but the last may wait for a moment; who would take that one is told at once to come back."""
    monkeypatch.setattr(turns, "MOMENT", 50.0)  # however slow the machine is
    storm = Storm()
    assert "busy" == storm.told.get(timeout=60)
    assert ["checked"] * 6 == storm.over()


def test_a_storm_of_sign_ins_holds_half_of_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the moment is over, one computes and three wait, half of eight; and all is well after the storm."""
    monkeypatch.setattr(turns, "MOMENT", 0.2)
    storm = Storm()
    assert ["busy"] * 4 == [storm.told.get(timeout=60) for _ in range(4)]
    assert ["checked"] * 3 == storm.over()
    assert not storm.passwords.verify(None, "x")


def test_there_is_room_for_every_hash_computed_at_a_time() -> None:
    """With few threads, as many may enter as hashes are computed at a time."""
    narrow = Passwords(CHEAP.model_copy(update={"parallel_hashes": 2}), threads=1)
    with narrow._turn(), narrow._turn(), pytest.raises(Busy), narrow._turn():
        pass
