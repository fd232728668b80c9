"""The captcha of the settings."""

from typing import Any

import pytest

from idp import config
from idp.services.captcha.build import build_captcha
from tests.services.captcha.conftest import ACTION, BROWSER, World


def test_the_default_needs_no_third_party(world: World) -> None:
    """Without any setting the captcha is our own."""
    captcha = build_captcha(config.load(), world.store, world.kv, bytes(32), world.clock)
    widget = captcha.widget(BROWSER, ACTION)
    assert ("proof_of_work", 5, "") == (widget.kind, widget.wait, widget.script_url)


def test_a_short_key_is_refused(world: World) -> None:
    """A key that could be guessed raises."""
    with pytest.raises(ValueError, match="32 bytes"):
        build_captcha(config.load(), world.store, world.kv, b"short", world.clock)


def test_a_missing_secret_file_is_told_at_start(world: World) -> None:
    """The file is read when the server starts, not at the first form."""
    with pytest.raises(config.ConfigurationError, match="secret file"):
        world.captcha(provider="turnstile", secret_file=world.folder / "absent")


@pytest.mark.parametrize(
    "settings",
    [
        {"provider": "turnstile"},
        {"provider": "turnstile", "site_key": "k"},
        {"provider": "turnstile", "secret_file": "f"},
        {"provider": "other"},
        {"verify_url": "https://elsewhere.example/siteverify"},
        {"verify_url": "https://localhost/siteverify"},
        {"verify_url": "http://localhost.elsewhere.example/"},
    ],
)
def test_settings_that_do_not_hold_together_are_refused(settings: dict[str, Any]) -> None:
    """A third party needs its key and secret, and nobody's secret is sent to an address of the settings' choice."""
    with pytest.raises(config.ConfigurationError, match="captcha"):
        config.load(captcha=settings)
