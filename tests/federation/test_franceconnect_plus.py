"""FranceConnect+: the same journey, with answers encrypted to a key of ours."""

import json
from collections.abc import Iterator

import pytest

from federation.emulator.keys import SigningKeys
from keys.jwe import decrypt
from keys.ring import KeyRing, SealedKey, generate
from keys.sealing import Sealer
from tests.federation.conftest import PEOPLE
from tests.support.federation_pages import of, told
from tests.support.ports import MemoryHouse, account
from tests.support.upstream_world import Emulator, World, emulator, world

ALGORITHMS = ("ECDH-ES", "RSA-OAEP")


@pytest.fixture(scope="module")
def ring() -> KeyRing:
    """Our encryption keys, made once."""
    sealer = Sealer([b"k" * 32])
    made = [generate(name, sealer) for name in ALGORITHMS]
    rows = [SealedKey(new.kid, new.algorithm, new.use, 1, new.sealed, 0, 0, 1 << 40, 1 << 41) for new in made]
    return KeyRing(lambda: rows, sealer, now=0)


@pytest.fixture(params=ALGORITHMS)
def running_plus(
    request: pytest.FixtureRequest, house: MemoryHouse, signing_keys: SigningKeys, ring: KeyRing
) -> Iterator[tuple[Emulator, str]]:
    """FranceConnect+, to which we are registered with one encryption or the other."""
    jwks = json.loads(ring.public_jwks(house.clock()).body)
    registration = {"encryption_alg": request.param, "jwks": jwks}
    with emulator(house.clock, PEOPLE, signing_keys, "plus", **registration) as started:
        yield started, request.param


@pytest.fixture
def here(running_plus: tuple[Emulator, str], house: MemoryHouse, ring: KeyRing) -> World:
    """Federation and a browser against it."""
    started, encryption = running_plus

    def opened(token: str, algorithm: str) -> str:
        return decrypt(ring, token, algorithms=(algorithm,), now=house.clock())

    return world(started, house, environment="emulator_plus", encryption=encryption, decrypt=opened)


def test_sign_in(here: World, house: MemoryHouse) -> None:
    """Recognised at the level asked for; what is kept for logout is the token inside, which FranceConnect+ wants."""
    house.directory.add(account())
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]
    outcome = here.door.outcomes[0]
    assert ("FranceConnect+", "eidas2") == (here.upstream.label, outcome.acr)
    assert 2 == (outcome.upstream_session or "").count(".")


@pytest.mark.parametrize("fault", ["absent", "foreign_key", "unknown_kid", "other"])
def test_what_is_not_encrypted_to_us_is_not_believed(here: World, house: MemoryHouse, fault: str) -> None:
    """Plainly signed, for somebody else, or by another algorithm: no session, no link."""
    house.directory.add(account())
    here.emulator.turn(encryption=fault)
    assert 502 == here.sign_in("angela").status_code
    assert ([], []) == (here.door.outcomes, of(house))
    assert "upstream_id_token:" in house.trace()


def test_a_lower_level_is_refused(here: World, house: MemoryHouse) -> None:
    """An answer below the level asked for opens nothing (N-065)."""
    house.directory.add(account())
    here.emulator.turn(id_token_claim="acr")
    told(here.sign_in("angela"))
    assert [] == here.door.outcomes
