"""A module of the conformance suite, against the provider as an outside suite finds it."""

from collections.abc import Iterator

import pytest

from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.house import House
from tests.support.conformance.house import house as running_house
from tests.support.conformance.suite import Suite


@pytest.fixture(scope="session")
def house() -> House:
    """The provider under test."""
    return running_house()


@pytest.fixture
def suite(house: House) -> Iterator[Suite]:
    """A module's applications, which are deleted when it ends well."""
    module = Suite(house)
    yield module
    module.tidy()


@pytest.fixture
def browser(suite: Suite) -> SuiteBrowser:
    """A browser without cookies."""
    return suite.browser()
