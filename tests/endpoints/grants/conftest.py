"""The grants on both databases: on PostgreSQL the plain cases go another way (`idp.services.plain_tokens`)."""

import pytest

from tests.support.back_channel import World


@pytest.fixture
def world(both: World) -> World:
    """A seeded back channel; the test runs on SQLite and on PostgreSQL."""
    return both
