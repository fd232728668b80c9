"""The record of security events, as the staff see it."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.actor import Actor, ForbiddenError
from idp.admin.acts.audit import COLUMNS, AuditActs, Meant, Wanted
from idp.admin.roles import Role
from idp.protocol.client import Client
from idp.services.audit import AuditLog
from idp.services.audit_chain import LONGEST, REST, AuditChain
from idp.store.audit import AuditEvent
from idp.store.db import Store
from tests.support.records import with_account
from tests.support.stores import Clock, sqlite_store

AUDITOR = Actor("a-1", frozenset({Role.AUDITOR}), "console", network="192.0.2.1", reference="r-9")
CLOCK = Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with a member's two events and one of an application."""
    made = sqlite_store(tmp_path)
    with_account(made)
    with made.begin() as unit:
        unit.audit.add(AuditEvent(time=10, event="sign_in", account_id="account", outcome="wrong_password"))
        unit.audit.add(AuditEvent(time=20, event="sign_in", account_id="account", reference="r-1"))
        unit.audit.add(AuditEvent(time=30, event="code_reused", client_id="=app", details={"actor": "a-2"}))
    yield made
    made.engine.dispose()


@pytest.fixture
def acts(store: Store) -> AuditActs:
    """What may be done with the record."""
    return AuditActs(store, AuditChain(store, b"k" * 32, CLOCK, 1000), AuditLog(store, CLOCK), CLOCK)


def times(acts: AuditActs, wanted: Wanted) -> list[int]:
    """Return the times of the events that fit, those of looking left out."""
    return [one.time for one in acts.read(AUDITOR, wanted).events if one.event != "audit_read"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), [30, 20, 10]),
        (Wanted(dossier="1234567"), [20, 10]),
        (Wanted(dossier="7654321"), []),
        (Wanted(event="sign_in"), [20, 10]),
        (Wanted(event="sign_in", outcome="ok"), [20]),
        (Wanted(client_id="=app"), [30]),
        (Wanted(actor="a-2"), [30]),
        (Wanted(reference="r-1"), [20]),
        (Wanted(since=20, until=30), [20]),
    ],
)
def test_what_fits(acts: AuditActs, wanted: Wanted, expected: list[int]) -> None:
    """Every filter that is set must fit; the newest comes first."""
    assert expected == times(acts, wanted)


def test_an_administrator_is_found_by_login(store: Store, acts: AuditActs) -> None:
    """However it is written; the record itself knows the account."""
    with store.begin() as unit:
        unit.administrators.add(account_id="a-2", subject="s-2", login="anne@example.org", name="Anne", roles=[], now=1)
    assert [30] == times(acts, Wanted(actor="Anne@example.org"))
    assert [] == times(acts, Wanted(actor="nobody@example.org"))


def test_who_a_filter_does_not_know(acts: AuditActs, store: Store) -> None:
    """A number, an id or a login of nobody is told, with those who may be meant; what is on record is known."""
    with store.begin() as unit:
        unit.clients.add(Client("cap-retraite", "Cap Retraite"), 1)
        unit.administrators.add(
            account_id="a-3", subject="s", login="marie@fund.example", name="Marie Roy", roles=[], now=1
        )
    cap, marie = Meant("cap-retraite", "Cap Retraite"), Meant("marie@fund.example", "Marie Roy")
    for typed in ("CAP", "Cap Retraite", "retraite"):
        assert {"client_id": (cap,)} == acts.doubts(AUDITOR, Wanted(client_id=typed))
    for typed in ("marie", "marie@fund", "roy"):
        assert {"actor": (marie,)} == acts.doubts(AUDITOR, Wanted(actor=typed))
    assert {"dossier": (), "actor": ()} == acts.doubts(AUDITOR, Wanted(dossier="7654321", actor="paul@fund.example"))
    known = (Wanted(client_id="=app", actor="a-2"), Wanted(client_id="cap-retraite", actor="marie@fund.example"))
    assert [{}, {}, {}] == [acts.doubts(AUDITOR, one) for one in (*known, Wanted(dossier="1234567"))]


def test_pages_follow_each_other(acts: AuditActs) -> None:
    """Older events are found below the last one shown, and the last page says that it is."""
    first = acts.read(AUDITOR, Wanted(until=100), limit=2)
    second = acts.read(AUDITOR, Wanted(until=100), below=first.older, limit=2)
    assert ([30, 20], [10], None) == (
        [one.time for one in first.events],
        [one.time for one in second.events],
        second.older,
    )


def test_who_looked_is_on_record(acts: AuditActs) -> None:
    """A look at a member's events stands among them, with who, from where and what was asked."""
    acts.read(AUDITOR, Wanted(dossier="1234567", event="sign_in"))
    (look,) = [one for one in acts.read(AUDITOR, Wanted(dossier="1234567")).events if one.event == "audit_read"]
    assert ("192.0.2.1", "r-9") == (look.network, look.reference)
    assert {"asked_event": "sign_in", "count": 2, "actor": "a-1", "door": "console"} == look.details


def test_a_file_for_spreadsheets(acts: AuditActs) -> None:
    """CSV has a head, one line an event, and no cell that a spreadsheet would calculate."""
    rows = list(csv.DictReader(io.StringIO("".join(acts.export(AUDITOR, Wanted(until=100), "csv")))))
    assert (list(COLUMNS), ["'=app", "", ""]) == (list(rows[0]), [row["client_id"] for row in rows])


def test_a_file_for_french_spreadsheets(acts: AuditActs, store: Store) -> None:
    """They begin a cell at each semicolon, and would calculate what stands behind one that somebody has typed."""
    with store.begin() as unit:
        unit.audit.add(AuditEvent(time=40, event="member_reset", details={"reason": "essai;=1+1;é"}))
    text = "".join(acts.export(AUDITOR, Wanted(event="member_reset"), "csv"))
    assert ";" not in text
    (row,) = csv.DictReader(io.StringIO(text))
    assert {"reason": "essai;=1+1;é"} == json.loads(row["details"])


def test_a_file_for_programs(acts: AuditActs) -> None:
    """JSON lines keep every value as it is."""
    lines = [json.loads(line) for line in acts.export(AUDITOR, Wanted(event="code_reused"), "jsonl")]
    assert [("=app", {"actor": "a-2"})] == [(one["client_id"], one["details"]) for one in lines]


def test_the_file_is_on_record_before_its_first_line(acts: AuditActs) -> None:
    """Taking a copy away is recorded even if nobody reads it to the end."""
    acts.export(AUDITOR, Wanted(), "csv")
    assert ["audit_exported"] == [one.event for one in acts.read(AUDITOR, Wanted(event="audit_exported")).events]


def test_the_chain_is_held_against_the_events(acts: AuditActs, store: Store) -> None:
    """A verification says what it found, and is on record."""
    CLOCK.forward(LONGEST + REST)
    AuditChain(store, b"k" * 32, CLOCK, 1000).seal()
    assert (3, ()) == (acts.verify(AUDITOR).events, acts.verify(AUDITOR).faults)
    assert ["ok", "ok"] == [one.outcome for one in acts.read(AUDITOR, Wanted(event="audit_verified")).events]


def test_only_an_auditor(acts: AuditActs) -> None:
    """No other role opens the record, and a refused look is none."""
    desk = replace(AUDITOR, roles=frozenset({Role.MEMBERS, Role.CLIENTS, Role.SECURITY}))
    for act in (
        lambda: acts.read(desk, Wanted()),
        lambda: acts.export(desk, Wanted(), "csv"),
        lambda: acts.verify(desk),
    ):
        with pytest.raises(ForbiddenError):
            act()
    assert [] == [one for one in acts.read(AUDITOR, Wanted()).events if one.event.startswith("audit")]
