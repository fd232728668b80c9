"""The example server against a stand-in provider."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.espace_personnel.app import create_app
from examples.espace_personnel.config import Config, Registration
from tests.examples.stand_in import SECRETS, StandIn, running

BASE = "http://localhost:8002"


@pytest.fixture
def provider() -> Iterator[StandIn]:
    """A provider of the test's own."""
    with running() as stand_in:
        yield stand_in


@pytest.fixture
def app(provider: StandIn) -> Flask:
    """The example server, registered with that provider."""
    scope = "openid profile dossier"
    applications = {
        "espace": Registration("app-basic", scope, SECRETS["app-basic"]),
        "documents": Registration("app-public", scope, None, "none"),
        "simulateur": Registration("app-post", scope, SECRETS["app-post"], "client_secret_post"),
    }
    return create_app(Config(provider.issuer, BASE, applications))


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()
