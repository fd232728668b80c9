"""A month of use, day by day: every table that grows comes back to what is alive, on both databases."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine, Table, select

from federation.links import metadata as federation_metadata
from idp.store.personal_records import PersonalRecords
from idp.store.tables import Base
from tests.support.ageing import count, fill
from tests.support.provider import Provider, copied_provider, running

DAY: Final = 86400
MONTH: Final = 30
EACH: Final = 40
"""Rows of each table that a day adds."""

Row = Callable[[str, int], Mapping[str, Any]]

SHORT: Final[Mapping[str, Row]] = {
    "grants": lambda name, now: {"id": name, "code_digest": name, "expires_at": now + 3600, "claims": {}},
    "refresh_tokens": lambda name, now: {"digest": name, "grant_id": name, "expires_at": now + 3600},
    "spent": lambda name, now: {"purpose": "jti", "digest": name, "expires_at": now + 300},
    "key_values": lambda name, now: {"key": name, "expires_at": now + 1800},
    "initial_tokens": lambda name, now: {"digest": name, "expires_at": now + 3600},
}
"""Tables whose rows are of no use once they are over."""
KEPT: Final[Mapping[str, Row]] = {
    "outbox": lambda name, now: {"id": name, "key": name, "done_at": now, "payload": {}},
    "provisionals": lambda name, now: {"id": name, "expires_at": now + 3600},
    "letters": lambda name, now: {"id": name, "provisional_id": name, "created_at": now, "printed_at": now},
    "email_proofs": lambda name, now: {"digest": name, "expires_at": now + 3600},
    "proposals": lambda name, now: {"id": name, "expires_at": now + 3600, "status": "refused"},
    "sign_ins": lambda name, now: {"id": name, "handle": name, "started_at": now},
    "client_days": lambda name, now: {"client_id": "espace", "day": now // DAY, "aspect": name},
    "key_readers": lambda name, now: {"client_id": "espace", "address": name, "called_at": now},
    "audit": lambda name, now: {"event": "sign_in", "time": now, "outcome": name[:4], "details": {}},
}
"""Tables whose rows say for a while what was."""
STAYS: Final = {
    "accounts": "the dossiers",
    "administrator_identities": "one an administrator",
    "administrators": "the staff",
    "audit_seals": "one a minute at most, without what it sealed: the chain is never cut",
    "authenticators": "a few a member",
    "client_logos": "one an application",
    "client_versions": "one an act of an administrator; gone with the application",
    "clients": "the applications; unused ones that registered by themselves go, see the registrar's tests",
    "configurations": "the newest hundred",
    "consents": "one a member and application",
    "federation_cases": "one a person and case; the identity in it is wiped, see the desk's tests",
    "federation_links": "one a person and dossier",
    "house_secrets": "one",
    "imports": "one an import under way",
    "key_value_eras": "four an outage of Redis",
    "keys": "the ring; dropped by its own chore",
    "member_names": "the names of the dossiers",
    "recovery_codes": "ten a member",
    "registrations": "one an application",
    "size_samples": "a row a day and table, for four hundred days",
    "upstream_pauses": "one an upstream",
}
"""Tables that do not grow by use, or whose housekeeping is told of elsewhere."""


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    """A provider, on each kind of database."""
    with running(copied_provider(tmp_path, request.param)) as made:
        yield made


def tables() -> dict[str, Table]:
    """Return every table of the house."""
    return {**Base.metadata.tables, **federation_metadata.tables}


def a_day(engine: Engine, day: int, now: int) -> None:
    """Add what one day leaves."""
    with engine.connect() as connection:
        account = connection.execute(select(tables()["accounts"].c.id).limit(1)).scalar_one()
    for name, row in {**SHORT, **KEPT}.items():
        table = tables()[name]
        owner = {"account_id": account} if "account_id" in table.columns else {}
        fill(engine, table, [{**owner, **row(f"{day:03}-{number:03}", now)} for number in range(EACH)])


def housekeeping(house: Provider) -> None:
    """Let the worker work until it rests."""
    worker = house.application.worker
    while worker.turn() < 1:
        pass


def counts(engine: Engine, names: Mapping[str, Row]) -> dict[str, int]:
    """Return the number of rows of each of these tables."""
    return {name: count(engine, tables()[name]) for name in names}


def test_every_table_has_its_place() -> None:
    """A table that is added says what takes its rows away, or why none needs to be."""
    assert not (SHORT.keys() | KEPT.keys()) & STAYS.keys()
    assert SHORT.keys() | KEPT.keys() | STAYS.keys() == tables().keys()


def test_after_a_month_only_what_is_alive_is_left(house: Provider) -> None:
    """What is over is gone the next day; what is kept for a while goes after it; what is alive stays."""
    engine, clock = house.application.engine, house.clock
    for day in range(MONTH):
        a_day(engine, day, clock.now)
        housekeeping(house)
        assert dict.fromkeys(SHORT, EACH) == counts(engine, SHORT), day
        clock.forward(DAY)
    assert {EACH * MONTH} == set(counts(engine, KEPT).values())
    for seconds in (2 * 366 * DAY, 3600):  # an event goes once it is sealed, so those of the last day the time after
        clock.forward(seconds)
        housekeeping(house)
    a_day(engine, MONTH, clock.now)
    housekeeping(house)
    assert dict.fromkeys({**SHORT, **KEPT}, EACH) == counts(engine, {**SHORT, **KEPT})


def test_what_the_outbox_kept_of_a_member_goes_after_a_month(house: Provider) -> None:
    """What left and what was given up; nothing of it is in the copy any more, nor on the member's page."""
    store, now = house.application.store, house.clock.now
    mine = {"account_id": "member", "template": "linked"}
    with store.begin() as unit:
        for task in ("left", "over"):
            unit.outbox.add("mail", task, mine, task_id=task, now=now)
        unit.outbox.done("left", now, mine)
        unit.outbox.abandon("over", "unusable_address", now, mine)

    def left() -> list[int]:
        housekeeping(house)
        with store.reading() as unit:
            records, page = PersonalRecords(unit.session).read("member"), unit.deliveries.messages("member", 9)
        return [len(records["messages"]), len(page)]

    house.clock.forward(MONTH * DAY)
    assert [2, 2] == left()
    house.clock.forward(300)
    assert [0, 0] == left()
