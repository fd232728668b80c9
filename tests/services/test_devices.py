"""What is kept of a network and of a browser."""

import pytest

from idp.services.devices import coarse, device_of


@pytest.mark.parametrize(
    ("network", "kept"),
    [
        ("192.0.2.77", "192.0.2.x"),
        ("2001:db8:1:2::/64", "2001:db8:1:…"),
        ("2001:db8::/64", "2001:db8:0:…"),
        ("unknown", ""),
        ("", ""),
        ("192.0.2.77.example", ""),
    ],
)
def test_a_network_loses_its_last_part(network: str, kept: str) -> None:
    """Enough to recognise a place, too little to find a household."""
    assert kept == coarse(network)


def test_two_accounts_know_one_browser_under_two_digests() -> None:
    """Nobody can tell from the table who shares a browser."""
    assert device_of("one", "browser") == device_of("one", "browser")
    assert 3 == len({device_of(*pair) for pair in (("one", "browser"), ("other", "browser"), ("one", "another"))})
    assert "browser" not in device_of("one", "browser")
