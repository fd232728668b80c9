"""The demonstration on https, as relying parties that others wrote find it."""

import pytest

from tests.support.conformance.house import House
from tests.support.conformance.house import house as running_house
from tests.support.demonstrations import Demonstration


@pytest.fixture(scope="session")
def house() -> House:
    """The provider."""
    return running_house()


@pytest.fixture(scope="session")
def demonstration(house: House) -> Demonstration:
    """The demonstration that it belongs to."""
    return house.demonstration
