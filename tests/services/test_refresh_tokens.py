"""The rules of refresh tokens, pure (D7, N-051 to N-053)."""

from dataclasses import replace

from idp.config import Tokens as Lifetimes
from idp.protocol.client import Client
from idp.services.refresh_tokens import first, lost, rotates, successor, wanted

CLIENT = Client(client_id="c", name="C", grant_types=frozenset({"authorization_code", "refresh_token"}))
LIVES = Lifetimes(refresh_idle=1000, refresh_absolute=2500)


def test_who_gets_one() -> None:
    """The scope and the grant type, both."""
    assert wanted(CLIENT, ("openid", "offline_access"))
    assert not wanted(CLIENT, ("openid",))
    assert not wanted(replace(CLIENT, grant_types=frozenset({"authorization_code"})), ("offline_access",))


def test_who_gets_a_new_one_each_time() -> None:
    """C-04: public clients only."""
    assert rotates(replace(CLIENT, token_endpoint_auth_method="none"))
    assert not rotates(CLIENT)


def test_a_family_never_outlives_its_first_token() -> None:
    """N-053: the absolute end is inherited, and the idle end never lies behind it."""
    token = first("a" * 43, grant_id="g", client=CLIENT, lives=LIVES, now=100)
    assert (1100, 2600) == (token.idle_expires_at, token.expires_at)
    later = successor("b" * 43, token, lives=LIVES, now=2000)
    assert (2600, 2600) == (later.idle_expires_at, later.expires_at)
    assert ("g", "c") == (later.grant_id, later.client_id)


def test_when_a_lost_answer_is_given_again() -> None:
    """Within the grace, once, and while nobody has used the successor; never for a token that was not spent."""
    fresh = first("a" * 43, grant_id="g", client=CLIENT, lives=LIVES, now=100)
    spent = replace(fresh, spent_at=200)
    after = successor("b" * 43, fresh, lives=LIVES, now=200)
    assert fresh.digest == after.replaces
    assert after == lost(spent, [after], grace=60, now=259)
    for token, replacements, now in (
        (spent, [after], 260),
        (spent, [after, after], 201),
        (spent, [replace(after, spent_at=210)], 220),
        (spent, [replace(after, revoked_at=210)], 220),
        (spent, [], 201),
        (fresh, [after], 201),
    ):
        assert lost(token, replacements, grace=60, now=now) is None
    assert lost(spent, [after], grace=0, now=200) is None
