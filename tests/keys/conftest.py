"""A ring with one key of each signing algorithm, made once: RSA keys are slow to make."""

from collections.abc import Callable

import pytest

from keys.algorithms import ALGORITHMS
from keys.ring import KeyRing, RingKey, SealedKey, generate
from keys.sealing import Sealer
from tests.support.tokens import NOW


@pytest.fixture(scope="session")
def sealer() -> Sealer:
    """A sealer with one fixed KEK."""
    return Sealer([b"k" * 32])


@pytest.fixture(scope="session")
def make_row(sealer: Sealer) -> Callable[..., SealedKey]:
    """Make a sealed row of a new key with times around NOW."""

    def make(algorithm: str = "ES256", generation: int = 1, active_from: int = NOW) -> SealedKey:
        new = generate(algorithm, sealer)
        return SealedKey(
            kid=new.kid,
            algorithm=new.algorithm,
            use=new.use,
            generation=generation,
            sealed=new.sealed,
            published_at=active_from - 1000,
            active_from=active_from,
            retire_at=active_from + 9000,
            drop_at=active_from + 10_000,
        )

    return make


@pytest.fixture(scope="session")
def rows(make_row: Callable[..., SealedKey]) -> tuple[SealedKey, ...]:
    """One active key of every algorithm that signs."""
    return tuple(make_row(row.name) for row in ALGORITHMS.values() if row.use == "sig")


@pytest.fixture(scope="session")
def ring(rows: tuple[SealedKey, ...], sealer: Sealer) -> KeyRing:
    """A ring over ``rows``; nobody changes it."""
    return KeyRing(lambda: rows, sealer, now=NOW)


@pytest.fixture
def key(ring: KeyRing) -> RingKey:
    """Our ES256 key."""
    return ring.signing_key("ES256", NOW)


@pytest.fixture
def header(key: RingKey) -> dict[str, object]:
    """A good ID token header."""
    return {"alg": "ES256", "kid": key.kid, "typ": "JWT"}
