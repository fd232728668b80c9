"""Single use of codes, and revocation, on both databases."""

from collections.abc import Callable

import pytest

from idp.protocol.client import Client
from idp.store.db import Store, Unit, once
from idp.store.errors import AlreadyRedeemed
from idp.store.tokens import RefreshToken
from tests.support.records import GRANT, with_account, with_grant
from tests.support.threads import at_once

ENDED = ("ended", "a session that is over")


def test_a_grant_comes_back_as_it_was(store: Store) -> None:
    """What the code stood for is found by id and by the code's digest."""
    with_grant(store)
    with store.reading() as unit:
        found = unit.grants.by_code_digest("code")
        assert found == unit.grants.by_id("grant")
    assert found is not None
    assert found.grant == GRANT


def test_fifty_redemptions_of_one_code_make_one_grant(store: Store) -> None:
    """However many requests redeem a code at once, exactly one gets through (V-38)."""
    with_account(store)

    def redeem(number: int) -> bool:
        def work() -> bool:
            try:
                with store.begin() as unit:
                    unit.grants.redeem(
                        "code",
                        GRANT,
                        grant_id=f"grant{number}",
                        account_epoch=0,
                        expires_at=9000,
                        now=1000,
                        ended=ENDED,
                    )
            except AlreadyRedeemed:
                return False
            return True

        return once(work, attempts=10)

    assert sum(at_once(50, redeem)) == 1


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("over", [False, True])
def test_a_redemption_sees_that_its_session_is_over(store: Store, *, early: bool, over: bool) -> None:
    """Of a session that ended since the sign-in, whether or not the code had a row."""
    if early:
        _early(store)
    else:
        with_account(store)
    with store.begin() as unit:
        unit.spent.mark(ENDED[0], ENDED[1] if over else "another", 9000)
    with store.begin() as unit:
        found = unit.grants.redeem(
            "code", GRANT, grant_id="new", account_epoch=0, expires_at=9000, now=1010, ended=ENDED
        )
    assert ("early" if early else "new", over) == found


def _redeem_and_fail(unit: Unit) -> None:
    unit.grants.redeem("code", GRANT, grant_id="one", account_epoch=0, expires_at=9000, now=1, ended=ENDED)
    raise LookupError


def test_a_unit_that_fails_leaves_the_code_unspent(store: Store) -> None:
    """A fault after redemption rolls the redemption back with it."""
    with_account(store)
    with pytest.raises(LookupError), store.begin() as unit:
        _redeem_and_fail(unit)
    with store.begin() as unit:
        unit.grants.redeem("code", GRANT, grant_id="two", account_epoch=0, expires_at=9000, now=1, ended=ENDED)


def test_a_reuse_can_be_punished_in_the_same_unit(store: Store) -> None:
    """The unit stays usable after `AlreadyRedeemed`: the grant is revoked there, its tokens with it."""
    with_grant(store)
    with store.begin() as unit:
        unit.clients.add(Client(client_id="espace", name="Espace"), 1)
        unit.tokens.insert_refresh(RefreshToken("refresh", "grant", "espace", 1000, 2000, 3000))
    with store.begin() as unit:
        with pytest.raises(AlreadyRedeemed):
            unit.grants.redeem("code", GRANT, grant_id="two", account_epoch=0, expires_at=9, now=1, ended=ENDED)
        assert unit.grants.revoke("grant", "code_reuse", 1100)
        assert not unit.grants.revoke("grant", "again", 1200)
    with store.reading() as unit:
        refresh = unit.tokens.find_refresh("refresh")
        grant = unit.grants.by_id("grant")
    assert refresh is not None
    assert grant is not None
    assert (grant.revoked_at, grant.revoked_reason) == (1100, "code_reuse")
    assert 1100 == refresh.token.revoked_at


def test_how_many_have_a_signed_token(store: Store) -> None:
    """While it lasts and the authorization is not revoked."""
    with_grant(store)
    with store.begin() as unit:
        unit.grants.signed("grant", 2000)
        assert [1, 0] == [unit.grants.signed_alive(now) for now in (1999, 2000)]
        unit.grants.revoke("grant", "logout", 1100)
        assert 0 == unit.grants.signed_alive(1999)


@pytest.mark.parametrize("by", ["account", "session", "pair", "client in session", "others"])
def test_grants_are_revoked_by_account_session_and_client(store: Store, by: str) -> None:
    """Each way revokes the live grants it names, once."""
    with_grant(store)
    with store.begin() as unit:
        grants = unit.grants
        revoke: Callable[[str], int] = {
            "account": lambda name: grants.revoke_for_account(name or "account", "r", 2),
            "session": lambda name: grants.revoke_for_session(name or "sid", "r", 2),
            "pair": lambda name: grants.revoke_for("account", name or "espace", "r", 2),
            "client in session": lambda name: grants.revoke_in_session("sid", name or "espace", "r", 2),
            "others": lambda name: grants.revoke_all_but("account", "sid" if name else "other", "r", 2),
        }[by]
        assert [revoke("other"), revoke(""), revoke("")] == [0, 1, 0]


def test_expired_grants_are_purged_in_batches_with_their_tokens(store: Store) -> None:
    """A purge takes no more than its limit, and only what is over."""
    with_account(store)
    with store.begin() as unit:
        for number, expires_at in enumerate((10, 20, 30, 99)):
            unit.grants.redeem(
                f"code{number}",
                GRANT,
                grant_id=f"g{number}",
                account_epoch=0,
                expires_at=expires_at,
                now=1,
                ended=ENDED,
            )
        unit.tokens.insert_refresh(RefreshToken("refresh", "g0", "espace", 1, 10, 10))
    with store.begin() as unit:
        assert [unit.grants.purge(30, limit=2), unit.grants.purge(30, limit=2)] == [2, 1]
        assert not unit.tokens.live_refreshes("g0", 1)
        assert unit.grants.by_id("g3") is not None


def _early(store: Store, code_digest: str | None = "code", grant_id: str = "early") -> None:
    with_account(store)
    with store.begin() as unit:
        unit.grants.insert_early(
            code_digest, GRANT, grant_id=grant_id, account_epoch=0, redeemable_until=1060, expires_at=1660, now=1000
        )


def test_fifty_redemptions_of_a_code_whose_row_is_there(store: Store) -> None:
    """One UPDATE judges as the unique digest does: exactly one gets through, on the row that was there (D2)."""
    _early(store)

    def redeem(number: int) -> str | None:
        def work() -> str | None:
            try:
                with store.begin() as unit:
                    return unit.grants.redeem(
                        "code",
                        GRANT,
                        grant_id=f"grant{number}",
                        account_epoch=0,
                        expires_at=9000,
                        now=1059,
                        ended=ENDED,
                    )[0]
            except AlreadyRedeemed:
                return None

        return once(work, attempts=10)

    assert ["early"] == [found for found in at_once(50, redeem) if found is not None]
    with store.reading() as unit:
        grant = unit.grants.by_id("early")
    assert grant is not None
    assert (None, 9000, 1000) == (grant.redeemable_until, grant.expires_at, grant.created_at)


@pytest.mark.parametrize("how", ["late", "revoked"])
def test_a_row_that_waits_no_longer_is_not_redeemed(store: Store, how: str) -> None:
    """A code past its time and one whose grant is revoked are refused, and the row stays as it is."""
    _early(store)
    now = 1060 if how == "late" else 1001
    with store.begin() as unit:
        if how == "revoked":
            unit.grants.revoke("early", "logout", 1000)
        with pytest.raises(AlreadyRedeemed):
            unit.grants.redeem("code", GRANT, grant_id="two", account_epoch=0, expires_at=9000, now=now, ended=ENDED)
    with store.reading() as unit:
        grant = unit.grants.by_code_digest("code")
    assert grant is not None
    assert ("early", 1060, 1660) == (grant.id, grant.redeemable_until, grant.expires_at)


def test_authorizations_without_a_code_stand_side_by_side(store: Store) -> None:
    """Each has a digest of its own, which no SHA-256 can be, and waits for nothing."""
    _early(store, None, "a" * 32)
    _early(store, None, "b" * 32)
    with store.reading() as unit:
        found = [unit.grants.by_code_digest(f"none:{name * 32}") for name in "ab"]
    assert [None, None] == [grant and grant.redeemable_until for grant in found]
