"""A provider for every story: on SQLite for most, on each pair of stores for the main ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import servers
from tests.support.pages import Browser
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider on SQLite, the database also its key-value store."""
    with running(copied_provider(tmp_path)) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql", "postgresql and redis"])
def every_provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    """A provider over each pair of stores that an operator may choose."""
    kind = request.param.partition(" ")[0]
    cache = {"redis_url": servers.redis_url()} if "redis" in request.param else {}
    with running(copied_provider(tmp_path, kind, cache=cache)) as opened:
        yield opened


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """A browser without cookies."""
    return provider.browser()


@pytest.fixture
def espace(provider: Provider) -> RelyingParty:
    """The fund's own application."""
    return RelyingParty(provider)
