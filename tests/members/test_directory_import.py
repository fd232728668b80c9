"""A file of dossiers brought into the directory, on both databases."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.members.directory_export import export
from idp.members.directory_import.faults import Fault, FileRefusedError
from idp.members.directory_import.report import Counts, Options, Report
from idp.members.directory_import.run import DirectoryImport
from idp.services.audit import AuditLog
from idp.store.accounts import Account
from idp.store.bulk import BulkAccounts
from idp.store.db import Store
from idp.store.imports import Imports
from idp.store.tables import AuditRow
from keys.sealing import Sealer
from tests.support.held import closed, reopened
from tests.support.records import GRANT, SIGN_IN
from tests.support.stores import Clock, open_store

PERSON: dict[str, Any] = {
    "dossier": "1234567",
    "situation": "affilie",
    "status": "active",
    "birth_name": "DUBOIS",
    "given_names": ["Angela", "Claire"],
    "birthdate": "1962-08-24",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
    "email": "angela@example.org",
    "address": {"locality": "PARIS"},
}
SEALER = Sealer([b"k" * 32])
LEGACY = "pbkdf2_sha256$1000$salt$" + "A" * 43 + "="


@pytest.fixture
def world(migrated_database_url: str, tmp_path: Path) -> Iterator["World"]:
    """An empty directory."""
    store = open_store(migrated_database_url)
    yield World(store, tmp_path)
    store.engine.dispose()


class World:
    """A directory and a folder for files."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.clock = Clock()
        self.file = folder / "dossiers.jsonl"
        self.faults: list[Fault] = []

    def write(self, *people: dict[str, Any]) -> None:
        """Write a file of dossiers."""
        self.file.write_text("".join(json.dumps(person) + "\n" for person in people), encoding="utf-8")

    def run(
        self, batch: int = 2, progress: Callable[[str, int], None] = lambda _s, _o: None, **options: bool
    ) -> Report:
        """Import the file."""
        self.faults = []
        importing = DirectoryImport(self.store, AuditLog(self.store, self.clock), self.clock, SEALER, batch=batch)
        with self.file.open("rb") as file:
            return importing.run(file, Options("jsonl", **options), self.faults.append, progress)

    def account(self, dossier: str = "1234567") -> Account:
        """Return an account that must be there."""
        with self.store.reading() as unit:
            found = unit.accounts.by_dossier(dossier)
        assert found is not None
        return found

    def dump(self) -> str:
        """Return the whole directory as an export writes it."""
        target = io.StringIO()
        export(self.store, target, "jsonl")
        return target.getvalue()

    def events(self, name: str) -> int:
        """Count the audit's events of a name."""
        with self.store.reading() as unit:
            query = select(func.count()).select_from(AuditRow).where(AuditRow.event == name)
            return unit.session.scalars(query).one()


def person(number: int, **members: Any) -> dict[str, Any]:
    """Return a dossier with a number of its own."""
    return PERSON | {"dossier": f"{1_000_000 + number}"} | members


def test_new_then_unchanged_then_changed(world: World) -> None:
    """The same file twice writes nothing the second time; a changed line writes its dossier alone."""
    world.write(*(person(number) for number in range(5)))
    assert Counts(new=5) == world.run().counts
    before = world.dump()
    world.clock.forward(10)
    assert Counts(unchanged=5) == world.run().counts
    assert before == world.dump()
    first = world.account("1000003")
    world.write(*(person(number, usage_name="PAOLI" if number == 3 else "") for number in range(5)))
    assert Counts(changed=1, unchanged=4) == world.run().counts
    changed = world.account("1000003")
    assert replace(first, usage_name="PAOLI", updated_at=world.clock.now) == changed
    assert world.account("1000002").updated_at == world.clock.now - 10


def test_one_faulty_line_keeps_the_whole_file_out(world: World) -> None:
    """Nothing is half-imported; `skip_faulty` applies the sound lines."""
    world.write(*(person(number) for number in range(4)), person(4, gender="?", birthdate="1962-02-30"), person(5))
    report = world.run()
    assert (False, 1, 6) == (report.applied, report.counts.faulty, report.lines)
    assert world.dump() == ""
    assert [(5, "birthdate"), (5, "gender")] == [(fault.line, fault.field) for fault in world.faults]
    report = world.run(skip_faulty=True)
    assert (True, Counts(new=5, faulty=1)) == (report.applied, report.counts)


def test_a_number_on_two_lines_is_applied_from_neither(world: World) -> None:
    """Nobody can tell which of the two is right."""
    world.write(person(1), person(2, usage_name="A"), person(3), person(2, usage_name="B"))
    assert not world.run().applied
    assert [(4, "dossier")] == [(fault.line, fault.field) for fault in world.faults]
    assert Counts(new=2, faulty=2) == world.run(skip_faulty=True).counts


def test_a_dry_run_counts_and_writes_nothing(world: World) -> None:
    """A dry run says what would happen, faults included."""
    world.write(person(1))
    world.run()
    world.write(person(1, status="closed"), person(2), person(3, gender="?"))
    before = world.dump()
    report = world.run(dry_run=True)
    assert (False, Counts(new=1, changed=1, faulty=1)) == (report.applied, report.counts)
    assert before == world.dump()


class CrashError(Exception):
    """The machine went down here."""


@pytest.mark.parametrize("at", range(1, 5))
def test_a_crash_between_batches_is_gone_on_from(world: World, at: int) -> None:
    """Whole batches stay, the next run goes on behind them, and its counts are those of the whole file."""
    world.write(*(person(number) for number in range(7)))
    seen = 0

    def crash(stage: str, _octets: int) -> None:
        nonlocal seen
        seen += stage == "apply"
        if seen == at:
            raise CrashError

    with pytest.raises(CrashError):
        world.run(progress=crash)
    assert 2 * (at - 1) == world.dump().count("\n")
    report = world.run()
    assert (2 * (at - 1), Counts(new=7)) == (report.resumed_at, report.counts)
    assert Counts(unchanged=7) == world.run().counts


@pytest.mark.parametrize("step", ["known", "insert", "update", "with_grants"])
def test_a_crash_inside_a_batch_leaves_nothing_of_it(world: World, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch and its journal are one transaction: both or neither, wherever it stops."""
    world.write(*(person(number) for number in range(6)))
    calls = 0
    real = getattr(BulkAccounts, step)

    def crash(self: BulkAccounts, *arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise CrashError
        return real(self, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(BulkAccounts, step, crash)
        with pytest.raises(CrashError):
            world.run()
    assert 2 == world.dump().count("\n")
    report = world.run()
    assert (2, Counts(new=6)) == (report.resumed_at, report.counts)


def test_a_crash_before_the_end_is_told_is_made_good(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last batch only the audit is missing: the next run tells it, once, and writes no dossier again."""
    world.write(person(1), person(2))

    def crash(*_arguments: Any) -> bool:
        raise CrashError

    with monkeypatch.context() as patch:
        patch.setattr(Imports, "close", crash)
        with pytest.raises(CrashError):
            world.run()
    before = world.dump()
    assert 0 == world.events("directory_import")
    report = world.run()
    assert (2, Counts(new=2), before) == (report.resumed_at, report.counts, world.dump())
    assert 1 == world.events("directory_import")


def test_another_file_does_not_go_on_from_this_ones_journal(world: World) -> None:
    """A corrected file is begun at its first line."""
    world.write(*(person(number) for number in range(5)))

    def crash(stage: str, octets: int) -> None:
        if stage == "apply" and octets > world.file.stat().st_size // 2:
            raise CrashError

    with pytest.raises(CrashError):
        world.run(progress=crash)
    world.write(*(person(number, usage_name="PAOLI") for number in range(5)))
    report = world.run()
    assert (0, Counts(new=3, changed=2)) == (report.resumed_at, report.counts)


def test_two_imports_of_one_file_do_not_count_twice(world: World) -> None:
    """The second one that comes to a batch finds the journal moved, and stops without writing."""
    world.write(*(person(number) for number in range(6)))
    entered = False

    def beside(stage: str, _octets: int) -> None:
        nonlocal entered
        if stage == "apply" and not entered:
            entered = True
            assert Counts(new=6) == world.run().counts

    with pytest.raises(FileRefusedError, match="another process"):
        world.run(progress=beside)
    assert 6 == world.dump().count("\n")


def test_a_file_that_changes_while_it_is_read_is_left(world: World) -> None:
    """What is applied is what was checked."""
    world.write(*(person(number) for number in range(6)))

    def append(stage: str, _octets: int) -> None:
        if stage == "check":
            with world.file.open("a", encoding="utf-8") as file:
                file.write("{}\n")

    with pytest.raises(FileRefusedError, match="changed"):
        world.run(batch=100, progress=append)
    assert world.dump() == ""


def test_changed_contacts_are_held_back_unless_trusted(world: World) -> None:
    """A new address in the file cannot receive a reset for a while (N-119); a first import holds nobody back."""
    world.write(PERSON)
    world.run()
    assert (0, 0) == (world.account().email_changed_at, world.account().address_changed_at)
    world.write(PERSON | {"email": "new@example.org"})
    world.run()
    assert (world.clock.now, 0) == (world.account().email_changed_at, world.account().address_changed_at)
    world.write(PERSON | {"email": None, "address": {"locality": "BREST"}})
    world.clock.forward(5)
    world.run(trusted_contacts=True)
    account = world.account()
    assert (None, {"locality": "BREST"}) == (account.email, account.address)
    assert (world.clock.now - 5, 0) == (account.email_changed_at, account.address_changed_at)


def test_the_address_that_a_file_replaces_is_told(world: World) -> None:
    """A message goes to the old address, once a change; not where the operator vouches for the file's contacts."""
    for email, trusted in (("a@example.org", False), ("b@example.org", False), ("c@example.org", True)):
        world.write(PERSON | {"email": email})
        world.clock.forward(5)
        world.run(trusted_contacts=trusted)
        world.run(trusted_contacts=trusted)
    with world.store.begin() as unit:
        tasks = unit.outbox.due(world.clock.now)
    assert ["email_changed"] == [task.payload["template"] for task in tasks]
    assert "a@example.org" not in json.dumps(tasks[0].payload)


def test_a_member_is_told_of_every_contact_and_password_that_a_file_changes(world: World) -> None:
    """Postal address, telephone, hash of the system before: at the address on file before the change (N-100)."""
    first, second = (f"{{SSHA512}}{base64.b64encode(bytes([n]) * 72).decode()}" for n in (1, 2))
    world.write(PERSON | {"email": "a@example.org", "password_hash": first})
    world.run()
    moved = {"address": {"street_address": "2 quai", "postal_code": "29200", "locality": "BREST"}}
    world.write(PERSON | moved | {"email": "b@example.org", "phone_number": "+33639980001", "password_hash": second})
    world.clock.forward(5)
    world.run()
    world.run()
    with world.store.begin() as unit:
        tasks = unit.outbox.due(world.clock.now)
    told = ["contact_changed", "email_changed", "password_changed"]
    assert told == sorted(task.payload["template"] for task in tasks)
    opened = [SEALER.unseal(base64.b64decode(one.payload["sealed"]), f"mail:{one.key}".encode()) for one in tasks]
    assert {"a@example.org"} == {json.loads(body)["to"] for body in opened}


def test_a_dossier_closed_by_hand_stays_closed(world: World) -> None:
    """No file opens it again, and the summary counts it; once it is reopened the file decides again."""
    world.write(PERSON)
    world.run()
    closed(world.store, world.clock, "1234567")
    world.write(PERSON | {"usage_name": "PAOLI"})
    assert Counts(changed=1, kept_status=1) == world.run().counts
    assert ("closed", "PAOLI") == (world.account().status, world.account().usage_name)
    reopened(world.store, world.clock, "1234567")
    world.write(PERSON | {"status": "suspended"})
    assert Counts(changed=1) == world.run().counts
    assert "suspended" == world.account().status


def test_a_proven_address_stands_against_the_file(world: World) -> None:
    """The member's own word is newer than the file's, unless the file's contacts are trusted."""
    world.write(PERSON)
    world.run()
    with world.store.begin() as unit:
        unit.accounts.set_email(world.account().id, "mine@example.org", world.clock.now)
    assert Counts(unchanged=1, kept_email=1) == world.run().counts
    assert ("mine@example.org", True) == (world.account().email, world.account().email_verified)
    world.run(trusted_contacts=True)
    assert ("angela@example.org", False) == (world.account().email, world.account().email_verified)


def test_a_password_chosen_here_is_never_replaced(world: World) -> None:
    """A legacy hash comes in, may be brought up to date, and ends with the member's own choice; so does `dormant`."""
    world.write(PERSON | {"password_hash": LEGACY, "must_reset": "dormant"})
    world.run()
    assert ("legacy:" + LEGACY, "dormant") == (world.account().password_hash, world.account().must_reset)
    newer = LEGACY.replace("salt", "pepper")
    world.write(PERSON | {"password_hash": newer})
    world.run()
    assert ("legacy:" + newer, 1) == (world.account().password_hash, world.account().epoch)
    with world.store.begin() as unit:
        unit.accounts.set_password_hash(world.account().id, "$argon2id$own", world.clock.now)
    world.write(PERSON | {"password_hash": LEGACY, "must_reset": "dormant", "usage_name": "PAOLI"})
    world.run()
    account = world.account()
    assert ("$argon2id$own", "dormant", "PAOLI") == (account.password_hash, account.must_reset, account.usage_name)


def test_a_closed_dossier_loses_everything_that_was_open(world: World) -> None:
    """The epoch grows, grants are revoked, sessions are over in the history, and the audit knows the account."""
    world.write(PERSON)
    world.run()
    account = world.account()
    with world.store.begin() as unit:
        unit.sign_ins.add(replace(SIGN_IN, account_id=account.id))
        grant = replace(GRANT, account_id=account.id)
        unit.grants.redeem(
            "code",
            grant,
            grant_id="grant",
            account_epoch=0,
            expires_at=world.clock.now + 99,
            now=world.clock.now,
            ended=("ended", "sid"),
        )
    world.write(PERSON | {"status": "closed"})
    world.run()
    with world.store.reading() as unit:
        stored = unit.grants.by_id("grant")
        ended = unit.sign_ins.of_account(account.id, SIGN_IN.id)
        events = unit.audit.of_account(account.id)
    assert stored is not None
    assert ended is not None
    assert ("closed", world.clock.now) == (ended.ended_reason, ended.ended_at)
    assert ("closed", 1, world.clock.now) == (world.account().status, world.account().epoch, stored.revoked_at)
    assert ["dossier_status"] == [event.event for event in events]


def test_a_column_that_is_absent_keeps_what_there_is(world: World) -> None:
    """Absent says nothing; empty says that there is none."""
    world.write(PERSON | {"usage_name": "PAOLI", "phone_number": "+33639980001"})
    world.run()
    world.write({name: value for name, value in PERSON.items() if name not in ("email", "address")})
    assert Counts(unchanged=1) == world.run().counts
    world.write(PERSON | {"usage_name": "", "phone_number": None, "address": None})
    world.run()
    account = world.account()
    assert ("", None, None, "angela@example.org") == (
        account.usage_name,
        account.phone_number,
        account.address,
        account.email,
    )


def test_a_file_of_several_batches(world: World) -> None:
    """Two whole batches of the usual size and a part of one are applied, and again to no effect."""
    world.write(*(person(number) for number in range(4001)))
    assert Counts(new=4001) == world.run(batch=2000).counts
    assert Counts(unchanged=4001) == world.run(batch=2000).counts
