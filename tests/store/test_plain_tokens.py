"""A code exchange and a refresh in one exchange with PostgreSQL: all of it, or nothing."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import exc, text

from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.store.db import Store, once
from idp.store.errors import StoreUnavailable
from idp.store.tokens import RefreshToken
from tests.support.records import GRANT, with_account
from tests.support.statements import counted, exchanges
from tests.support.threads import at_once

CLIENT = Client(client_id="espace", name="Espace")
PLAIN = replace(GRANT, claims={})
REFRESH = RefreshToken("refresh", "grant", "espace", 1000, 2000, 3000)
ENDED = ("ended", "sid")


@pytest.fixture
def house(on_postgresql: Store) -> Store:
    """A house with a client and a member."""
    with_account(on_postgresql)
    with on_postgresql.begin() as unit:
        unit.clients.add(CLIENT, 500)
    return on_postgresql


def redeem(
    house: Store, grant: AuthorizationGrant = PLAIN, refresh: RefreshToken | None = REFRESH, grant_id: str = "grant"
) -> tuple[bool, bool]:
    """Redeem the code whose digest is `code`."""
    with house.begin() as unit:
        return unit.plain_tokens.redeem(
            "code", grant, refresh, grant_id=grant_id, expires_at=9000, signed_until=1600, now=1000, ended=ENDED
        )


def renew(house: Store, now: int = 1100, client_id: str = "espace", idle_until: int = 2500) -> str | None:
    """Use the refresh token; return the id of its grant."""
    with house.begin() as unit:
        found = unit.plain_tokens.renew("refresh", client_id, idle_until, now)
    return None if found is None else found.id


def rows(house: Store) -> tuple[int, int]:
    """Return how many grants and refresh tokens there are."""
    with house.reading() as unit:
        grants = unit.session.execute(text("SELECT count(*) FROM grants")).scalar_one()
        refreshes = unit.session.execute(text("SELECT count(*) FROM refresh_tokens")).scalar_one()
    return int(grants), int(refreshes)


def test_a_redeemed_code_is_the_row_that_the_long_way_writes(house: Store) -> None:
    """Every column, the epoch of the account that was read in the same statement among them."""
    with house.begin() as unit:
        unit.accounts.bump_epoch("account", 900)
        unit.grants.redeem(
            "other", PLAIN, grant_id="other", account_epoch=1, expires_at=9000, now=1000, ended=("ended", "none")
        )
        unit.tokens.insert_refresh(replace(REFRESH, digest="other", grant_id="other"))
    assert (True, False) == redeem(house)
    with house.reading() as unit:
        mine, others = unit.tokens.find_refresh("refresh"), unit.tokens.find_refresh("other")
        signed = unit.grants.signed_alive(1500)
    assert mine is not None
    assert others is not None
    assert replace(mine.grant, id="other") == others.grant
    assert replace(mine.token, digest="other", grant_id="other") == others.token
    assert 1 == signed


def test_each_is_one_exchange_its_commit_included(house: Store) -> None:
    """Whatever is written stands when the answer is there."""
    redeem(house)  # prepares the statements, and the code is spent
    renew(house)
    with house.begin() as unit:
        unit.session.execute(text("DELETE FROM grants"))
    with counted(house.engine) as statements, exchanges(house) as taken:
        redeem(house)
        renew(house)
    assert ["WITH"] * 3 == [one.split()[0] for one in statements]
    assert ["Sync", "Sync"] == taken


@pytest.mark.parametrize("end", ["status", "epoch", "client", "no client", "no account"])
def test_nothing_is_written_where_client_or_account_do_not_stand(house: Store, end: str) -> None:
    """Then the long way says what is the matter (N-054, V-43)."""
    grant = replace(PLAIN, account_epoch=0)
    with house.begin() as unit:
        ends: dict[str, Callable[[], object]] = {
            "status": lambda: unit.accounts.hold_status("account", "deceased", "other", 1100),
            "epoch": lambda: unit.accounts.bump_epoch("account", 1100),
            "client": lambda: unit.clients.upsert(replace(CLIENT, enabled=False), 1100),
            "no client": lambda: unit.clients.remove("espace"),
            "no account": lambda: None,
        }
        ends[end]()
    gone = replace(grant, account_id="nobody") if end == "no account" else grant
    assert (False, False) == redeem(house, gone)
    assert (0, 0) == rows(house)


def test_fifty_redemptions_of_one_code_write_once(house: Store) -> None:
    """The unique digest judges (decision D2): whoever loses has written nothing, no refresh token either."""

    def work(number: int) -> bool:
        refresh = replace(REFRESH, digest=f"refresh-{number}", grant_id=f"grant-{number}")
        return once(lambda: redeem(house, PLAIN, refresh, f"grant-{number}"), attempts=10)[0]

    assert 1 == sum(at_once(50, work))
    assert (1, 1) == rows(house)


def test_a_code_without_a_refresh_token(house: Store) -> None:
    """The grant alone."""
    assert (True, False) == redeem(house, refresh=None)
    assert (1, 0) == rows(house)


def test_what_a_session_that_has_ended_redeems_is_dead(house: Store) -> None:
    """In the same transaction: the code is spent, its grant and its refresh token are revoked."""
    with house.begin() as unit:
        unit.spent.claim(*ENDED, 9000)
    assert (True, True) == redeem(house)
    with house.reading() as unit:
        found = unit.tokens.find_refresh("refresh")
    assert found is not None
    assert (1000, "signed_out", 1000) == (found.grant.revoked_at, found.grant.revoked_reason, found.token.revoked_at)


def test_a_redemption_beside_a_sign_out_waits_for_it(house: Store) -> None:
    """It waits for the account, which the sign-out holds, and sees the mark that was made meanwhile (N-081)."""
    with ThreadPoolExecutor(1) as pool:
        with house.begin() as unit:
            unit.accounts.lock("account")
            redeeming = pool.submit(redeem, house)
            _until_somebody_waits(house)
            unit.spent.claim(*ENDED, 9000)
        assert (True, True) == redeeming.result(30)


def test_a_sign_out_beside_a_redemption_finds_its_grant(house: Store) -> None:
    """Whoever is first: what was written before the sign-out had the account is revoked by it."""
    redeem(house)
    with house.begin() as unit:
        unit.accounts.lock("account")
        assert 1 == unit.grants.revoke_for_session("sid", "logout", 1100)
    assert renew(house) is None


def test_nothing_is_written_after_the_end_of_a_unit(house: Store) -> None:
    """It would be undone by nobody; the connection serves the next unit."""

    def work() -> None:
        with house.begin() as unit:
            unit.plain_tokens.renew("refresh", "espace", 2500, 1100)
            unit.spent.claim("other", "mark", 9000)

    with pytest.raises(RuntimeError, match="last statement"):
        work()
    with house.reading() as unit:
        assert not unit.spent.known("other", "mark")
    assert (True, False) == redeem(house)


def test_a_lost_connection_leaves_nothing(house: Store) -> None:
    """The unit ends before it has written; the next one takes another connection."""
    redeem(house, replace(PLAIN, sid="other"), None, "other")
    with house.begin() as unit:
        unit.session.execute(text("DELETE FROM grants"))

    def work() -> None:
        with house.begin() as unit:
            mine = unit.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with house.begin() as other:
                other.session.execute(text(f"SELECT pg_terminate_backend({int(mine)})"))
            unit.plain_tokens.renew("refresh", "espace", 2500, 1100)

    with pytest.raises(StoreUnavailable):
        work()
    assert (0, 0) == rows(house)
    assert (True, False) == redeem(house)


def test_a_table_that_was_changed_meanwhile_is_no_refusal(house: Store) -> None:
    """As in a rolling restart: the statement is prepared anew, on another connection."""
    redeem(house)
    assert "grant" == renew(house)
    with house.begin() as unit:
        unit.session.execute(text("ALTER TABLE grants ALTER COLUMN signed_until TYPE numeric"))
    assert "grant" == once(lambda: renew(house))


def _until_somebody_waits(house: Store) -> None:
    """Return when a connection of this database waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(1000):
        with house.engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_a_value_that_is_too_long_is_refused_not_cut(house: Store) -> None:
    """And nothing is written."""
    with pytest.raises(exc.DataError):
        redeem(house, replace(PLAIN, sid="s" * 65))
    assert (0, 0) == rows(house)


def test_a_refresh_prolongs_the_token_as_far_as_its_life(house: Store) -> None:
    """Idle life anew, never beyond the end of the family (D7)."""
    redeem(house)
    for until, kept in ((2500, 2500), (3500, 3000)):
        assert "grant" == renew(house, idle_until=until)
        with house.reading() as unit:
            found = unit.tokens.find_refresh("refresh")
        assert found is not None
        assert kept == found.token.idle_expires_at


@pytest.mark.parametrize(
    "end", ["idle", "spent", "revoked", "grant", "status", "epoch", "client", "other client", "unknown"]
)
def test_a_token_that_may_not_be_used_is_not_prolonged(house: Store, end: str) -> None:
    """Every reason for which the long way refuses (N-051, N-054)."""
    redeem(house)
    with house.begin() as unit:
        ends: dict[str, Callable[[], object]] = {
            "spent": lambda: unit.tokens.spend_refresh("refresh", 1050),
            "revoked": lambda: unit.session.execute(text("UPDATE refresh_tokens SET revoked_at = 1050")),
            "grant": lambda: unit.session.execute(text("UPDATE grants SET revoked_at = 1050")),
            "status": lambda: unit.accounts.hold_status("account", "deceased", "other", 1050),
            "epoch": lambda: unit.accounts.bump_epoch("account", 1050),
            "client": lambda: unit.clients.upsert(replace(CLIENT, enabled=False), 1050),
            "unknown": lambda: unit.session.execute(text("DELETE FROM refresh_tokens")),
        }
        ends.get(end, lambda: None)()
    client = "guichet" if end == "other client" else "espace"
    assert renew(house, 2000 if end == "idle" else 1100, client) is None
    with house.reading() as unit:
        found = unit.tokens.find_refresh("refresh")
    assert found is None or 2000 == found.token.idle_expires_at


@pytest.mark.parametrize(
    "grant", [{"dpop_jkt": "key"}, {"resources": ("https://api.example",)}, {"claims": {"id_token": {"email": None}}}]
)
def test_what_has_more_to_be_looked_at_goes_the_long_way(house: Store, grant: dict[str, object]) -> None:
    """A key to be proved, resources to choose from, claims to be read from the dossier: nothing is written here."""
    redeem(house, replace(PLAIN, **grant))  # type: ignore[arg-type]  # members of a grant
    assert renew(house) is None
