"""What an authorization is answered with, over a real store: its tokens, what binds them, and what ends them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError, ShownError
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.oidc_response_types import SUPPORTED
from idp.protocol.opaque import digest
from idp.protocol.rfc7636_pkce import s256
from idp.services.codes import ENDED_SESSION
from idp.store.grants import GRANTS
from idp.store.tables import AuditRow, GrantRow
from keys.half_hash import half_hash
from tests.support.back_channel import API, CALLBACK, CLIENT, OTHER, VERIFIER, World, body_of, claims_of, open_world
from tests.support.statements import counted
from tests.support.stores import open_store, sqlite_store
from tests.support.threads import at_once

WITH_TOKEN = [name for name in SUPPORTED if "token" in name.split()]
HYBRID = [name for name in WITH_TOKEN if "code" in name.split()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A seeded back channel on SQLite."""
    store = sqlite_store(tmp_path)
    yield open_world(store)
    store.engine.dispose()


@pytest.fixture
def both(migrated_database_url: str) -> Iterator[World]:
    """A seeded back channel; the test runs on SQLite and on PostgreSQL."""
    store = open_store(migrated_database_url)
    yield open_world(store)
    store.engine.dispose()


def granted(world: World, **changes: Any) -> AuthorizationGrant:
    """Return what the member agreed to."""
    grant = AuthorizationGrant(
        client_id=CLIENT.client_id,
        account_id=world.account.id,
        subject=world.account.subject,
        sid="sid-1",
        scope=("openid", "profile", "email"),
        redirect_uri=CALLBACK,
        auth_time=world.clock() - 100,
        acr="https://carpimko.com/acr/password",
        amr=("pwd",),
        nonce="n-1",
        code_challenge=s256(VERIFIER),
    )
    return replace(grant, **changes)


def answered(world: World, response_type: str, client: Client = CLIENT, **changes: Any) -> dict[str, str]:
    """Return the fields of an answer."""
    fields = world.channel.answers.issue(client, granted(world, **changes), response_type, "a state")
    assert fields is not None
    return dict(fields)


def rows(world: World, table: type = GrantRow) -> int:
    """Count the rows of a table."""
    with world.store.reading() as unit:
        return int(unit.session.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.mark.parametrize("response_type", SUPPORTED)
def test_an_answer_holds_what_its_type_names(both: World, response_type: str) -> None:
    """Nothing more, and with an access token what RFC 6749 section 4.2.2 puts beside it."""
    expected = set(response_type.split())
    if "token" in expected:
        expected = expected - {"token"} | {"access_token", "token_type", "expires_in", "scope"}
    fields = answered(both, response_type)
    assert expected == fields.keys()
    if "token" in response_type.split():
        told = (fields["token_type"], fields["expires_in"], fields["scope"])
        assert ("Bearer", "600", "openid profile email") == told
        assert both.userinfo(fields["access_token"]).status == 200


@pytest.mark.parametrize("response_type", [name for name in SUPPORTED if "id_token" in name.split()])
def test_an_id_token_vouches_for_what_comes_with_it(world: World, response_type: str) -> None:
    """`c_hash` with a code, `at_hash` with an access token, `s_hash` for the state; else neither (Core 3.3.2.11)."""
    fields = answered(world, response_type)
    claims = claims_of(fields["id_token"])
    beside = {"c_hash": fields.get("code"), "at_hash": fields.get("access_token"), "s_hash": "a state"}
    expected = {name: half_hash(value, "ES256") for name, value in beside.items() if value is not None}
    assert expected == {name: claims[name] for name in beside if name in claims}
    assert ("n-1", "subject-1", "espace") == (claims["nonce"], claims["sub"], claims["aud"])


def test_half_hashes_follow_the_clients_algorithm(world: World) -> None:
    """The hash is that of the signature, RS256 here."""
    client = replace(CLIENT, id_token_signed_response_alg="RS256")
    fields = answered(world, "code id_token", client)
    assert half_hash(fields["code"], "RS256") == claims_of(fields["id_token"])["c_hash"]


@pytest.mark.parametrize("response_type", [name for name in SUPPORTED if "id_token" in name.split()])
def test_claims_of_the_scope_come_where_userinfo_cannot(world: World, response_type: str) -> None:
    """In the ID token of `id_token` alone; an access token, now or for the code, tells them otherwise (Core 5.4)."""
    claims = claims_of(answered(world, response_type)["id_token"])
    holds = {"email", "email_verified", "family_name", "birthdate", "updated_at"} <= claims.keys()
    assert (response_type == "id_token") == holds
    assert (response_type == "id_token") == ("email" in claims)
    assert "address" not in claims


@pytest.mark.parametrize("response_type", HYBRID)
def test_both_id_tokens_agree(both: World, response_type: str) -> None:
    """`iss` and `sub` are the same at the token endpoint (Core 3.3.3.6), and both access tokens are of one grant."""
    fields = answered(both, response_type)
    body = body_of(both.redeem(fields["code"]))
    later = claims_of(body["id_token"])
    assert half_hash(body["access_token"], "ES256") == later["at_hash"]
    if "id_token" in fields:
        first = claims_of(fields["id_token"])
        shared = ("iss", "sub", "aud", "nonce", "auth_time", "acr", "sid")
        assert [first[name] for name in shared] == [later[name] for name in shared]
    assert [200, 200] == [both.userinfo(one["access_token"]).status for one in (fields, body)]
    assert 1 == rows(both)


@pytest.mark.parametrize("response_type", ["code token", "code id_token"])
def test_offline_access_waits_for_the_code(world: World, response_type: str) -> None:
    """No refresh token goes through the browser; the code brings it."""
    client = replace(CLIENT, grant_types=CLIENT.grant_types | {"refresh_token"})
    fields = answered(world, response_type, client, scope=("openid", "offline_access"))
    assert "refresh_token" not in fields
    body = body_of(world.redeem(fields["code"]))
    world.clock.forward(3 * 86400)
    assert world.refresh(body["refresh_token"]).status == 200


def test_a_code_that_comes_back_ends_the_token_of_the_browser_too(both: World) -> None:
    """N-024: at once, and long after, at userinfo too; the theft is on record."""
    for wait in (0, 31, 120):
        fields = answered(both, "code id_token token")
        body = body_of(both.redeem(fields["code"]))
        both.clock.forward(wait)
        again = both.redeem(fields["code"])
        assert (400, "invalid_grant") == (again.status, body_of(again)["error"])
        assert [401, 401] == [both.userinfo(one["access_token"]).status for one in (fields, body)]
    with both.store.reading() as unit:
        assert ["code_reused"] * 3 == list(unit.session.execute(select(AuditRow.event)).scalars())


def test_parallel_redemptions_of_a_hybrid_code_have_one_winner(both: World) -> None:
    """R-01: its row was there before, so one UPDATE judges; the losers are replays and end every token of it."""
    fields = answered(both, "code token")
    replies = at_once(20, lambda _: both.redeem(fields["code"]))
    winners = [reply for reply in replies if reply.status == 200]
    assert 1 == len(winners)
    assert {400} == {reply.status for reply in replies if reply is not winners[0]}
    dead = [both.userinfo(one["access_token"]).status for one in (fields, body_of(winners[0]))]
    assert [401, 401] == dead


def test_a_hybrid_code_dies_after_its_minute_and_harms_nobody(world: World) -> None:
    """N-023: too old is no reuse, so the token that went through the browser lives out its time."""
    fields = answered(world, "code token")
    world.clock.forward(60)
    assert 400 == world.redeem(fields["code"]).status
    assert world.userinfo(fields["access_token"]).status == 200
    with world.store.reading() as unit:
        stored = unit.grants.by_code_digest(digest(fields["code"]))
    assert stored is not None
    assert stored.redeemable_until is not None


def test_a_store_that_kept_a_code_too_long_does_not_make_it_good(world: World) -> None:
    """D2: whatever the key-value store still says, the row knows until when, and revokes nothing for it."""
    fields = answered(world, "code token")
    late = world.channel.codes.peek(fields["code"])
    assert late is not None
    with world.store.begin() as unit:
        unit.session.execute(GrantRow.__table__.update().values(redeemable_until=world.clock()))  # type: ignore[attr-defined]  # a Table
    assert 400 == world.redeem(fields["code"]).status
    assert world.userinfo(fields["access_token"]).status == 200


@pytest.mark.parametrize("verifier", [None, "x" * 43])
def test_a_wrong_verifier_spends_a_hybrid_code(world: World, verifier: str | None) -> None:
    """V-10: its row is no second way to it once the key-value store has let go."""
    fields = answered(world, "code token")
    assert "invalid_grant" == body_of(world.redeem(fields["code"], code_verifier=verifier))["error"]
    assert "invalid_grant" == body_of(world.redeem(fields["code"]))["error"]
    assert world.userinfo(fields["access_token"]).status == 200


def test_another_client_neither_redeems_nor_harms(world: World) -> None:
    """N-025: who is not the client of the code changes nothing."""
    fields = answered(world, "code token")
    assert 400 == world.redeem(fields["code"], OTHER).status
    assert 200 == world.redeem(fields["code"]).status
    assert world.userinfo(fields["access_token"]).status == 200


@pytest.mark.parametrize("response_type", WITH_TOKEN)
@pytest.mark.parametrize("by", ["session", "account", "consent", "epoch", "revocation"])
def test_what_ends_a_grant_ends_the_token_of_the_browser(both: World, response_type: str, by: str) -> None:
    """Sign-out, closed dossier, withdrawn consent, new password, revocation; the code is dead then too (N-054)."""
    fields = answered(both, response_type, account_epoch=0)
    now = both.clock()
    if by == "revocation":
        assert 200 == both.call("/revoke", {"token": fields["access_token"]}).status
    else:
        with both.store.begin() as unit:
            ends: dict[str, Callable[[], object]] = {
                "session": lambda: unit.grants.revoke_for_session("sid-1", "logout", now),
                "account": lambda: unit.grants.revoke_for_account(both.account.id, "closed", now),
                "consent": lambda: unit.grants.revoke_for(both.account.id, "espace", "consent", now),
                "epoch": lambda: unit.accounts.bump_epoch(both.account.id, now),
            }
            ends[by]()
    assert both.userinfo(fields["access_token"]).status == 401
    if "code" in fields:
        refused = both.redeem(fields["code"])
        assert (400, "invalid_grant") == (refused.status, body_of(refused)["error"])


@pytest.mark.parametrize("response_type", [name for name in SUPPORTED if name != "code"])
@pytest.mark.parametrize("ended", ["account", "epoch", "consent"])
def test_a_grant_that_ended_meanwhile_is_not_answered(world: World, response_type: str, ended: str) -> None:
    """Asked in the transaction itself: no token, and nothing half-written."""
    client = replace(CLIENT, first_party=ended != "consent")
    with world.store.begin() as unit:
        if ended == "account":
            unit.accounts.hold_status(world.account.id, "closed", "other", world.clock())
        elif ended == "epoch":
            unit.accounts.bump_epoch(world.account.id, world.clock())
    assert world.channel.answers.issue(client, granted(world, account_epoch=0), response_type) is None
    assert 0 == rows(world)


@pytest.mark.parametrize("response_type", WITH_TOKEN)
def test_a_session_that_was_signed_out_of_gets_no_token(world: World, response_type: str) -> None:
    """A sign-out that came between leaves no grant behind it."""
    with world.store.begin() as unit:
        unit.spent.claim(ENDED_SESSION, digest("sid-1"), world.clock() + 900)
    assert world.channel.answers.issue(CLIENT, granted(world), response_type) is None
    assert 0 == rows(world)


@pytest.mark.parametrize("response_type", [name for name in SUPPORTED if name != "code"])
def test_a_client_disabled_meanwhile_is_only_shown(world: World, response_type: str) -> None:
    """V-43: nothing is sent to it, not even an error."""
    with world.store.begin() as unit:
        unit.clients.upsert(replace(CLIENT, enabled=False), world.clock())
    with pytest.raises(ShownError, match="client_disabled"):
        world.channel.answers.issue(CLIENT, granted(world), response_type)
    assert 0 == rows(world)


@pytest.mark.parametrize("response_type", WITH_TOKEN)
def test_a_failed_signature_leaves_nothing(world: World, response_type: str) -> None:
    """All or nothing: where no key signs, neither grant nor access token is written, and the client learns of it."""
    client = replace(CLIENT, id_token_signed_response_alg="PS256")
    if "id_token" not in response_type.split():
        assert answered(world, response_type, client)["access_token"]
        return
    with pytest.raises(ProtocolError) as refused:
        world.channel.answers.issue(client, granted(world), response_type)
    assert ("server_error", 500) == (refused.value.error, refused.value.status)
    assert 0 == rows(world)


def test_a_named_resource_is_what_the_token_is_for(world: World) -> None:
    """RFC 8707 section 2.1: `at+jwt` for it, which our userinfo refuses (N-045)."""
    fields = answered(world, "id_token token", resources=(API,))
    assert API == claims_of(fields["access_token"])["aud"]
    assert world.userinfo(fields["access_token"]).status == 401
    assert world.introspect(fields["access_token"])["active"]
    with pytest.raises(ProtocolError, match="invalid_target"):
        answered(world, "code token", resources=("https://elsewhere.example",))
    assert 1 == rows(world)


def test_nothing_readable_is_stored(world: World) -> None:
    """N-028; and an authorization without a code has a digest that no code can have."""
    fields = answered(world, "id_token token")
    with world.store.reading() as unit:
        grant = unit.session.execute(select(GRANTS)).one()
    assert (f"none:{grant.id}", None) == (grant.code_digest, grant.redeemable_until)
    assert fields["access_token"] not in str(grant)


@pytest.mark.parametrize(
    ("response_type", "words"),
    [
        ("code", []),
        ("id_token", ["SELECT"] * 2),
        ("code id_token", ["SELECT"] * 2),
        ("code token", ["SELECT"] * 3 + ["INSERT"]),
        ("id_token token", ["SELECT"] * 3 + ["INSERT"]),
    ],
)
def test_what_it_costs(world: World, response_type: str, words: list[str]) -> None:
    """Budget: a code alone asks the database nothing; an ID token two reads; an access token four statements."""
    with counted(world.store.engine) as statements:
        answered(world, response_type)
    spent = [text.split()[0] for text in statements if "key_values" not in text]
    assert words == sorted(spent, reverse=True)
