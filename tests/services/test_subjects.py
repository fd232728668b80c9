"""The `sub` an application sees (Core 8, N-046)."""

from dataclasses import replace

import pytest

from idp.protocol.client import Client
from idp.services.subjects import Subjects, sector

CLIENT = Client(client_id="a", name="A", redirect_uris=("https://a.example/cb", "https://a.example/cb2"))
PAIRWISE = replace(CLIENT, subject_type="pairwise")
SUBJECTS = Subjects(b"k" * 32)


def of(client: Client, account: str = "account-1") -> str:
    """Return a subject."""
    return SUBJECTS.of(client, account_id=account, public="public-1")


def test_public_clients_share_the_subject() -> None:
    """The random one of the account."""
    assert "public-1" == of(CLIENT)


def test_pairwise_differs_by_sector_and_account_and_is_stable() -> None:
    """Core 8.1: same sector, same sub; another sector or member, another; the account cannot be read from it."""
    elsewhere = replace(PAIRWISE, redirect_uris=("https://b.example/cb",))
    same = replace(PAIRWISE, client_id="b", redirect_uris=("https://a.example/other",))
    assert of(PAIRWISE) == of(same)
    assert 3 == len({of(PAIRWISE), of(elsewhere), of(PAIRWISE, "account-2")})
    assert 43 == len(of(PAIRWISE))
    assert of(PAIRWISE) != Subjects(b"x" * 32).of(PAIRWISE, account_id="account-1", public="p")


def test_several_hosts_need_a_sector_identifier() -> None:
    """Core 8.1."""
    several = replace(PAIRWISE, redirect_uris=("https://a.example/cb", "https://b.example/cb"))
    with pytest.raises(ValueError, match="sector"):
        sector(several)
    named = replace(several, extra={"sector_identifier_uri": "https://sector.example/uris.json"})
    assert "sector.example" == sector(named)
