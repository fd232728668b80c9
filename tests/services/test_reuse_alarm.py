"""The alarm for constant nonces and challenges."""

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
