"""Sectors, and what they see."""

import pytest

from idp.protocol.client import Client
from idp.protocol.oidc_subjects import pairwise, sector_of


@pytest.mark.parametrize(
    ("uris", "sector", "expected"),
    [
        (("https://a.example/x", "https://A.example:8443/y"), None, "a.example"),
        (("https://a.example/", "https://b.example/"), None, None),
        (("https://a.example/", "https://b.example/"), "https://c.example/list", "c.example"),
        (("com.example.app:/cb",), None, None),
        (("https://a.example/", "com.example.app:/cb"), None, None),
        ((), None, None),
    ],
)
def test_the_sector(uris: tuple[str, ...], sector: str | None, expected: str | None) -> None:
    """The address that was registered for it, else the one host; ports and paths do not matter."""
    assert expected == sector_of(Client("c", "c", redirect_uris=uris, sector_identifier_uri=sector))


def test_sectors_cannot_compare_their_members() -> None:
    """Each member and sector has a value of its own, the same each time, and other keys give others."""
    key = b"k" * 32
    seen = {pairwise(key, sector, subject) for sector in ("a", "b") for subject in ("1", "2")}
    assert 4 == len(seen | {pairwise(key, "a", "1")})
    assert {43} == {len(value) for value in seen}
    assert pairwise(b"l" * 32, "a", "1") not in seen
