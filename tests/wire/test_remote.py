"""Who calls, when proxies stand between (N-133, V-60)."""

import pytest

from idp.wire.remote import MalformedForwarding, TrustedProxies

PROXIES = TrustedProxies(("10.0.0.0/8", "2001:db8::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("203.0.113.1", None, "203.0.113.1"),
        ("203.0.113.1", "198.51.100.1", "203.0.113.1"),
        ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "1.1.1.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.1.2.3", "10.9.9.9", "10.1.2.3"),
        ("2001:db8::1", "2001:db8:5::7", "2001:db8:5::7"),
        ("::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", None, "10.1.2.3"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_first_that_is_not_ours_counts(peer: str, forwarded: str | None, caller: str) -> None:
    """Read from the right; what a caller put on the left is never believed."""
    assert caller == PROXIES.caller(peer, forwarded)


@pytest.mark.parametrize(
    "forwarded", ["", "x", "1.2.3.4, x", "1.2.3.4:80", "1.2.3.4,", "'", ",".join(["10.0.0.1"] * 21)]
)
def test_a_malformed_header_of_a_proxy_is_refused(forwarded: str) -> None:
    """Refused, not guessed."""
    with pytest.raises(MalformedForwarding):
        PROXIES.caller("10.1.2.3", forwarded)


def test_without_proxies_nothing_is_read() -> None:
    """The default believes nobody."""
    assert "10.1.2.3" == TrustedProxies(()).caller("10.1.2.3", "x")


def test_a_network_that_is_none_is_told_at_start() -> None:
    """A typing error in the settings stops the start."""
    with pytest.raises(ValueError, match="proxy"):
        TrustedProxies(("proxy",))
