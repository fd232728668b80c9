"""The way back from an upstream's logout; what ending a session revokes is shown where tokens are."""

import json
import secrets

import pytest

from idp.services.sessions import Sessions
from idp.services.sign_out import Return, SignOut
from idp.store.kv import SqlKeyValue
from keys.sealing import Sealer
from tests.support.stores import Clock, open_store


@pytest.mark.parametrize("odd", ["", "\0" * 32, "é" * 32, "\ud800" * 32, "a b" * 12, "a" * 19, "a" * 129])
def test_an_odd_way_back_leads_to_our_own_page(migrated_database_url: str, odd: str) -> None:
    """A return id that we cannot have made never reaches the database, whose driver would fault at some of them."""
    store, clock = open_store(migrated_database_url), Clock()
    kv = SqlKeyValue(store, clock)
    sessions = Sessions(kv, Sealer([secrets.token_bytes(32)]), clock, idle=1800, absolute=28800)
    sign_out = SignOut(store, sessions, kv, {}, lambda *_, **__: None, clock, lambda *_: None)
    kept = secrets.token_urlsafe(32)
    kv.set(f"logout-return:{kept}", json.dumps({"then": "https://app.example.org/"}).encode(), 60)
    assert sign_out.resolve_return(odd) is None
    first, second = sign_out.resolve_return(kept), sign_out.resolve_return(kept)
    assert (Return("https://app.example.org/"), None) == (first, second)
    store.engine.dispose()
