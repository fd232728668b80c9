"""One emulator for the whole room, knobs at rest before each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.emulator.keys import SigningKeys
from federation.provider_metadata import CachePolicy
from tests.support.ports import MemoryHouse
from tests.support.upstream_world import ANGELA_CLAIMS, Emulator, World, emulator, world

PEOPLE = {
    "angela": ANGELA_CLAIMS,
    "presumed": ANGELA_CLAIMS
    | {"birthdate": "1958-01-01", "idp_birthdate": "1958-00-00", "birthplace": "", "birthcountry": "99350"},
    "other": ANGELA_CLAIMS
    | {"given_name": "Zoé", "given_name_array": ["Zoé"], "family_name": "AUTRE", "birthdate": "1990-03-04"},
}


@pytest.fixture(scope="session")
def signing_keys() -> SigningKeys:
    """The emulator's keys, made once."""
    return SigningKeys()


@pytest.fixture
def house(tmp_path: Path) -> MemoryHouse:
    """The provider's side, empty."""
    return MemoryHouse(tmp_path / "house.sqlite")


@pytest.fixture
def running(house: MemoryHouse, signing_keys: SigningKeys) -> Iterator[Emulator]:
    """An emulator on a loopback port, on the same clock."""
    with emulator(house.clock, PEOPLE, signing_keys) as started:
        yield started


@pytest.fixture
def here(running: Emulator, house: MemoryHouse) -> World:
    """Federation, its pages and a browser, against that emulator."""
    return world(running, house, cache=CachePolicy(cool_down=0))
