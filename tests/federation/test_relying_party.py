"""The client for the code flow, against the real emulator."""

import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from federation import franceconnect as fc
from federation.provider_metadata import ProviderDirectory
from federation.relying_party import RelyingParty
from federation.upstream_errors import UpstreamInvalid, UpstreamRefused, clean, error_details
from idp.outbound import BoundedAdapter
from tests.support.ports import MemoryHouse
from tests.support.upstream_world import Emulator, walk

NONCE = "a" * 64


@pytest.fixture
def client(running: Emulator, house: MemoryHouse) -> RelyingParty:
    """A client registered with the emulator."""
    return _client(running, house, running.settings())


def _client(running: Emulator, house: MemoryHouse, settings: fc.FranceConnectSettings) -> RelyingParty:
    adapter = BoundedAdapter(hosts=frozenset({"127.0.0.1"}), timeout=2, public_only=False)
    known = fc.endpoints(running.issuer)
    directory = ProviderDirectory(running.issuer, adapter, house.clock, known=known)
    return RelyingParty(settings.relying_party(), directory, adapter, house.clock)


def code_for(client: RelyingParty, running: Emulator) -> str:
    """Go to the emulator and come back with a code."""
    parameters = fc.authorization_parameters(running.settings(), state="b" * 64, nonce=NONCE)
    query = parse_qs(urlsplit(walk(client.authorization_url(parameters), "angela")).query)
    return query["code"][0]


def test_identify(client: RelyingParty, running: Emulator) -> None:
    """A code brings the verified subject, level and claims."""
    identity = client.identify(code_for(client, running), NONCE)
    assert ("eidas1", "DUBOIS", 66) == (identity.acr, identity.claims["family_name"], len(identity.sub))


def test_nothing_personal_in_repr(client: RelyingParty, running: Emulator) -> None:
    """An identity in a log or a traceback shows neither claims nor token."""
    identity = client.identify(code_for(client, running), NONCE)
    assert "DUBOIS" not in repr(identity)
    assert "eyJ" not in repr(identity)


def test_foreign_nonce(client: RelyingParty, running: Emulator) -> None:
    """A code of another attempt is not believed."""
    with pytest.raises(UpstreamInvalid, match="nonce"):
        client.identify(code_for(client, running), "c" * 64)


def test_token_of_another_sign_in(client: RelyingParty, running: Emulator) -> None:
    """FranceConnect announces no `at_hash`; one that is there must be that of the access token (V-33)."""
    code = code_for(client, running)
    running.turn(id_token_claim="at_hash")
    with pytest.raises(UpstreamInvalid, match="half_hash"):
        client.identify(code, NONCE)


@pytest.mark.parametrize("drift", [-55, 0, 55])
def test_clocks_may_disagree(client: RelyingParty, running: Emulator, house: MemoryHouse, drift: int) -> None:
    """Clocks that differ by less than a minute cost nobody a sign-in."""
    code = code_for(client, running)
    client._clock = lambda: house.clock() + drift
    assert "eidas1" == client.identify(code, NONCE).acr


@pytest.mark.parametrize("drift", [-61, 121])
def test_clocks_may_not_disagree_more(client: RelyingParty, running: Emulator, house: MemoryHouse, drift: int) -> None:
    """A token from the future, or long expired, is not believed."""
    code = code_for(client, running)
    client._clock = lambda: house.clock() + drift
    with pytest.raises(UpstreamInvalid):
        client.identify(code, NONCE)


def test_spent_code(client: RelyingParty, running: Emulator) -> None:
    """A refused code names what support asks for: error, Y code and id."""
    code = code_for(client, running)
    client.identify(code, NONCE)
    with pytest.raises(UpstreamRefused) as refused:
        client.identify(code, NONCE)
    details = refused.value.details
    assert "invalid_grant" == details["error"]
    assert details["code"].startswith("Y04")
    assert 36 == len(details["id"])


def test_wrong_secret(running: Emulator, house: MemoryHouse) -> None:
    """A wrong secret is an error of its own, not a crash."""
    client = _client(running, house, running.settings(client_secret="w" * 64))
    with pytest.raises(UpstreamRefused, match="invalid_client"):
        client.identify(code_for(client, running), NONCE)


def test_nothing_secret_is_logged(client: RelyingParty, running: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """Our own log lines hold neither code nor token nor secret, even at the finest level."""
    caplog.set_level(logging.DEBUG)
    code = code_for(client, running)
    client.identify(code, NONCE)
    ours = "".join(r.getMessage() for r in caplog.records if r.name.startswith("idp"))
    assert code not in ours
    assert "eyJ" not in ours


def test_error_details_are_cleaned() -> None:
    """Foreign text reaches the log printable and short, on one line (V-34)."""
    details = error_details(
        {
            "error": "a\nb",
            "error_description": "é" * 500,
            "error_uri": "https://x.test/?code=Y1%0aevil&id=2",
            "other": "ignored",
        }
    )
    assert {"error": "a?b", "description": "?" * 200, "code": "Y1?evil", "id": "2"} == details
    assert {} == error_details({"error": 7, "error_uri": "http://[bad"})
    assert "" == clean(None, 5)
