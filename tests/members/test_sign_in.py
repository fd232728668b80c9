"""Signing in: who gets in, and that nobody else can tell why not."""

import logging
import sys
from contextlib import ExitStack
from dataclasses import replace

import argon2
import pytest
from sqlalchemy import update

from idp import config
from idp.members.directory import Directory
from idp.members.passwords import Busy, Passwords
from idp.members.provisional import Digests
from idp.members.sign_in import SignIn
from idp.services.audit import AuditLog
from idp.services.local_counters import LocalCounters
from idp.services.throttle import Throttle
from idp.services.throttle_policy import Limits
from idp.store.audit import AuditEvent
from idp.store.db import Store
from idp.store.provisionals import Provisional
from idp.store.tables import AccountRow
from idp.upstream import PasswordCheck, Status
from tests.support.records import PARTICULARS
from tests.support.scarcity import little_memory
from tests.support.statements import counted
from tests.support.threads import at_once

CHEAP = config.Passwords(memory_kib=1024, passes=1)
NOW = 1_000_000


class CountingPasswords(Passwords):
    """Real hashing that counts its work."""

    def __init__(self, settings: config.Passwords) -> None:
        """Start at zero."""
        super().__init__(settings)
        self.verified = 0

    def verify(self, known: str | None, password: str, decoy: str | None = None) -> bool:
        """Count and verify."""
        self.verified += 1
        return super().verify(known, password, decoy)


@pytest.fixture
def hashing() -> CountingPasswords:
    """Counting hashing."""
    return CountingPasswords(CHEAP)


@pytest.fixture
def sign_in(store: Store, hashing: CountingPasswords) -> SignIn:
    """A sign-in with one dossier of each kind; the password is `right`."""
    statuses: tuple[Status, ...] = ("active", "suspended", "closed", "deceased")
    for number, status in enumerate(statuses):
        _account(store, f"100000{number}", status, hashing.hash("right"))
    _account(store, "1000009", "active", None)
    clock = lambda: NOW  # noqa: E731 -- a clock that stands still
    made = SignIn(
        store,
        hashing,
        Throttle(LocalCounters(clock), Limits.of(CHEAP), clock),
        clock,
        AuditLog(store, clock),
        digests=Digests(b"d" * 32),
        attempts=5,
        reference_key=b"k" * 32,
    )
    made._decoys.draw("")  # read once in ten minutes, whoever comes first
    return made


def _account(store: Store, dossier: str, status: Status, password_hash: str | None) -> None:
    particulars = replace(PARTICULARS, dossier=dossier, status=status)
    with store.begin() as unit:
        unit.accounts.upsert(particulars, account_id=f"id{dossier}", subject=f"s{dossier}", now=1)
        unit.accounts.set_password_hash(f"id{dossier}", password_hash, 1)


REFUSALS = {
    "unknown dossier": ("affilie", "7654321", "right", "unknown_dossier"),
    "not a number": ("affilie", "x" * 500, "right", "unknown_dossier"),
    "other situation": ("ayant_droit", "1000000", "right", "unknown_dossier"),
    "wrong password": ("affilie", "1000000", "wrong", "wrong_password"),
    "empty password": ("affilie", "1000000", "", "wrong_password"),
    "long password": ("affilie", "1000000", "x" * 5000, "wrong_password"),
    "suspended": ("affilie", "1000001", "right", "not_active"),
    "closed": ("affilie", "1000002", "right", "not_active"),
    "deceased": ("affilie", "1000003", "right", "not_active"),
    "FranceConnect only": ("affilie", "1000009", "right", "no_password"),
    "FranceConnect only, empty": ("affilie", "1000009", "", "no_password"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_every_refusal_is_the_same_to_the_outside(
    store: Store, sign_in: SignIn, hashing: CountingPasswords, case: str
) -> None:
    """One hash, the same statements, no account and no wait: whoever was refused (N-095, V-50, V-51)."""
    situation, dossier, password, reason = REFUSALS[case]
    with counted(store.engine) as statements:
        result = sign_in.check(situation, dossier, password, "network")
    assert (result.account, result.retry_after, result.reason) == (None, 0, reason)
    assert hashing.verified == 1
    assert [statement.split()[0] for statement in statements] == ["SELECT", "UPDATE", "INSERT"]


@pytest.mark.parametrize("typed", ["1000000", " 100 00 00", "１００００００"])
def test_the_right_password_opens_an_active_dossier(sign_in: SignIn, typed: str) -> None:
    """However the number is spelt."""
    result = sign_in.check("affilie", typed, "right", "network")
    assert result.account is not None
    assert (result.account.account_id, result.account.dossier, result.reason) == ("id1000000", "1000000", "ok")


def test_spellings_share_one_counter_and_unknown_dossiers_have_one_too(sign_in: SignIn) -> None:
    """The third failure announces a wait and the fourth attempt is refused, known or not (V-53)."""
    for spellings in (("1000000", "100 0000", "１００００００"), ("7654321", "765 4321", "7-6-5-4-3-2-1")):
        waits = [sign_in.check("affilie", typed, "wrong", "n").retry_after for typed in spellings]
        delayed = sign_in.check("affilie", spellings[0], "right", "n")
        assert (waits, delayed.reason, delayed.retry_after) == ([0, 0, 2], "delayed", 2)


def test_a_delayed_attempt_computes_no_hash(sign_in: SignIn, hashing: CountingPasswords) -> None:
    """Parallel guesses: three reach the hash, the others are delayed (V-54)."""
    reasons = [result.reason for result in at_once(20, lambda _n: sign_in.check("affilie", "1000000", "no", "n"))]
    assert hashing.verified == 3
    assert sorted(set(reasons)) == ["delayed", "wrong_password"]


def test_a_busy_server_does_not_count_against_the_member(sign_in: SignIn, hashing: CountingPasswords) -> None:
    """No hash was computed, so nothing was guessed: afterwards the password still works."""
    hashing._turns._wait = 0.01  # type: ignore[misc]  # a short wait, for this test only
    with ExitStack() as taken:
        for _ in range(CHEAP.parallel_hashes):
            taken.enter_context(hashing._turns.turn())
        for _ in range(3):
            with pytest.raises(Busy):
                sign_in.check("affilie", "1000000", "right", "n")
    assert sign_in.check("affilie", "1000000", "right", "n").account is not None


def test_a_sign_in_raises_an_old_hash_to_todays_cost(store: Store, sign_in: SignIn) -> None:
    """Only a right password brings a new hash, and it keeps working (N-094)."""
    old = Passwords(config.Passwords(memory_kib=2048, passes=1)).hash("right")
    with store.begin() as unit:
        unit.accounts.set_password_hash("id1000000", old, 1)
    sign_in.check("affilie", "1000000", "wrong", "n")
    before = _hash(store)
    assert sign_in.check("affilie", "1000000", "right", "n").account is not None
    after = _hash(store)
    assert before == old
    assert "m=1024," in after
    assert sign_in.check("affilie", "1000000", "right", "n").account is not None


def _hash(store: Store) -> str:
    with store.reading() as unit:
        account = unit.accounts.by_id("id1000000")
    return (account.password_hash if account else None) or ""


def test_refusals_are_audited_without_what_was_typed(
    store: Store, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    """The trail and the log know the outcome and a keyed reference, never the text (N-150, N-152)."""
    with caplog.at_level(logging.INFO):
        sign_in.check("affilie", "MotDePasse2024", "1000000", "192.0.2.0/24")
        sign_in.check("affilie", "1000000", "hunter2hunter2", "192.0.2.0/24")
    with store.reading() as unit:
        events = unit.audit.of_account("id1000000")
    assert [(event.event, event.outcome, event.network) for event in events] == [
        ("sign_in", "wrong_password", "192.0.2.0/24")
    ]
    assert len(str(events[0].details["typed"])) == 32
    assert "MotDePasse2024" not in caplog.text
    assert "hunter2" not in caplog.text
    assert isinstance(events[0], AuditEvent)


def test_federation_asks_the_same_check(store: Store, sign_in: SignIn) -> None:
    """The proof by password has the delays of the page (N-098), and finds people by birth date."""
    directory = Directory(store, sign_in)
    checks = [
        directory.check_password(situation="affilie", dossier="1000000", password=password, network="n")
        for password in ("no", "no", "no", "right")
    ]
    assert [PasswordCheck(None, wait) for wait in (0, 0, 2, 2)] == checks
    known = directory.by_id("id1000000")
    assert known is not None
    assert known.civil.birth_name == "DUBOIS"
    assert directory.by_id("nobody") is None
    assert len(directory.born_on(["1962-08"])) == 5


SECRET = "ABCDEFGHJKMNPQRS"


def _provisional(store: Store, account_id: str, *, expires_at: int = NOW + 60) -> None:
    digest = Digests(b"d" * 32).of(account_id, SECRET)
    with store.begin() as unit:
        unit.provisionals.replace(Provisional(f"p-{account_id}", account_id, "email", digest, NOW - 1, expires_at))


@pytest.mark.parametrize("typed", [SECRET, "abcd-efgh-jkmn-pqrs"])
def test_a_provisional_password_signs_nobody_in(store: Store, sign_in: SignIn, typed: str) -> None:
    """It names what it opens and no account; federation's proof takes it for a wrong password (N-098, N-114)."""
    _provisional(store, "id1000000")
    result = sign_in.check("affilie", "1000000", typed, "n")
    assert (None, "provisional", ("id1000000", "p-id1000000")) == (result.account, result.reason, result.opens)
    directory = Directory(store, sign_in)
    asked = directory.check_password(situation="affilie", dossier="1000000", password=typed, network="n")
    assert PasswordCheck(None, 0) == asked
    assert sign_in.check("affilie", "1000000", "right", "n").account is not None


@pytest.mark.parametrize("case", ["expired", "another's", "of a closed dossier", "guessed"])
def test_a_provisional_password_that_opens_nothing_is_a_wrong_password(
    store: Store, sign_in: SignIn, hashing: CountingPasswords, case: str
) -> None:
    """The same answer, hash and statements as any refusal (N-095)."""
    dossier = "1000002" if case == "of a closed dossier" else "1000000"
    owner = "id1000009" if case == "another's" else f"id{dossier}"
    _provisional(store, owner, expires_at=NOW if case == "expired" else NOW + 60)
    with counted(store.engine) as statements:
        result = sign_in.check("affilie", dossier, "B" * 16 if case == "guessed" else SECRET, "n")
    assert (None, 0, None) == (result.account, result.retry_after, result.opens)
    assert result.reason in {"wrong_password", "not_active"}
    assert 1 == hashing.verified
    assert ["SELECT", "UPDATE", "INSERT"] == [statement.split()[0] for statement in statements]


def test_a_password_that_must_be_reset_signs_nobody_in(store: Store, sign_in: SignIn) -> None:
    """Right, but from before 2021: only then is the reason told, to federation too; a wrong one is a wrong one."""
    with store.begin() as unit:
        unit.session.execute(update(AccountRow).values(must_reset="dormant"))
    assert ["wrong_password", "must_reset"] == [
        sign_in.check("affilie", "1000000", password, "n").reason for password in ("wrong", "right")
    ]
    asked = [
        Directory(store, sign_in).check_password(situation="affilie", dossier=number, password=password, network="n")
        for number, password in (("1000000", "wrong"), ("1000000", "right"), ("1000002", "right"))
    ]
    assert [PasswordCheck(None), PasswordCheck(None, why="dormant"), PasswordCheck(None)] == asked


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process' memory has no such limit")
@pytest.mark.parametrize("password", ["right", "wrong"])
def test_want_of_memory_is_not_counted(store: Store, sign_in: SignIn, password: str) -> None:
    """Whoever comes while a hash finds no memory is told to come again: no attempt, no refusal on record."""
    _account(store, "1000000", "active", argon2.PasswordHasher(1, 400_000, 1).hash("right"))
    with little_memory():
        for _ in range(20):
            with pytest.raises(Busy):
                sign_in.check("affilie", "1000000", password, "network")
    with store.reading() as unit:
        assert [] == list(unit.audit.of_account("id1000000"))
    result = sign_in.check("affilie", "1000000", "right", "network")
    assert ("ok", 0) == (result.reason, result.retry_after)
