"""The rules of refresh tokens, pure (D7, N-051 to N-053)."""

from dataclasses import replace

from idp.config import Tokens as Lifetimes
from idp.protocol.client import Client
from idp.services.refresh_tokens import first, rotates, successor, wanted

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
