"""The rows of links, on every database."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from federation import links
from federation.links import Link
from idp.upstream_sql import executed

LINK = Link("id-1", "https://issuer.test", "sub-1", "account-1", 100, "auto", {"birth_name": "same"})


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with the table."""
    made = create_engine(database_url, poolclass=NullPool)
    links.metadata.create_all(made)
    yield made
    made.dispose()


def test_round_trip(engine: Engine) -> None:
    """What is added is found by person, by account and in the history."""
    with Session(engine) as session, session.begin():
        links.add(session, LINK)
    with Session(engine) as session:
        assert (LINK,) == links.of_person(session, LINK.issuer, LINK.sub)
        assert {"account-1": LINK} == links.of_accounts(session, LINK.issuer, ["account-1", "account-2"])
        assert (LINK,) == links.history(session, "account-1")
        assert () == links.of_person(session, "https://other.test", LINK.sub)
        assert {} == links.of_accounts(session, LINK.issuer, [])


def test_one_in_force(engine: Engine) -> None:
    """The database itself refuses a second link in force for a dossier and an issuer."""
    with Session(engine) as session, session.begin():
        links.add(session, LINK)
    with pytest.raises(IntegrityError), Session(engine) as session, session.begin():
        links.add(session, replace(LINK, id="id-2", sub="sub-2"))
    with Session(engine) as session, session.begin():
        links.add(session, replace(LINK, id="id-3", issuer="https://other.test"))


def test_ended_once_and_kept(engine: Engine) -> None:
    """An ended link stays as history, any number of them in one second, and ends once."""
    for number in range(3):
        with Session(engine) as session, session.begin():
            links.add(session, replace(LINK, id=f"id-{number}"))
            assert links.end(session, f"id-{number}", now=200, reason="replaced_by_proof")
            assert not links.end(session, f"id-{number}", now=300, reason="again")
    with Session(engine) as session:
        assert [200, 200, 200] == [link.ended_at for link in links.history(session, "account-1")]
        assert () == links.of_person(session, LINK.issuer, LINK.sub)


def test_all_that_a_sign_in_asks_at_once(engine: Engine) -> None:
    """The same as asked one by one: the person's own, who has the accounts, and those that were let go."""
    ended: dict[str, Any] = {"ended_at": 200, "ended_reason": "member"}
    rows = [
        replace(LINK, id="1"),
        replace(LINK, id="2", account_id="account-2", **ended),
        replace(LINK, id="3", account_id="account-2", sub="other", linked_at=150),
        replace(LINK, id="4", account_id="account-3", **ended),
        replace(LINK, id="5", account_id="account-4", ended_at=200, ended_reason=links.REPLACED),
        replace(LINK, id="6", account_id="account-5", issuer="https://other.test"),
        replace(LINK, id="7", account_id="account-6", sub="other", linked_at=100, **ended),
        replace(LINK, id="8", account_id="account-6", sub="other", linked_at=100, ended_at=300, ended_reason="desk"),
        replace(LINK, id="9", account_id="account-7"),
    ]
    with Session(engine) as session, session.begin():
        for row in rows:
            links.add(session, row)
    with Session(engine) as session:
        for asked in (["account-1"], [f"account-{number}" for number in range(1, 7)], []):
            known = links.known(executed, session, LINK.issuer, LINK.sub, asked)
            assert known.own == links.of_person(session, LINK.issuer, LINK.sub)
            assert known.taken == links.of_accounts(session, LINK.issuer, asked)
            assert known.held_back == links.held_back(session, LINK.issuer, asked)
    assert ("1", "9") == tuple(link.id for link in known.own)
