"""The rows of cases, on every database."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from federation import cases, links
from federation.cases import Case

CASE = Case("id-1", "https://issuer.test", "sub-1", "several_alike", b"sealed", ("a", "b"), 100, 100)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with the tables."""
    made = create_engine(database_url, poolclass=NullPool)
    links.metadata.create_all(made)
    yield made
    made.dispose()


def test_round_trip(engine: Engine) -> None:
    """What is added is found by its id, its person and in the queue."""
    with Session(engine) as session, session.begin():
        cases.add(session, CASE)
    with Session(engine) as session:
        assert CASE == cases.get(session, CASE.id)
        assert [CASE] == list(cases.of_person(session, CASE.issuer, CASE.sub))
        assert [CASE] == list(cases.queue(session, CASE.issuer, decided=False, limit=10))
        assert [] == list(cases.queue(session, "https://other.test", decided=True, limit=10))
        assert cases.get(session, "id-2") is None


def test_one_open(engine: Engine) -> None:
    """The database itself refuses a second open case of a person; decided ones may be many."""
    with Session(engine) as session, session.begin():
        cases.add(session, CASE)
        assert cases.move(session, CASE.id, "open", "refused", decided_at=200)
        cases.add(session, replace(CASE, id="id-2"))
    with pytest.raises(IntegrityError), Session(engine) as session, session.begin():
        cases.add(session, replace(CASE, id="id-3"))


def test_decided_once(engine: Engine) -> None:
    """Of two that decide, the second finds it changed."""
    with Session(engine) as session, session.begin():
        cases.add(session, CASE)
        moved = [cases.move(session, CASE.id, "open", status) for status in ("linked", "refused")]
    assert [True, False] == moved
