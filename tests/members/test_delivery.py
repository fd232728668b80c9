"""Where a provisional password may go, and what is shown of it."""

import re
import string
from dataclasses import replace

import pytest

from idp.members.delivery import Deliveries, mask
from idp.store.accounts import Account
from tests.support.records import PARTICULARS

NOW = 2_000_000
SIGNS = string.ascii_lowercase + string.digits
ACCOUNT = Account(
    **{name: getattr(PARTICULARS, name) for name in PARTICULARS.__dataclass_fields__},
    id="account",
    subject="subject",
    password_hash=None,
    epoch=0,
    created_at=1,
    updated_at=1,
)


@pytest.fixture
def deliveries() -> Deliveries:
    """A rest of one day after a change."""
    return Deliveries(b"k" * 32, 86400)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jeanne-dy@cabinet.com", "j***dy@c*****.com"),
        ("jean@orange.fr", "j***n@o*****.fr"),
        ("jo@x.fr", "j***@x*****.fr"),
        ("Jeanne.LEROY-@Orange.FR", "j***oy@o*****.fr"),
        ("a.very.long.name.indeed@mail.example.co.uk", "a***ed@m*****.uk"),
    ],
)
def test_a_mask_tells_its_owner_and_nobody_else(address: str, shown: str) -> None:
    """The seeds' form; always as many stars, so that no length is told."""
    assert shown == mask(address)


def test_a_known_account_shows_its_own_address(deliveries: Deliveries) -> None:
    """And post beside it, whatever the status."""
    options = deliveries.options(ACCOUNT, "affilie", "1234567", NOW)
    assert ("a***la@e*****.org", ("email", "post")) == (options.masked_email, options.channels)
    none = deliveries.options(replace(ACCOUNT, email=None), "affilie", "1234567", NOW)
    assert (None, ("post",)) == (none.masked_email, none.channels)


def test_a_changed_address_rests(deliveries: Deliveries) -> None:
    """For a while neither a new e-mail nor a new postal address receives a password (N-119)."""
    moved = replace(ACCOUNT, email_changed_at=NOW - 86399, address_changed_at=NOW - 86399)
    assert deliveries.email(moved, NOW) is None
    assert not deliveries.post(moved, NOW)
    assert deliveries.options(moved, "affilie", "1234567", NOW).masked_email is None
    assert "angela@example.org" == deliveries.email(moved, NOW + 1)
    assert deliveries.post(moved, NOW + 1)


def test_without_a_postal_address_no_letter_goes(deliveries: Deliveries) -> None:
    """There is nothing to print."""
    assert not deliveries.post(replace(ACCOUNT, address=None), NOW)


def test_invented_members_are_stable_varied_and_sometimes_without_an_address(deliveries: Deliveries) -> None:
    """By a keyed hash: always the same for one number, others under another key (decision D9)."""
    numbers = [f"{number:07}" for number in range(2000)]
    shown = {number: deliveries.options(None, "affilie", number, NOW).masked_email for number in numbers}
    assert shown == {number: deliveries.options(None, "affilie", number, 0).masked_email for number in numbers}
    other = Deliveries(b"x" * 32, 86400)
    assert shown != {number: other.options(None, "affilie", number, NOW).masked_email for number in numbers}
    assert 0.12 < sum(one is None for one in shown.values()) / len(numbers) < 0.26
    assert len(set(shown.values())) > 300


def test_what_a_real_mask_shows_an_invented_one_may_show_too(deliveries: Deliveries) -> None:
    """Every initial, every end, every host's initial and the shorter names: no mask is the proof of a member (D9)."""
    options = (deliveries.options(None, "ayant_droit", f"{number:09}", NOW).masked_email for number in range(60000))
    parts = [re.split(r"\*{5}\.|\*{3}|@", shown) for shown in options if shown is not None]
    initials, ends, hosts, tops = (set(column) for column in zip(*parts, strict=True))
    assert set(SIGNS) == initials == hosts
    assert {one + two for one in SIGNS for two in SIGNS} | {*SIGNS, ""} == ends
    assert {"fr", "com", "net", "org", "eu"} <= tops


def test_situation_and_number_are_one_key(deliveries: Deliveries) -> None:
    """The same digits under the other choice are another dossier."""
    pairs = [(deliveries.options(None, one, "1234567", 0), one) for one in ("affilie", "ayant_droit")]
    assert pairs[0][0] != pairs[1][0]
