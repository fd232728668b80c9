"""Refresh tokens: bound, narrowed, replaced for public clients only, and deadly when reused (N-050 to N-054)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from idp.admin.actor import operator
from idp.config import Tokens
from idp.protocol.messages import Reply
from idp.protocol.opaque import digest
from tests.support.back_channel import API, CLIENT, OTHER, PUBLIC, World, body_of, claims_of, open_world
from tests.support.client_acts import ClientHouse

OFFLINE = "openid profile offline_access"
DAY = 86400
GRACE = Tokens().refresh_grace


def refused(reply: Reply, error: str = "invalid_grant") -> None:
    """Hold an answer against what a refusal is."""
    assert (400, error) == (reply.status, body_of(reply)["error"])


def living(world: World, token: str) -> list[str]:
    """Return the digests of the tokens of a token's family that may be used now."""
    with world.store.reading() as unit:
        found = unit.tokens.find_refresh(digest(token))
        assert found is not None
        return [one.digest for one in unit.tokens.live_refreshes(found.grant.id, world.clock())]


def test_a_confidential_client_keeps_its_token(both: World) -> None:
    """N-052, D7: no rotation; each use gives a new access token and prolongs the idle life."""
    first = both.tokens(scope=OFFLINE)
    for _ in range(3):
        both.clock.forward(10 * DAY)
        again = body_of(both.refresh(first["refresh_token"]))
        assert "refresh_token" not in again
        assert again["access_token"] != first["access_token"]


def test_a_public_client_gets_a_new_one_each_time(both: World) -> None:
    """N-051: rotation; the successor works, and the access token before it still does."""
    first = both.tokens(PUBLIC, OFFLINE)
    second = body_of(both.refresh(first["refresh_token"], PUBLIC))
    assert second["refresh_token"] != first["refresh_token"]
    assert both.userinfo(first["access_token"]).status == 200
    assert both.refresh(second["refresh_token"], PUBLIC).status == 200


def test_a_reused_token_kills_the_family(both: World) -> None:
    """N-051: a spent token that comes back means theft: refresh and access tokens of the grant die."""
    first = both.tokens(PUBLIC, OFFLINE)
    second = body_of(both.refresh(first["refresh_token"], PUBLIC))
    both.clock.forward(GRACE + 1)
    refused(both.refresh(first["refresh_token"], PUBLIC))
    refused(both.refresh(second["refresh_token"], PUBLIC))
    for tokens in (first, second):
        assert both.userinfo(tokens["access_token"]).status == 401


def test_a_lost_answer_may_be_asked_for_again(both: World) -> None:
    """FAPI 2.0 5.3.2.1: within the grace the predecessor works once more, and what it brings goes on working."""
    first = both.tokens(PUBLIC, OFFLINE)["refresh_token"]
    assert both.refresh(first, PUBLIC).status == 200
    both.clock.forward(30)
    again = both.refresh(first, PUBLIC)
    assert again.status == 200
    both.clock.forward(DAY)
    assert both.refresh(body_of(again)["refresh_token"], PUBLIC).status == 200


def test_a_lost_answer_that_turns_up_betrays_a_theft(both: World) -> None:
    """Only one of two holders can have lost the answer: the superseded successor's use kills the family."""
    first = both.tokens(PUBLIC, OFFLINE)["refresh_token"]
    intercepted, again = (body_of(both.refresh(first, PUBLIC)) for _ in range(2))
    refused(both.refresh(intercepted["refresh_token"], PUBLIC))
    refused(both.refresh(again["refresh_token"], PUBLIC))
    assert both.userinfo(again["access_token"]).status == 401


def test_the_grace_is_good_once(both: World) -> None:
    """A third presentation is a reuse, within the grace too."""
    first = both.tokens(PUBLIC, OFFLINE)["refresh_token"]
    assert [200, 200, 400] == [both.refresh(first, PUBLIC).status for _ in range(3)]
    assert [] == living(both, first)


def test_there_is_no_grace_once_the_successor_was_used(both: World) -> None:
    """Who used the successor had the answer: the predecessor in other hands is a reuse at once."""
    first = both.tokens(PUBLIC, OFFLINE)["refresh_token"]
    second = body_of(both.refresh(first, PUBLIC))
    third = body_of(both.refresh(second["refresh_token"], PUBLIC))
    refused(both.refresh(first, PUBLIC))
    refused(both.refresh(third["refresh_token"], PUBLIC))


def test_the_grace_can_be_switched_off(both: World) -> None:
    """Setting `tokens.refresh_grace`: with 0 the second presentation is a reuse at once."""
    strict = open_world(both.store, refresh_grace=0)
    first = strict.tokens(PUBLIC, OFFLINE)["refresh_token"]
    assert strict.refresh(first, PUBLIC).status == 200
    refused(strict.refresh(first, PUBLIC))


def test_the_grace_is_for_the_same_client_and_a_living_account(both: World) -> None:
    """Nothing is exchanged again for another client, nor once the password has changed."""
    first = both.tokens(PUBLIC, OFFLINE)["refresh_token"]
    assert both.refresh(first, PUBLIC).status == 200
    refused(both.refresh(first, OTHER))
    with both.store.begin() as unit:
        unit.accounts.bump_epoch(both.account.id, both.clock())
    refused(both.refresh(first, PUBLIC))


def test_replay_within_the_same_second(world: World) -> None:
    """V-39: three rotations in one second, then the first again: refused, family dead."""
    tokens = [world.tokens(PUBLIC, OFFLINE)]
    for _ in range(3):
        tokens.append(body_of(world.refresh(tokens[-1]["refresh_token"], PUBLIC)))
    refused(world.refresh(tokens[0]["refresh_token"], PUBLIC))
    refused(world.refresh(tokens[-1]["refresh_token"], PUBLIC))


def test_parallel_refreshes_leave_nothing(both: World) -> None:
    """V-38: of twenty at once two succeed, the rest are a reuse, so that nothing of the family lives after."""
    token = both.tokens(PUBLIC, OFFLINE)["refresh_token"]
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: both.refresh(token, PUBLIC), range(20)))
    winners = [reply for reply in replies if reply.status == 200]
    assert 2 == len(winners)
    assert {400} == {reply.status for reply in replies if reply not in winners}
    for winner in winners:
        refused(both.refresh(body_of(winner)["refresh_token"], PUBLIC))
        assert both.userinfo(body_of(winner)["access_token"]).status == 401


def test_two_at_once_leave_one_that_works(both: World) -> None:
    """A client that asks twice at once gets two answers, and exactly one of the two tokens goes on working."""
    for _ in range(5):
        token = both.tokens(PUBLIC, OFFLINE)["refresh_token"]
        with ThreadPoolExecutor(2) as pool:
            replies = list(pool.map(lambda value: both.refresh(value, PUBLIC), (token, token)))
        assert [200, 200] == [reply.status for reply in replies]
        (left,) = living(both, token)
        assert left in {digest(body_of(reply)["refresh_token"]) for reply in replies}


def test_another_client_neither_refreshes_nor_revokes(world: World) -> None:
    """N-050, V-13: the token is its client's; another's attempt changes nothing."""
    token = world.tokens(scope=OFFLINE)["refresh_token"]
    refused(world.refresh(token, OTHER))
    refused(world.refresh(token, PUBLIC))
    assert world.refresh(token).status == 200


def test_a_client_that_was_disabled_begins_from_nothing(both: World) -> None:
    """N-054: what members gave it ends with it, and does not come back when it is enabled again."""
    tokens, others = both.tokens(scope=OFFLINE), both.tokens(PUBLIC, OFFLINE)
    ClientHouse.over(both.store).acts.disable(operator("test"), CLIENT.client_id)
    both.channel.clients.forget(CLIENT.client_id)
    assert 401 == both.refresh(tokens["refresh_token"]).status
    both.channel.clients.upsert(CLIENT)
    refused(both.refresh(tokens["refresh_token"]))
    assert [401, 200] == [both.userinfo(one["access_token"]).status for one in (tokens, others)]


def test_the_scope_may_narrow_and_never_widen(world: World) -> None:
    """N-050: a subset is granted for this access token; the next refresh has the whole again."""
    token = world.tokens(scope=OFFLINE)["refresh_token"]
    assert "openid" == body_of(world.refresh(token, scope="openid"))["scope"]
    assert OFFLINE == body_of(world.refresh(token))["scope"]
    refused(world.refresh(token, scope="openid email"), "invalid_scope")


def test_a_scope_taken_from_the_client_does_not_come_back(world: World) -> None:
    """N-015: a registration that has less since then gives less, and no less than the rest."""
    token = world.tokens(scope=OFFLINE)["refresh_token"]
    world.channel.clients.upsert(replace(CLIENT, scopes=CLIENT.scopes - {"profile"}))
    assert "openid offline_access" == body_of(world.refresh(token))["scope"]
    refused(world.refresh(token, scope="openid profile"), "invalid_scope")


def test_without_openid_there_is_no_id_token(world: World) -> None:
    """A refresh narrowed to other scopes yields an access token alone."""
    token = world.tokens(scope=OFFLINE)["refresh_token"]
    assert "id_token" not in body_of(world.refresh(token, scope="profile"))


def test_the_id_token_keeps_who_and_when(world: World) -> None:
    """Core 12.2, trap 3: same iss, sub, aud, auth_time; new iat; no nonce."""
    first = world.tokens(scope=OFFLINE)
    world.clock.forward(5 * DAY)
    before, after = claims_of(first["id_token"]), claims_of(body_of(world.refresh(first["refresh_token"]))["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert before[name] == after[name]
    assert world.clock() == after["iat"]
    assert "nonce" not in after


def test_idle_and_absolute_life_count_when_presented(world: World) -> None:
    """N-053, V-41: no sweep is needed; fourteen days idle, ninety in all."""
    idle = world.tokens(scope=OFFLINE)["refresh_token"]
    kept = world.tokens(scope=OFFLINE)["refresh_token"]
    for _ in range(8):
        world.clock.forward(11 * DAY)
        assert world.refresh(kept).status == 200
    refused(world.refresh(idle))
    world.clock.forward(2 * DAY)
    refused(world.refresh(kept))


def test_rotation_does_not_prolong_the_absolute_life(world: World) -> None:
    """N-053: a family ends ninety days after its code, however often it rotated."""
    token = world.tokens(PUBLIC, OFFLINE)["refresh_token"]
    for _ in range(8):
        world.clock.forward(11 * DAY)
        token = body_of(world.refresh(token, PUBLIC))["refresh_token"]
    world.clock.forward(2 * DAY)
    refused(world.refresh(token, PUBLIC))


def test_password_change_and_status_end_it(world: World) -> None:
    """N-054: the epoch and the status of the account are asked at every use."""
    token = world.tokens(scope=OFFLINE)["refresh_token"]
    with world.store.begin() as unit:
        unit.accounts.bump_epoch(world.account.id, world.clock())
    refused(world.refresh(token))


def test_logout_ends_it(world: World) -> None:
    """N-054, N-081: grants of an ended session are revoked."""
    token = world.tokens(scope=OFFLINE)["refresh_token"]
    with world.store.begin() as unit:
        unit.grants.revoke_for_session("sid-1", "logout", world.clock())
    refused(world.refresh(token))


def test_a_disabled_client_cannot_refresh(world: World) -> None:
    """V-43: at once, though this process has the client in its cache."""
    token = world.tokens(scope=OFFLINE)["refresh_token"]
    with world.store.begin() as unit:
        unit.clients.upsert(replace(CLIENT, enabled=False), world.clock())
    assert world.refresh(token).status == 401


def test_a_revoked_token_is_no_reuse(world: World) -> None:
    """V-39: what was revoked stays revoked; there is no grace."""
    first = world.tokens(PUBLIC, OFFLINE)
    assert world.refresh(first["refresh_token"], PUBLIC).status == 200
    world.call("/revoke", {"token": first["refresh_token"]}, PUBLIC)
    refused(world.refresh(first["refresh_token"], PUBLIC))


def test_other_opaque_values_are_no_refresh_tokens(world: World) -> None:
    """V-14, V-15: an access token, a code, a cut or longer token open nothing here."""
    tokens = world.tokens(scope=OFFLINE)
    refresh = tokens["refresh_token"]
    for value in (tokens["access_token"], world.code(), refresh[:-1], refresh + "A", "x", "é" * 43):
        refused(world.refresh(value))


def test_the_resource_stays_within_the_grant(world: World) -> None:
    """N-050, RFC 8707: a refresh for the granted resource works, for another it does not."""
    token = world.tokens(scope=OFFLINE, resources=(API,))["refresh_token"]
    assert API == claims_of(body_of(world.refresh(token, resource=API))["access_token"])["aud"]
    refused(world.refresh(token, resource="https://other-api.example.org"), "invalid_target")


def test_missing_token_is_an_invalid_request(world: World) -> None:
    """RFC 6749 section 5.2."""
    refused(world.call("/token", {"grant_type": "refresh_token"}), "invalid_request")
