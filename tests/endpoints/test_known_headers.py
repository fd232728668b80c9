"""Headers that were right: found again, bounded, and no longer right than their secret and their registration."""

from contextlib import suppress
from dataclasses import replace

import pytest

from idp.endpoints.client_authentication import Authenticate
from idp.endpoints.known_headers import MAX_CLIENTS, MOST, Known, KnownHeaders
from idp.endpoints.rfc6749_client_auth import MAX_HEADER
from idp.endpoints.rfc7523_private_key_jwt import AssertionVerifier
from idp.protocol.client import ClientSecret
from idp.protocol.errors import ProtocolError
from idp.protocol.opaque import digest
from idp.services.client_brake import FAILURES, ClientBrake
from idp.services.clients import Clients
from idp.store.kv import SqlKeyValue
from tests.support.back_channel import CLIENT, SECRET, World, basic, form
from tests.support.stores import Clock


def known(client_id: str = "espace") -> Known:
    """Return what a header of an application proved."""
    return Known(replace(CLIENT, client_id=client_id), 100.0, "")


def test_it_is_found_again() -> None:
    """By the very text alone, however long it is, and never by its beginning."""
    headers = KnownHeaders()
    headers.keep("Basic one", known())
    assert known() == headers.find("Basic one")
    assert (None, None) == (headers.find("Basic on"), headers.find("Basic one "))
    headers.keep("x" * (MAX_HEADER + 1), known())
    assert (None, 1) == (headers.find("x" * (MAX_HEADER + 1)), len(headers))


def test_spellings_of_one_application_push_out_its_own() -> None:
    """As many as it may have secrets; the latest stay, and other applications' stay too."""
    headers = KnownHeaders()
    headers.keep("Basic other", known("other"))
    for number in range(5):
        headers.keep(f"Basic {number}", known())
    headers.keep("Basic 4", known())
    found = [text for text in ("other", "0", "1", "2", "3", "4") if headers.find(f"Basic {text}")]
    assert (["other", "3", "4"], MOST + 1) == (found, len(headers))


def test_applications_are_bounded() -> None:
    """One more than are kept, and all begin anew."""
    headers = KnownHeaders()
    for number in range(MAX_CLIENTS):
        headers.keep(f"Basic {number}", known(str(number)))
    headers.keep("Basic 0 again", known("0"))
    assert MAX_CLIENTS + 1 == len(headers)
    headers.keep("Basic one more", known("one more"))
    assert 1 == len(headers)


class Ticking(Clock):
    """A clock that goes on by a second at its n-th reading."""

    def __init__(self, now: int, at: int) -> None:
        super().__init__(now)
        self.left = at

    def __call__(self) -> int:
        """Return the time."""
        self.left -= 1
        self.now += self.left == 0
        return self.now


@pytest.mark.parametrize("at", range(1, 9))
def test_a_secret_that_ends_while_it_is_proved(world: World, at: int) -> None:
    """Wherever in a request the second turns at which a secret ends, its header is refused from the next one on."""
    now, end = world.clock(), world.clock() + 1
    ending = replace(CLIENT, secrets=(ClientSecret(digest(SECRET), 0, end), ClientSecret(digest("other"), 0)))
    world.channel.clients.upsert(ending)
    clock = Ticking(now, at)
    clients = Clients(world.store, clock, ttl=3600)
    channel = world.channel
    assertions = AssertionVerifier(channel.client_keys, channel.replay, channel.issuer, "", clock)
    brake = ClientBrake(SqlKeyValue(world.store, clock), clock, failures=99)
    authenticate = Authenticate(clients, assertions, brake, lambda _client, _address: None)
    request = form("/token", {}, basic("espace", SECRET))
    with suppress(ProtocolError):
        authenticate(request)
    clock.now = end
    with pytest.raises(ProtocolError, match="invalid_client"):
        authenticate(request)


def test_a_known_header_is_never_held_back(world: World) -> None:
    """A secret in steady use is remembered by the brake, whatever others' were right in between (N-033)."""
    brake, other = world.channel.brake, "192.0.2.77"
    assert 200 == world.call("/token", {"grant_type": "client_credentials"}).status
    for number in range(5000):
        brake.succeeded(f"c{number}", "right")
    assert 200 == world.call("/token", {"grant_type": "client_credentials"}).status
    for _ in range(FAILURES):
        brake.failed("espace", other)
    brake.wait("espace", other, "x")
    assert [60, 0] == [brake.wait("espace", other, secret) for secret in ("x", SECRET)]
