"""Tokens: what keeps them alive, single use, budgets; on both databases."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from idp.protocol.client import Client
from idp.store.db import Store, once
from idp.store.errors import Missed
from idp.store.house_secrets import TOKENS
from idp.store.tokens import REFRESH as REFRESH_ROWS
from idp.store.tokens import RefreshToken
from tests.support.records import with_grant
from tests.support.statements import counted
from tests.support.threads import at_once

CLIENT = Client(client_id="espace", name="Espace")
REFRESH = RefreshToken("refresh", "grant", "espace", 1000, 2000, 3000)


@pytest.fixture
def tokens(store: Store) -> Store:
    """A store with a grant, its client and its refresh token."""
    with_grant(store)
    with store.begin() as unit:
        unit.clients.add(CLIENT, 500)
        unit.tokens.insert_refresh(REFRESH)
    return store


def test_roots_are_read_in_one_statement(tokens: Store) -> None:
    """Userinfo's budget: grant, account and client cost one read."""
    with counted(tokens.engine) as statements, tokens.reading() as unit:
        found = unit.tokens.roots("grant")
    assert found is not None
    assert ("grant", "account", True) == (found.grant.id, found.account.id, found.enabled)
    assert found.alive(1200)
    assert len(statements) == 1


@pytest.mark.parametrize("end", ["grant", "status", "epoch", "client", "no client"])
def test_access_tokens_die_with_any_of_their_roots(tokens: Store, end: str) -> None:
    """Revocation of the grant, another status, a password change, a client disabled or deleted: each ends them."""
    with tokens.begin() as unit:
        ends: dict[str, Callable[[], object]] = {
            "grant": lambda: unit.grants.revoke("grant", "logout", 1100),
            "status": lambda: unit.accounts.hold_status("account", "deceased", "other", 1100),
            "epoch": lambda: unit.accounts.bump_epoch("account", 1100),
            "client": lambda: unit.clients.upsert(replace(CLIENT, enabled=False), 1100),
            "no client": lambda: unit.clients.remove("espace"),
        }
        ends[end]()
    with tokens.reading() as unit:
        roots, refresh = unit.tokens.roots("grant"), unit.tokens.find_refresh("refresh")
    assert roots is None or not roots.alive(1200)
    assert refresh is None or not (refresh.enabled and refresh.live(1200))


def test_the_number_of_the_secret_comes_with_the_same_statement(tokens: Store) -> None:
    """0 until there is one of the tokens' own; then that of the last one, for members' and for programs' tokens."""

    def told() -> tuple[int | None, int | None]:
        with tokens.reading() as unit:
            client = unit.clients.get("espace")
            assert client is not None
        with counted(tokens.engine) as statements, tokens.reading() as unit:
            roots = unit.tokens.roots("grant")
            own = unit.tokens.own_secret("espace", client.token_epoch, "revoked", "digest")
        assert 2 == len(statements)
        return None if roots is None else roots.secret, own

    numbers = [told()]
    for _ in range(2):
        with tokens.begin() as unit:
            unit.house_secrets.succeed(TOKENS, b"sealed")
        numbers.append(told())
    assert [(0, 0), (1, 1), (2, 2)] == numbers


def test_a_client_s_own_tokens_end_together_or_one_by_one(tokens: Store) -> None:
    """Of another epoch, revoked, of a client that is disabled, or of one that had the id before: dead."""

    def epoch() -> int:
        with tokens.reading() as unit:
            found = unit.clients.get("espace")
        assert found is not None
        return found.token_epoch

    def alive(epoch: int, digest: str = "digest", client_id: str = "espace") -> bool:
        with tokens.reading() as unit:
            return unit.tokens.own_secret(client_id, epoch, "revoked", digest) is not None

    first = epoch()
    assert [True, False] == [alive(first), alive(first, client_id="nobody")]
    with tokens.begin() as unit:
        unit.clients.end_own_tokens("espace")
        unit.spent.claim("revoked", "one", 9000)
    assert [False, True, False] == [alive(first), alive(epoch()), alive(epoch(), "one")]
    with tokens.begin() as unit:
        unit.clients.upsert(replace(CLIENT, enabled=False), 1200)
    assert not alive(epoch())
    with tokens.begin() as unit:
        unit.clients.remove("espace")
        unit.clients.add(CLIENT, 1200)
    assert [False, False, True] == [alive(first), alive(first + 1), alive(epoch())]


def test_fifty_uses_of_one_refresh_token_spend_it_once(tokens: Store) -> None:
    """However many requests spend a refresh token at once, one wins (Hydra #3604)."""

    def spend(_number: int) -> bool:
        def work() -> bool:
            with tokens.begin() as unit:
                return unit.tokens.spend_refresh("refresh", 1100)

        return once(work, attempts=10)

    assert sum(at_once(50, spend)) == 1


def test_a_spent_refresh_token_is_still_known(tokens: Store) -> None:
    """A reuse must be recognised, so the row stays and says when it was spent."""
    with tokens.begin() as unit:
        assert [token.digest for token in unit.tokens.live_refreshes("grant", 1100)] == ["refresh"]
        assert unit.tokens.spend_refresh("refresh", 1100)
        found = unit.tokens.find_refresh("refresh")
        assert not unit.tokens.live_refreshes("grant", 1100)
    assert found is not None
    assert found.token.spent_at == 1100
    assert not found.live(1100)


@pytest.mark.parametrize("end", ["idle", "expired", "revoked", "grant"])
def test_a_dead_refresh_token_cannot_be_spent_or_prolonged(tokens: Store, end: str) -> None:
    """Idle, expired, revoked, or of a revoked grant: the conditional UPDATE touches nothing."""
    now = {"idle": 2000, "expired": 3000}.get(end, 1100)
    with tokens.begin() as unit:
        if end == "revoked":
            unit.session.execute(update(REFRESH_ROWS).values(revoked_at=1050))
        if end == "grant":
            assert unit.grants.revoke("grant", "logout", 1050)
    with pytest.raises(Missed), tokens.begin() as unit:
        unit.tokens.keep_refresh("refresh", 9999, now)
    with tokens.begin() as unit:
        assert not unit.tokens.spend_refresh("refresh", now)


def test_a_kept_refresh_token_is_prolonged_by_use(tokens: Store) -> None:
    """A confidential client's token moves its idle limit and stays the same (D7)."""
    with tokens.begin() as unit:
        unit.tokens.keep_refresh("refresh", 2500, 1900)
        found = unit.tokens.find_refresh("refresh")
    assert found is not None
    assert found.live(2400)


def test_expired_tokens_are_purged(tokens: Store) -> None:
    """They go once their family is over, and not before: a spent one tells a reuse."""
    with tokens.begin() as unit:
        assert [0, 1, 0] == [unit.tokens.purge(now) for now in (2999, 3000, 3000)]
