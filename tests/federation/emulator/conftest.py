"""Fixtures: an emulator with two service providers, its clock in the test's hand."""

from dataclasses import replace

import pytest

from federation.emulator.app import create_app
from federation.emulator.config import EmulatorConfig
from federation.emulator.keys import SigningKeys
from federation.emulator.personas import load_personas
from tests.federation.emulator.partner import FUND, ISSUER, PERSONAS, SHOP, Now, Partner


@pytest.fixture(scope="session")
def keys() -> SigningKeys:
    """One key set for the whole run: making RSA keys is slow."""
    return SigningKeys()


@pytest.fixture
def now() -> Now:
    """The emulator's clock."""
    return Now()


@pytest.fixture
def naps() -> list[float]:
    """What the slowness knobs slept, instead of sleeping."""
    return []


@pytest.fixture
def config(now: Now, naps: list[float]) -> EmulatorConfig:
    """Two service providers and the demo's personas."""
    return EmulatorConfig(
        issuer=ISSUER, clients=(FUND, SHOP), personas=load_personas(PERSONAS), clock=now, sleep=naps.append
    )


@pytest.fixture
def partner(config: EmulatorConfig, keys: SigningKeys) -> Partner:
    """The fund, in front of a fresh emulator."""
    return Partner(create_app(config, keys))


@pytest.fixture
def shop(partner: Partner) -> Partner:
    """A second service provider in the same browser."""
    return partner.with_client(SHOP)


@pytest.fixture
def sibling(config: EmulatorConfig, keys: SigningKeys) -> Partner:
    """A provider that shares the fund's pairwise sector, on an emulator of its own."""
    twin = replace(FUND, client_id="fund-2", entity_id="fund")
    return Partner(create_app(replace(config, clients=(twin,)), keys), twin)
