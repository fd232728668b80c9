"""What one answer may cost: statements, calls of the key-value store, signatures. The budgets of the architecture."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from idp.store.kv import SqlKeyValue
from keys import jws
from keys.purposes import Purpose
from tests.support.cast import PASSWORD
from tests.support.faults import FaultyKeyValue
from tests.support.ports import MemoryKeyValue
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty, front
from tests.support.staff import CHOSEN
from tests.support.statements import counted
from tests.support.stores import Clock


@dataclass
class Cost:
    """What was spent: the first word of each statement, transactions that wrote, calls of the key-value store.

    Of the `commits`, `waits` waited for the disk. `signed` is the purpose of each signature.
    """

    statements: list[str] = field(default_factory=list)
    commits: int = 0
    waits: int = 0
    calls: int = 0
    signed: list[str] = field(default_factory=list)


@dataclass
class Counting:
    """A provider whose key-value store is counted."""

    provider: Provider
    store: FaultyKeyValue

    @contextmanager
    def cost(self) -> Iterator[Cost]:
        """Count what the block spends; statements that only read do not count as transactions."""
        engine, cost = self.provider.application.engine, Cost()

        def committed(connection: Connection) -> None:
            cost.commits += 1
            cost.waits += not connection.get_execution_options().get("idp_may_vanish", False)

        def signing(ring: Any, purpose: Purpose, *rest: Any, **options: Any) -> str:
            cost.signed.append(purpose.name)
            return sign(ring, purpose, *rest, **options)

        sign = jws.sign
        self.store.reset(lambda _number: False)
        event.listen(engine, "commit", committed)
        try:
            with counted(engine) as statements, pytest.MonkeyPatch.context() as patch:
                patch.setattr(jws, "sign", signing)
                yield cost
        finally:
            event.remove(engine, "commit", committed)
            cost.statements = [text.split()[0] for text in statements]
            cost.calls = self.store.calls


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Counting]:
    """A provider whose key-value store is apart from its database, as with Redis."""
    with running(copied_provider(tmp_path)) as provider:
        memory = MemoryKeyValue(Clock(provider.clock.now))
        store = FaultyKeyValue(memory)
        assert isinstance(provider.application.kv, SqlKeyValue)
        provider.application.__dict__["kv"] = store
        yield Counting(provider, store)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Counting]:
    """A provider as it starts by default: the key-value store is in the database, on one SQLite file."""
    with running(copied_provider(tmp_path)) as provider:
        store = FaultyKeyValue(provider.application.kv)
        provider.application.__dict__["kv"] = store
        yield Counting(provider, store)


def test_authorize_with_a_session(counting: Counting) -> None:
    """One session read, one statement, two writes to the key-value store at most: the code, and the session's use."""
    espace, browser = RelyingParty(counting.provider), counting.provider.browser()
    espace.sign_in(browser)
    with counting.cost() as cost:
        assert "code" in browser.get(espace.authorize_url()).query
    assert (["SELECT"], 0, 2) == (cost.statements, cost.commits, cost.calls)
    assert [] == cost.signed


@pytest.mark.parametrize(
    ("response_type", "statements", "commits", "calls"),
    [
        ("id_token", ["SELECT"] * 3, 0, 1),
        ("code id_token", ["SELECT"] * 3, 0, 2),
        ("id_token token", ["SELECT"] * 4 + ["INSERT"], 1, 1),
        ("code token", ["SELECT"] * 4 + ["INSERT"], 1, 2),
        ("code id_token token", ["SELECT"] * 4 + ["INSERT"], 1, 2),
    ],
)
def test_authorize_with_tokens_in_the_answer(
    counting: Counting, response_type: str, statements: list[str], commits: int, calls: int
) -> None:
    """One session read, a code write and a transaction where the answer needs them, one signature for an ID token."""
    espace, browser = front(counting.provider), counting.provider.browser()
    espace.sign_in(browser)
    with counting.cost() as cost:
        assert "state" in browser.get(espace.authorize_url(response_type=response_type)).answer
    assert (statements, commits, calls) == (sorted(cost.statements, reverse=True), cost.commits, cost.calls)
    assert ["ID_TOKEN"] * ("id_token" in response_type) == cost.signed


def test_redeeming_a_code_after_a_token_in_the_answer(counting: Counting) -> None:
    """One statement more than for a plain code: the row that is there already is taken."""
    espace, browser = front(counting.provider), counting.provider.browser()
    espace.tokens(espace.sign_in(browser))
    code = browser.get(espace.authorize_url(response_type="code token")).answer["code"]
    with counting.cost() as cost:
        assert 200 == espace.redeem(code).status_code
    assert (1, 1) == (cost.commits, cost.calls)
    assert len(cost.statements) <= 5


def test_redeeming_a_code(counting: Counting) -> None:
    """One read of the code, one transaction."""
    espace, browser = RelyingParty(counting.provider), counting.provider.browser()
    espace.tokens(espace.sign_in(browser))
    code = browser.get(espace.authorize_url()).query["code"]
    with counting.cost() as cost:
        assert 200 == espace.redeem(code).status_code
    assert (1, 1) == (cost.commits, cost.calls)
    assert ["SELECT", "INSERT", "SELECT"] == cost.statements
    assert ["ID_TOKEN"] == cost.signed


def test_a_pushed_request(counting: Counting) -> None:
    """The push is one call of the key-value store, its use one more than without; no statement and no signature."""
    espace, browser = RelyingParty(counting.provider), counting.provider.browser()
    espace.sign_in(browser)
    espace.push()
    with counting.cost() as push:
        assert 201 == (pushed := espace.push()).status_code
    assert ([], 0, 1, []) == (push.statements, push.commits, push.calls, push.signed)
    with counting.cost() as use:
        assert "code" in browser.get(espace.pushed_url(pushed.get_json()["request_uri"])).query
    assert (["SELECT"], 0, 3, []) == (use.statements, use.commits, use.calls, use.signed)


def test_the_sign_in_page_of_a_pushed_request(counting: Counting) -> None:
    """One read more than for any other: nothing is written for a request that waits in its place."""
    espace, costs = RelyingParty(counting.provider), []
    counting.provider.browser().get(espace.authorize_url())
    for url in (espace.authorize_url(), espace.pushed_url()):
        with counting.cost() as cost:
            assert 200 == counting.provider.browser().get(url).status
        assert ([], 0) == (cost.statements, cost.commits)
        costs.append(cost.calls)
    assert costs[1] == costs[0] + 1


def test_refreshing(counting: Counting) -> None:
    """One transaction, and no call of the key-value store."""
    espace = RelyingParty(counting.provider)
    issued = espace.tokens(espace.sign_in(counting.provider.browser(), scope="openid offline_access"))
    with counting.cost() as cost:
        assert 200 == espace.refresh(issued["refresh_token"]).status_code
    assert (1, 0) == (cost.commits, cost.calls)
    assert ["SELECT", "UPDATE"] == cost.statements


def test_userinfo(counting: Counting) -> None:
    """One statement: the grant with its account and client."""
    espace = RelyingParty(counting.provider)
    issued = espace.tokens(espace.sign_in(counting.provider.browser()))
    with counting.cost() as cost:
        assert 200 == espace.userinfo(issued["access_token"]).status_code
    assert (["SELECT"], 0, 0) == (cost.statements, cost.commits, cost.calls)
    assert [] == cost.signed


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/healthz"])
def test_documents_come_from_memory(counting: Counting, path: str) -> None:
    """Discovery, keys and liveness read nothing."""
    browser = counting.provider.browser()
    browser.raw("GET", path)
    with counting.cost() as cost:
        assert 200 == browser.raw("GET", path).status_code
    assert ([], 0, 0) == (cost.statements, cost.commits, cost.calls)


def test_the_sign_in_page(counting: Counting) -> None:
    """To show the page costs no write to the database."""
    espace, browser = RelyingParty(counting.provider), counting.provider.browser()
    browser.get(espace.authorize_url())
    with counting.cost() as cost:
        assert 200 == browser.get(espace.authorize_url()).status
    assert ([], 0) == (cost.statements, cost.commits)
    assert cost.calls <= 3


def test_a_password_sign_in(counting: Counting) -> None:
    """From the form to the code: one write transaction, with the session's row, audit line and notice."""
    espace, browser = RelyingParty(counting.provider), counting.provider.browser()
    espace.sign_in(counting.provider.browser())  # what is read once in ten minutes is read
    page = browser.get(espace.authorize_url())
    with counting.cost() as cost:
        assert "code" in browser.sign_in(page).query
    assert (1, 9) == (cost.commits, cost.calls)
    assert len(cost.statements) <= 8


def test_a_sign_in_that_goes_on_from_a_session(counting: Counting) -> None:
    """One call more than for the first: the old record is read with others, and leaves under which it goes on."""
    espace, browser = RelyingParty(counting.provider), counting.provider.browser()
    espace.sign_in(browser)
    page = browser.get(espace.authorize_url(prompt="login"))
    with counting.cost() as cost:
        assert "code" in browser.sign_in(page).query
    assert (1, 10) == (cost.commits, cost.calls)


def test_a_changed_password(counting: Counting) -> None:
    """The session goes on in one call that takes its record and says in which, and one that keeps the new one."""
    browser = counting.provider.browser()
    browser.sign_in(browser.get("/connexion"))
    page = browser.get("/compte/mot-de-passe")
    fields = {"present": PASSWORD, "password": CHOSEN, "confirmation": CHOSEN}
    with counting.cost() as cost:
        browser.submit(page, fields, "change-password", follow=False)
    assert (1, 7) == (cost.commits, cost.calls)


def test_a_password_sign_in_without_redis(embedded: Counting) -> None:
    """Each write of the key-value store is a transaction of its own; the audit line alone waits for the disk."""
    espace, browser = RelyingParty(embedded.provider), embedded.provider.browser()
    page = browser.get(espace.authorize_url())
    with embedded.cost() as cost:
        assert "code" in browser.sign_in(page).query
    assert 1 == cost.waits
    assert cost.commits <= 14
