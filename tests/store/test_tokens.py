"""Tokens: what keeps them alive, single use, budgets; on both databases."""

from dataclasses import replace

import pytest

from idp.store.db import Store, once
from idp.store.tokens import AccessToken, RefreshToken
from tests.support.records import with_grant
from tests.support.statements import counted
from tests.support.threads import at_once

ACCESS = AccessToken("access", "grant", "espace", ("openid",), ("https://api.example",), None, 1000, 2000)
REFRESH = RefreshToken("refresh", "grant", "espace", 1000, 2000, 3000)


@pytest.fixture
def tokens(store: Store) -> Store:
    """A store with a grant, its access token and its refresh token."""
    with_grant(store)
    with store.begin() as unit:
        unit.tokens.insert_access(ACCESS)
        unit.tokens.insert_refresh(REFRESH)
    return store


def test_an_access_token_is_read_with_its_roots_in_one_statement(tokens: Store) -> None:
    """Userinfo's budget: token, grant and account cost one read."""
    with counted(tokens.engine) as statements, tokens.reading() as unit:
        found = unit.tokens.find_access("access")
    assert found is not None
    assert found.grant is not None
    assert found.account is not None
    assert (found.token, found.grant.id, found.account.id) == (ACCESS, "grant", "account")
    assert len(statements) == 1


def test_how_many_signed_ones_are_alive(tokens: Store) -> None:
    """Those for a named resource, while they last and are not revoked."""
    with tokens.begin() as unit:
        unit.tokens.insert_access(replace(ACCESS, digest="opaque", audience=()))
        unit.tokens.insert_access(replace(ACCESS, digest="revoked", revoked_at=1500))
        assert [1, 0] == [unit.tokens.signed_alive(now) for now in (1999, 2000)]


def test_a_token_without_a_grant_lives_on_its_own(store: Store) -> None:
    """Client credentials have no member: only the token's own life counts."""
    with store.begin() as unit:
        unit.tokens.insert_access(replace(ACCESS, grant_id=None))
    with store.reading() as unit:
        found = unit.tokens.find_access("access")
    assert found is not None
    assert (found.grant, found.account) == (None, None)
    assert [found.live(1999), found.live(2000)] == [True, False]


@pytest.mark.parametrize("end", ["token", "grant", "status", "epoch"])
def test_an_access_token_dies_with_any_of_its_roots(tokens: Store, end: str) -> None:
    """Revocation of the token or grant, another status, or a password change each end it."""
    with tokens.begin() as unit:
        {
            "token": lambda: unit.tokens.revoke_access("access", 1100),
            "grant": lambda: unit.grants.revoke("grant", "logout", 1100),
            "status": lambda: unit.accounts.hold_status("account", "deceased", "other", 1100),
            "epoch": lambda: unit.accounts.bump_epoch("account", 1100),
        }[end]()
    with tokens.reading() as unit:
        found = unit.tokens.find_access("access")
    assert found is not None
    assert not found.live(1200)


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
            assert unit.tokens.revoke_refresh("refresh", 1050)
        if end == "grant":
            assert unit.grants.revoke("grant", "logout", 1050)
    with tokens.begin() as unit:
        assert not unit.tokens.touch_refresh("refresh", 9999, now)
        assert not unit.tokens.spend_refresh("refresh", now)


def test_a_kept_refresh_token_is_prolonged_by_use(tokens: Store) -> None:
    """A confidential client's token moves its idle limit and stays the same (D7)."""
    with tokens.begin() as unit:
        assert unit.tokens.touch_refresh("refresh", 2500, 1900)
        found = unit.tokens.find_refresh("refresh")
    assert found is not None
    assert found.live(2400)


def test_expired_tokens_are_purged(tokens: Store) -> None:
    """Access and refresh tokens go once they can no longer be used, and not before."""
    with tokens.begin() as unit:
        assert [unit.tokens.purge(1999), unit.tokens.purge(2000), unit.tokens.purge(3000)] == [0, 1, 1]
