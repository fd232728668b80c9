"""A statement that is run on the driver's own cursor is still SQLAlchemy's: types, transactions, errors, listeners."""

from typing import Any

import pytest
from sqlalchemy import bindparam, delete, exc, insert, select, update

from idp.store.clients import CLIENTS
from idp.store.db import Store, Unit
from idp.store.prepared import Prepared
from idp.store.spent import SPENT
from tests.support.statements import counted

FOUND = Prepared(select(CLIENTS.c.enabled, CLIENTS.c.metadata).where(CLIENTS.c.client_id == bindparam("wanted")))
ADDED = Prepared(insert(CLIENTS))
SPEND = Prepared(insert(SPENT))
ROW = {
    "client_id": "one",
    "name": "Un",
    "enabled": False,
    "secrets": [],
    "metadata": {"scopes": ["é", "ß"], "none": None},
    "tokens_since": 0,
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
