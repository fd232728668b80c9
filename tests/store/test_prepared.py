"""A statement that is run on the driver's own cursor is still SQLAlchemy's: types, transactions, errors, listeners."""

from contextlib import suppress
from dataclasses import replace
from traceback import format_exception
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, exc, insert, select, text, update

from federation import links
from idp.store.clients import CLIENTS
from idp.store.db import Store, Unit, once
from idp.store.errors import Missed
from idp.store.prepared import Prepared, rows
from idp.store.spent import SPENT
from idp.store.tokens import RefreshToken
from idp.upstream_sql import executed
from tests.support.records import PARTICULARS, with_grant
from tests.support.statements import counted
from tests.support.threads import at_once

FOUND = Prepared(select(CLIENTS.c.enabled, CLIENTS.c.metadata).where(CLIENTS.c.client_id == bindparam("wanted")))
ADDED = Prepared(insert(CLIENTS))
SPEND = Prepared(insert(SPENT))
PLAIN = text("INSERT INTO spent (purpose, digest, expires_at) VALUES (:purpose, :digest, :expires_at)")
ROW = {
    "client_id": "one",
    "name": "Un",
    "enabled": False,
    "secrets": [],
    "metadata": {"scopes": ["é", "ß"], "none": None},
    "token_epoch": 0,
    "version": 1,
    "created_at": 1,
    "updated_at": 2,
}


def test_values_are_converted_as_their_types_say(store: Store) -> None:
    """Booleans and JSON come back as they went in, on both databases."""
    with store.begin() as unit:
        assert 1 == ADDED.count(unit.session, **ROW)
    with store.reading() as unit:
        assert [False, ROW["metadata"]] == list(FOUND.first(unit.session, wanted="one") or ())
        assert [[False, ROW["metadata"]]] == [list(row) for row in FOUND.all(unit.session, wanted="one")]
        assert FOUND.first(unit.session, wanted="two") is None


def _add_and_fail(unit: Unit) -> None:
    ADDED.count(unit.session, **ROW)
    assert unit.clients.enabled("one") is False
    assert unit.clients.get("one") is not None
    raise KeyError


def _spend_twice(unit: Unit, values: dict[str, Any]) -> None:
    for _ in range(2):
        SPEND.count(unit.session, **values)


def test_it_belongs_to_the_transaction(store: Store) -> None:
    """What it wrote goes with the rest when the unit fails, and ordinary statements see it before that."""
    with pytest.raises(KeyError), store.begin() as unit:
        _add_and_fail(unit)
    with store.reading() as unit:
        assert unit.clients.get("one") is None


def test_a_reading_unit_refuses_to_write(store: Store) -> None:
    """As it does for ordinary statements, before anything reaches the database."""
    for statement in (SPEND, Prepared(update(SPENT).values(expires_at=1)), Prepared(delete(SPENT))):
        with store.reading() as unit, pytest.raises(RuntimeError, match="must not write"):
            statement.count(unit.session, purpose="p", digest="d", expires_at=1)


def test_errors_are_those_of_the_library(store: Store) -> None:
    """A broken rule is an integrity error without the values; the unit is lost, the next one is not."""
    values = {"purpose": "p", "digest": "secret-digest", "expires_at": 1}
    with pytest.raises(exc.IntegrityError) as caught, store.begin() as unit:
        _spend_twice(unit, values)
    assert caught.value.params is None
    with store.begin() as unit:
        assert 1 == SPEND.count(unit.session, **values)


def test_listeners_hear_it(store: Store) -> None:
    """What counts statements counts these too."""
    with counted(store.engine) as statements, store.reading() as unit:
        FOUND.first(unit.session, wanted="one")
    assert ["SELECT"] == [text.split()[0] for text in statements]


@pytest.mark.parametrize("count", [0, 1, 3, 500])
def test_links_are_asked_for_however_many_dossiers_may_be_the_persons(store: Store, count: int) -> None:
    """As one statement of a few that there are; what it says of them is what the library finds."""
    ids = [f"account-{number}" for number in range(3)]
    with store.begin() as unit:
        for one in ids:
            unit.accounts.upsert(replace(PARTICULARS, dossier=one), account_id=one, subject=one, now=1000)
    link = links.Link("1", "https://upstream.test", "sub", ids[0], 100, "auto", {"birth_name": "same"})
    others = [
        replace(link, id="2", sub="other", account_id=ids[1]),
        replace(link, id="3", sub="other", account_id=ids[2], ended_at=200, ended_reason="member"),
        replace(link, id="4", issuer="https://other.test", account_id=ids[1]),
    ]
    with store.begin() as unit:
        for each in (link, *others):
            links.add(unit.session, each)
    asked = (ids + [f"other-{number}" for number in range(500)])[:count]
    with store.reading() as unit, counted(store.engine) as statements:
        found = links.known(rows, unit.session, link.issuer, link.sub, asked)
    with store.reading() as unit:
        assert found == links.known(executed, unit.session, link.issuer, link.sub, asked)
    assert ((link,), 1) == (found.own, len(statements))


def test_a_text_that_depends_on_its_values_is_refused(store: Store) -> None:
    """A list of any length would need a text for each length."""
    some = Prepared(select(SPENT.c.digest).where(SPENT.c.digest.in_(bindparam("some", expanding=True))))
    with store.reading() as unit, pytest.raises(TypeError, match="depends on its values"):
        some.first(unit.session, some=["a"])


def test_the_driver_ends_no_statement_of_ours(store: Store) -> None:
    """A driver that prepares by itself drops every prepared statement of the connection after a rollback."""
    for _ in range(2):
        with store.reading() as unit:
            assert FOUND.first(unit.session, wanted="nobody") is None
        with store.engine.connect() as connection:
            for _ in range(8):
                connection.exec_driver_sql("SELECT 1").all()
            if store.engine.dialect.name == "postgresql":
                connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("ROLLBACK")


def test_a_table_that_changed_costs_a_try(on_postgresql: Store) -> None:
    """A migration beside us may change a column's type: what was prepared before is of no use, and is let go."""
    with on_postgresql.begin() as unit:
        ADDED.count(unit.session, **ROW)
        assert FOUND.first(unit.session, wanted="one") is not None
    with on_postgresql.engine.execution_options(idp_writes=True).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE clients ALTER COLUMN enabled TYPE integer USING enabled::integer")

    def work() -> bool:
        with on_postgresql.begin() as unit:
            return FOUND.first(unit.session, wanted="one") is not None

    assert once(work)


def test_a_transaction_left_open_is_nobody_elses(on_postgresql: Store) -> None:
    """A connection that comes back in the middle of one is closed, and what it wrote is gone."""
    lease = on_postgresql.engine.raw_connection()
    cursor = lease.cursor()
    cursor.execute("BEGIN")
    cursor.execute("INSERT INTO spent (purpose, digest, expires_at) VALUES ('p', 'left', 1)")
    lease.close()
    with on_postgresql.begin() as unit:
        SPEND.count(unit.session, purpose="p", digest="ours", expires_at=1)
    with on_postgresql.reading() as unit:
        assert [False, True] == [unit.spent.known("p", name) for name in ("left", "ours")]


def test_a_refresh_for_a_resource_and_a_revocation_take_turns(on_postgresql: Store) -> None:
    """Both lock the grant before its tokens: in another order each would wait for the other."""
    with_grant(on_postgresql)
    with on_postgresql.begin() as unit:
        unit.tokens.insert_refresh(RefreshToken("refresh", "grant", "espace", 1000, 2000, 3000))

    def refreshing(until: int) -> None:
        with suppress(Missed), on_postgresql.begin() as unit:
            unit.grants.signed("grant", until)
            unit.tokens.keep_refresh("refresh", until, 1100)

    def work(number: int) -> None:
        if number % 2:
            refreshing(2000 + number)
        else:
            with on_postgresql.begin() as unit:
                unit.grants.revoke("grant", "logout", 1100)

    at_once(20, work)


def _spending(name: str) -> dict[str, Any]:
    return {"purpose": "proof", "digest": name, "expires_at": 9}


def _names(store: Store) -> list[str]:
    with store.reading() as unit:
        return sorted(unit.session.scalars(select(SPENT.c.digest)))


def test_what_is_written_later_is_there_for_the_next_statement(store: Store) -> None:
    """In its order, whether the next one is ours or the library's."""
    with store.begin() as unit:
        SPEND.later(unit.session, **_spending("one"))
        assert unit.spent.known("proof", "one")
        SPEND.later(unit.session, **_spending("two"))
        assert 2 == len(unit.session.scalars(select(SPENT.c.digest)).all())
        SPEND.later(unit.session, **_spending("three"))
    assert ["one", "three", "two"] == _names(store)


@pytest.mark.parametrize("then", ["a statement", "the commit"])
def test_what_fails_later_undoes_everything(store: Store, then: str) -> None:
    """Its error comes with what follows it; nothing is half-written, and the connection goes on."""

    def work() -> None:
        with store.begin() as unit:
            assert unit.spent.claim("proof", "first", 9)
            for name in ("twice", "twice", "last"):
                SPEND.later(unit.session, **_spending(name))
            if then == "a statement":
                unit.spent.known("proof", "first")

    with pytest.raises(exc.IntegrityError):
        work()
    assert [] == _names(store)
    with store.begin() as unit:
        assert unit.spent.claim("proof", "again", 9)


def test_what_is_raised_before_it_was_sent_leaves_nothing(store: Store) -> None:
    """A statement that waits is forgotten with its unit, and no other unit on the connection sends it."""

    def work() -> None:
        with store.begin() as unit:
            SPEND.later(unit.session, **_spending("never"))
            raise ZeroDivisionError

    if store.engine.dialect.name != "postgresql":
        return
    with pytest.raises(ZeroDivisionError):
        work()
    with store.begin() as unit:
        assert unit.spent.claim("proof", "other", 9)
    assert ["other"] == _names(store)


def test_rows_that_had_to_be_touched(store: Store) -> None:
    """Where they were not, the unit says so."""
    moved = Prepared(update(SPENT).where(SPENT.c.digest == bindparam("wanted")).values(expires_at=99))
    with store.begin() as unit:
        SPEND.later(unit.session, must=1, **_spending("one"))
        moved.later(unit.session, must=1, wanted="one")

    def work() -> None:
        with store.begin() as unit:
            SPEND.later(unit.session, **_spending("before"))
            moved.later(unit.session, must=1, wanted="nobody")

    with pytest.raises(Missed):
        work()
    assert ["before", "one"] == _names(store)


def test_two_statements_in_one_exchange(store: Store) -> None:
    """The second sees what the first did; each tells its own."""
    known = Prepared(select(SPENT.c.expires_at).where(SPENT.c.digest == bindparam("wanted")))
    with store.begin() as unit:
        count, row = SPEND.count_then(unit.session, _spending("one"), known, {"wanted": "one"})
        assert (1, [9]) == (count, list(row or ()))
        assert (1, None) == SPEND.count_then(unit.session, _spending("two"), known, {"wanted": "nobody"})


def test_values_stay_those_of_who_gave_them(store: Store) -> None:
    """Work that is tried again gives the same ones, which must not have been converted already."""
    values = dict(ROW)
    with store.begin() as unit:
        ADDED.count_then(unit.session, values, FOUND, {"wanted": "one"})
    assert values == ROW


def test_an_error_names_the_statement_that_failed(on_postgresql: Store) -> None:
    """Not the one that it came with."""

    def work() -> None:
        with on_postgresql.begin() as unit:
            SPEND.later(unit.session, **_spending("twice"))
            SPEND.later(unit.session, **_spending("twice"))
            unit.spent.known("proof", "first")

    with pytest.raises(exc.IntegrityError) as caught:
        work()
    assert str(caught.value.statement).startswith("INSERT INTO spent")


@pytest.mark.parametrize("way", ["ours", "the library's"])
@pytest.mark.parametrize("fault", ["a key that is there", "nothing where something must be", "no number"])
def test_an_error_quotes_no_row(on_postgresql: Store, way: str, fault: str) -> None:
    """PostgreSQL's own details hold whole rows, and what it says of a type the value (N-152)."""
    row: dict[str, object] = {"purpose": "canary", "digest": "canary", "expires_at": 9}
    with on_postgresql.begin() as unit:
        SPEND.count(unit.session, **row)
    faults: dict[str, dict[str, object]] = {
        "a key that is there": {},
        "nothing where something must be": {"digest": "canary2", "expires_at": None},
        "no number": {"digest": "canary3", "expires_at": "canary"},
    }
    wrong = faults[fault]

    def work() -> None:
        with on_postgresql.begin() as unit:
            if way == "ours":
                SPEND.count(unit.session, **row | wrong)
            else:
                unit.session.execute(PLAIN, row | wrong)

    with pytest.raises(exc.DBAPIError) as caught:
        work()
    told = "".join(format_exception(caught.value))
    assert "spent" in told
    assert "canary" not in told


def test_a_reading_unit_queues_nothing(store: Store) -> None:
    """As it writes nothing, whatever the verb."""
    with store.reading() as unit:
        with pytest.raises(RuntimeError):
            SPEND.later(unit.session, **_spending("one"))
        with pytest.raises(RuntimeError):
            SPEND.count_then(unit.session, _spending("one"), FOUND, {"wanted": "one"})
    assert [] == _names(store)


def test_a_transaction_without_a_statement_never_begins(on_postgresql: Store) -> None:
    """PostgreSQL hears nothing of it."""
    with on_postgresql.begin() as unit:
        held = unit.session.direct()
    assert held.idle
    assert [] == _names(on_postgresql)


def test_one_statement_is_a_transaction_by_itself(on_postgresql: Store) -> None:
    """Nothing begins or ends around it: what the driver is asked for is that statement alone."""
    asked: list[bytes] = []

    class Heard:
        def __init__(self, libpq: Any) -> None:
            self._libpq = libpq

        def __getattr__(self, name: str) -> Any:
            asked.append(name.encode())
            return getattr(self._libpq, name)

    with on_postgresql.begin() as unit:
        SPEND.later(unit.session, must=1, **_spending("first"))
    with on_postgresql.begin() as unit:
        SPEND.later(unit.session, must=1, **_spending("alone"))
        held: Any = unit.session.direct()
        held._libpq = Heard(libpq := held._libpq)
    held._libpq = libpq
    assert {b"transaction_status", b"pipeline_status", b"exec_prepared"} == set(asked)
    assert ["alone", "first"] == _names(on_postgresql)


def test_one_statement_that_fails_or_touches_nothing(on_postgresql: Store) -> None:
    """As among others: an error leaves nothing, a missed row is told, and the connection goes on."""
    moved = Prepared(update(SPENT).where(SPENT.c.digest == bindparam("wanted")).values(expires_at=99))

    def twice() -> None:
        with on_postgresql.begin() as unit:
            SPEND.later(unit.session, **_spending("one"))

    def missed() -> None:
        with on_postgresql.begin() as unit:
            moved.later(unit.session, must=1, wanted="nobody")

    twice()
    with pytest.raises(exc.IntegrityError):
        twice()
    with pytest.raises(Missed):
        missed()
    with on_postgresql.begin() as unit:
        assert unit.spent.claim("proof", "other", 9)
    assert ["one", "other"] == _names(on_postgresql)
