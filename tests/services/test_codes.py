"""Codes: parked in one write, read without being spent, never believed when malformed."""

import json
from pathlib import Path

import pytest

from idp.protocol.grant import AuthorizationGrant
from idp.protocol.opaque import digest, new_value
from idp.services.codes import Codes
from idp.store.kv import SqlKeyValue
from tests.support.statements import counted
from tests.support.stores import Clock, sqlite_store

GRANT = AuthorizationGrant(
    client_id="espace",
    account_id="a" * 32,
    subject="s",
    sid="sid",
    scope=("openid", "email"),
    redirect_uri="https://app.example.org/cb",
    auth_time=1,
    acr="eidas1",
    amr=("fc",),
    nonce="n",
    code_challenge="c" * 43,
    claims={"userinfo": {"email": None}},
    resources=("https://api.example.org",),
    dpop_jkt="j" * 43,
    account_epoch=3,
)


def test_what_is_parked_comes_back(tmp_path: Path) -> None:
    """N-026: every binding, as often as it is asked for."""
    clock, store = Clock(), sqlite_store(tmp_path)
    codes = Codes(SqlKeyValue(store, clock), clock, 60)
    code = codes.issue(GRANT)
    assert GRANT == codes.peek(code)
    assert GRANT == codes.peek(code)
    codes.discard(code)
    assert codes.peek(code) is None


def test_one_write_a_code(tmp_path: Path) -> None:
    """Budget of /authorize: one code write."""
    clock, store = Clock(), sqlite_store(tmp_path)
    codes = Codes(SqlKeyValue(store, clock), clock, 60)
    with counted(store.engine) as statements:
        codes.issue(GRANT)
    assert 1 == len(statements)


def test_the_key_is_a_digest(tmp_path: Path) -> None:
    """N-028: whoever reads the store cannot redeem what is in it."""
    clock = Clock()
    kv = SqlKeyValue(sqlite_store(tmp_path), clock)
    code = Codes(kv, clock, 60).issue(GRANT)
    raw = kv.get(f"code:{digest(code)}")
    assert raw is not None
    assert code.encode() not in raw


def test_the_record_decides_its_age(tmp_path: Path) -> None:
    """N-023: a store that keeps a code too long, or a clock set back a little, changes nothing."""
    clock = Clock()
    kv = SqlKeyValue(sqlite_store(tmp_path), clock)
    code = Codes(kv, clock, 600).issue(GRANT)
    codes = Codes(kv, clock, 60)
    clock.now -= 30
    assert codes.peek(code) is not None
    clock.now += 90
    assert codes.peek(code) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"x",
        b"[]",
        b"1",
        b"null",
        b"\xff",
        b"{}",
        b'{"issued_at":1}',
        b'{"issued_at":"x","grant":{}}',
        json.dumps({"issued_at": 1_700_000_000, "grant": {"scope": 1, "amr": [], "resources": []}}).encode(),
        json.dumps(
            {"issued_at": 1_700_000_000, "grant": {"scope": [], "amr": [], "resources": [], "evil": 1}}
        ).encode(),
    ],
)
def test_what_is_no_record_counts_as_absent(tmp_path: Path, raw: bytes) -> None:
    """R-17: wrong types in the store are ignored, not believed and not a fault."""
    clock = Clock()
    kv = SqlKeyValue(sqlite_store(tmp_path), clock)
    code = new_value()
    kv.set(f"code:{digest(code)}", raw, 60)
    assert Codes(kv, clock, 60).peek(code) is None
