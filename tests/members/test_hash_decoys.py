"""The work that hides who has not come since the change of systems, or since the cost was raised."""

import base64
import hashlib
from dataclasses import replace

import pytest

from idp import config
from idp.members import legacy_hashes
from idp.members.hash_decoys import HashDecoys
from idp.members.passwords import Passwords
from idp.store.db import Store
from tests.support.records import PARTICULARS
from tests.support.statements import counted
from tests.support.stores import Clock

SALT = b"salt"
DIGEST = base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"right", SALT, 1000)).decode()
SALTED = base64.b64encode(hashlib.sha512(b"right" + SALT).digest() + SALT).decode()
PBKDF2 = legacy_hashes.to_stored(f"pbkdf2_sha256$1000$salt${DIGEST}")
SSHA512 = legacy_hashes.to_stored("{SSHA512}" + SALTED)
SCRYPT = legacy_hashes.to_stored("scrypt$16$salt$1$1$" + base64.b64encode(bytes(64)).decode())
CHEAP = config.Passwords(memory_kib=1024, passes=1)
TODAY = Passwords(CHEAP).today
DEARER = Passwords(CHEAP.model_copy(update={"passes": 2})).hash("right")


@pytest.fixture
def clock() -> Clock:
    """The present."""
    return Clock()


@pytest.fixture
def decoys(store: Store, clock: Clock) -> HashDecoys:
    """The decoys of a store."""
    return HashDecoys(store, clock, TODAY, b"k" * 16)


def members(store: Store, *hashes: str | None) -> None:
    """Store members with these hashes."""
    with store.begin() as unit:
        for number, one in enumerate(hashes):
            particulars = replace(PARTICULARS, dossier=f"{1_000_000 + number}")
            account = unit.accounts.upsert(particulars, account_id=f"a{number}", subject=f"s{number}", now=1)
            unit.accounts.set_password_hash(account.id, one, 1)


@pytest.mark.parametrize("stored", [PBKDF2, SSHA512, SCRYPT, DEARER], ids=["pbkdf2", "ssha512", "scrypt", "argon2id"])
def test_a_decoy_costs_what_the_hash_costs_and_matches_nothing(store: Store, decoys: HashDecoys, stored: str) -> None:
    """Same scheme, same cost, and not the digest of the member it was drawn from."""
    members(store, stored)
    drawn = decoys.draw("9999999")
    assert drawn is not None
    begin = stored.rindex("}" if "}" in stored else "$") + 1
    assert (stored[:begin], len(stored)) == (drawn[:begin], len(drawn))
    assert drawn != stored
    if legacy_hashes.is_legacy(drawn):
        legacy_hashes.to_stored(drawn.removeprefix(legacy_hashes.PREFIX))
    assert not Passwords(CHEAP).verify(drawn, "right")
    assert Passwords(CHEAP).verify(stored, "right") or stored == SCRYPT


def test_a_number_has_one_decoy_and_numbers_share_the_schemes(store: Store, decoys: HashDecoys) -> None:
    """Asked again, also elsewhere, a number costs the same; where schemes are mixed, so are the decoys."""
    members(store, PBKDF2, PBKDF2, PBKDF2, SSHA512)
    numbers = [str(number) for number in range(400)]
    drawn = [decoys.draw(number) for number in numbers]
    assert drawn == [HashDecoys(store, Clock(), TODAY, b"k" * 16).draw(number) for number in numbers]
    assert 250 < sum("pbkdf2" in str(one) for one in drawn) < 350


def test_when_every_member_has_come_there_is_nothing_to_hide(store: Store, decoys: HashDecoys, clock: Clock) -> None:
    """The store is asked once in ten minutes; what an import brings is seen then, and what is over too."""
    members(store, None, Passwords(CHEAP).hash("right"))
    assert decoys.draw("1") is None
    members(store, None, PBKDF2)
    with counted(store.engine) as statements:
        assert decoys.draw("1") is None
        clock.forward(600)
        assert decoys.draw("1") is not None
        assert decoys.draw("2") is not None
    assert 1 == len(statements)
    members(store, None, None)
    clock.forward(600)
    assert decoys.draw("1") is None
