"""Stamps bind a page to one browser and one action, for a while."""

import pytest

from idp.services.captcha.stamps import Stamps
from tests.support.stores import Clock

KEY = b"k" * 32


def test_a_stamp_says_when_it_ripens_and_ends() -> None:
    """The seconds to wait and the lifetime count from the moment of issue."""
    clock = Clock(1000)
    stamps = Stamps(KEY, 600, clock)
    text, name = stamps.issue("browser", "action", 5)
    found = stamps.read(text, "browser", "action")
    assert found is not None
    assert (name, 1005, 1600) == (found.name, found.ripe_at, found.expires_at)


def test_a_stamp_ends_with_its_lifetime() -> None:
    """The last second is good, the next one is not."""
    clock = Clock()
    stamps = Stamps(KEY, 600, clock)
    text, _ = stamps.issue("browser", "action", 5)
    clock.forward(599)
    assert stamps.read(text, "browser", "action")
    clock.forward(1)
    assert stamps.read(text, "browser", "action") is None


@pytest.mark.parametrize(
    ("browser_id", "action"), [("other", "action"), ("browser", "other"), ("browsera", "ction"), ("", "action")]
)
def test_a_stamp_is_of_no_use_elsewhere(browser_id: str, action: str) -> None:
    """Another browser, another action, the same letters cut elsewhere, and no browser are refused (N-101)."""
    stamps = Stamps(KEY, 600, Clock())
    text, _ = stamps.issue("browser", "action", 5)
    assert stamps.read(text, browser_id, action) is None


def test_no_character_of_a_stamp_may_change() -> None:
    """A later time, a shorter wait, another name or another signature is a forgery."""
    stamps = Stamps(KEY, 600, Clock())
    text, _ = stamps.issue("browser", "action", 5)
    for place, character in enumerate(text):
        other = "1" if character != "1" else "2"
        assert stamps.read(text[:place] + other + text[place + 1 :], "browser", "action") is None


@pytest.mark.parametrize("text", ["", "...", "1.5.x.y", "é" * 50, "9" * 10_000, "\ud800", "1.5." + "0" * 32 + "."])
def test_nonsense_is_refused(text: str) -> None:
    """What does not look like a stamp is none, and raises nothing."""
    assert Stamps(KEY, 600, Clock()).read(text, "browser", "action") is None


def test_a_stamp_of_another_key_is_refused() -> None:
    """Only our own key signs."""
    text, _ = Stamps(b"o" * 32, 600, Clock()).issue("browser", "action", 5)
    assert Stamps(KEY, 600, Clock()).read(text, "browser", "action") is None
