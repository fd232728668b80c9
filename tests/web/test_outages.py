"""The sentence in the place of an upstream's button."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from idp.people import catalogue
from idp.upstream import Outage
from idp.web import i18n
from idp.web.outages import moment, sentence

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> int:
    """Return a time of Paris in Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp())


SINCE, NOW = at("2026-11-24T14:05"), at("2026-11-24T15:00")


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A language, within a request answered in it."""
    app = Flask("test", root_path=str(tmp_path))
    i18n.install(app, catalogue(), lambda: str(request.param))
    with app.test_request_context():
        yield str(request.param)


def test_a_silent_upstream_is_dated(language: str) -> None:
    """Since when it has not answered, and the way that is open."""
    expected = {
        "fr": "FranceConnect ne répond pas depuis 14\u00a0h\u00a005. Connectez-vous avec votre numéro de dossier.",
        "en": "FranceConnect has not been answering since 14:05. Sign in with your file number.",
    }
    assert expected[language] == sentence(Outage(SINCE), "FranceConnect", language, NOW)


def test_a_pause_says_when_it_ends(language: str) -> None:
    """An operator's words replace the first sentence in their language only; the end is said in each."""
    outage = Outage(SINCE, paused=True, until=at("2026-11-25T08:00"), words={"fr": "Travaux annoncés."})
    expected = {
        "fr": "Travaux annoncés. Reprise prévue\u00a0: le 25 novembre à 8\u00a0h\u00a000.",
        "en": "Sign-in with FranceConnect has been suspended since 14:05. Sign in with your file number. "
        "Expected back: 25 November, 08:00.",
    }
    assert expected[language] == sentence(outage, "FranceConnect", language, NOW)


def test_a_day_is_that_of_paris() -> None:
    """Ten to one at night is today there, although Greenwich still has yesterday."""
    assert "0\u00a0h\u00a050" == moment(at("2026-07-02T00:50"), at("2026-07-02T01:10"), "fr")
    assert "le 1er juillet à 23\u00a0h\u00a050" == moment(at("2026-07-01T23:50"), at("2026-07-02T00:10"), "fr")
