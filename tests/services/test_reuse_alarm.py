"""The alarm for constant nonces and challenges."""

import pytest

from idp.services.reuse_alarm import ReuseAlarm


def test_second_use_is_told() -> None:
    """A value seen before from the same client is told; another client's or another name's is not (N-029)."""
    alarm = ReuseAlarm()
    assert not alarm.saw("a", "nonce", "x")
    assert not alarm.saw("b", "nonce", "x")
    assert not alarm.saw("a", "code_challenge", "x")
    assert alarm.saw("a", "nonce", "x")
    assert not alarm.saw("a", "nonce", None)


def test_memory_is_bounded() -> None:
    """Old values are forgotten, so that requests cannot fill the memory (V-85)."""
    alarm = ReuseAlarm(remembered=10)
    for number in range(100):
        alarm.saw("a", "nonce", str(number))
    assert not alarm.saw("a", "nonce", "0")


def test_the_log_is_not_filled(caplog: pytest.LogCaptureFixture) -> None:
    """One line a minute about one client and one parameter, which says how often."""
    now = [1000.0]
    alarm = ReuseAlarm(timer=lambda: now[0])
    for _ in range(6):
        alarm.saw("client-1", "nonce", "n-1")
    alarm.saw("client-1", "code_challenge", "c-1")
    alarm.saw("client-1", "code_challenge", "c-1")
    now[0] += 60
    assert alarm.saw("client-1", "nonce", "n-1")
    assert [
        "client client-1 sends a constant nonce (1 times)",
        "client client-1 sends a constant code_challenge (1 times)",
        "client client-1 sends a constant nonce (5 times)",
    ] == caplog.messages
