"""Keys of clients that are fetched: when, how often, and what happens while nobody answers."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from joserfc.jwk import ECKey

from idp.protocol.client import Client
from idp.protocol.errors import Unavailable
from idp.services.client_keys import BETWEEN, MAX_AGE, ClientKeys
from idp.services.clients import Clients
from idp.services.outgoing import Failure, OutgoingFailed
from keys.errors import Rejection, TokenRejected
from keys.foreign import PublicKeySet
from tests.support.records import CLIENT
from tests.support.stores import Clock, sqlite_store

AWAY = replace(CLIENT, client_id="away", jwks_uri="https://app.example.org/jwks")


def public(kid: str, use: str = "sig") -> dict[str, Any]:
    """Return a public key."""
    return {**ECKey.generate_key("P-256").as_dict(private=False), "kid": kid, "use": use}


class Site:
    """Applications' addresses: counts calls, answers with keys, or does not."""

    def __init__(self, *kids: str) -> None:
        self.calls = 0
        self.answer: Callable[[], bytes] = lambda: b""
        self.publish(*kids)

    def publish(self, *kids: str) -> None:
        """Have these keys from now on."""
        self.say(json.dumps({"keys": [public(kid) for kid in kids]}).encode())

    def say(self, document: bytes) -> None:
        """Answer with these bytes from now on."""
        self.answer = lambda: document

    def fail(self) -> None:
        """Be away from now on."""

        def away() -> bytes:
            raise OutgoingFailed(Failure.UNREACHABLE)

        self.answer = away

    def __call__(self, _url: str) -> bytes:
        """Answer one call."""
        self.calls += 1
        return self.answer()


def over(folder: Path, site: Callable[[str], bytes], calls: int = 2) -> tuple[ClientKeys, Clock]:
    """Return keys over an empty store."""
    clock = Clock()
    return ClientKeys(Clients(sqlite_store(folder), clock), site, clock, calls=calls), clock


def kids(found: PublicKeySet | None) -> list[str | None]:
    """Return the ids of a set's keys."""
    return [] if found is None else [key.kid for key in found.keys]


def test_a_set_is_fetched_once_in_a_while(tmp_path: Path) -> None:
    """Not at each call; after its age it is looked for again."""
    site = Site("a")
    keys, clock = over(tmp_path, site)
    assert [["a"]] * 3 == [kids(keys.of(AWAY)) for _ in range(3)]
    clock.forward(MAX_AGE - 1)
    assert (["a"], 1) == (kids(keys.of(AWAY)), site.calls)
    site.publish("b")
    clock.forward(1)
    assert (["b"], 2) == (kids(keys.of(AWAY)), site.calls)


def test_keys_by_value_are_never_fetched(tmp_path: Path) -> None:
    """A client that registered its keys themselves causes no call."""
    site = Site("a")
    clock = Clock()
    clients = Clients(sqlite_store(tmp_path), clock)
    client = replace(CLIENT, jwks={"keys": [public("own")]})
    clients.upsert(client)
    keys = ClientKeys(clients, site, clock)
    found = keys.find(client, "own")
    assert found is not None
    assert (None, None, 0) == (keys.find(client, "other"), keys.again(client), site.calls)


def test_a_new_key_is_looked_for_but_not_all_the_time(tmp_path: Path) -> None:
    """A client that changed its key is understood within half a minute; nobody can make us call more often."""
    site = Site("a")
    keys, clock = over(tmp_path, site)
    assert keys.find(AWAY, "a") is not None
    site.publish("b")
    assert (None, 1) == (keys.find(AWAY, "b"), site.calls)
    clock.forward(BETWEEN)
    assert keys.find(AWAY, "b") is not None
    assert [None] * 5 == [keys.find(AWAY, "c") for _ in range(5)]
    assert 2 == site.calls


@pytest.mark.parametrize("reason", [Rejection.UNKNOWN_KEY, Rejection.SIGNATURE])
def test_a_token_that_does_not_verify_is_tried_with_fresh_keys(tmp_path: Path, reason: Rejection) -> None:
    """Once; any other fault of a token is final."""
    site = Site("a")
    keys, clock = over(tmp_path, site)
    keys.of(AWAY)
    site.publish("b")
    clock.forward(BETWEEN)

    def verify(found: PublicKeySet) -> str:
        if kids(found) != ["b"]:
            raise TokenRejected(reason)
        return "verified"

    assert "verified" == keys.verified(AWAY, verify)

    def late(_: PublicKeySet) -> str:
        raise TokenRejected(Rejection.EXPIRED)

    clock.forward(BETWEEN)
    with pytest.raises(TokenRejected, match="expired"):
        keys.verified(AWAY, late)
    assert 2 == site.calls


def test_what_is_kept_serves_while_the_client_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Hours of silence, nonsense or a private key change nothing; the log says what is wrong."""
    site = Site("a")
    keys, clock = over(tmp_path, site)
    keys.of(AWAY)
    for answer in (None, b"", b"[]", b'{"keys": 3}', b"x" * 300_000):
        clock.forward(MAX_AGE)
        if answer is None:
            site.fail()
        else:
            site.say(answer)
        assert ["a"] == kids(keys.of(AWAY))
    assert "keys of client away cannot be fetched: unreachable; those kept are used" in caplog.text


def test_a_client_that_never_answered_has_no_keys(tmp_path: Path) -> None:
    """Its tokens are not believed, and its address is called twice a minute at most."""
    site = Site()
    site.fail()
    keys, clock = over(tmp_path, site)
    with pytest.raises(TokenRejected, match="unknown_key"):
        keys.verified(AWAY, lambda _: None)
    assert (None, 1) == (keys.of(AWAY), site.calls)
    clock.forward(BETWEEN)
    site.publish("a")
    assert ["a"] == kids(keys.of(AWAY))


def test_a_client_that_hangs_holds_a_few_threads(tmp_path: Path) -> None:
    """Of nine callers two wait; the others are told to come back, and clients that answer are served meanwhile."""
    going, let_go = Event(), Event()
    document = json.dumps({"keys": [public("a")]}).encode()

    def site(url: str) -> bytes:
        if "hangs" in url:
            going.set()
            let_go.wait(20)
        return document

    keys, _ = over(tmp_path, site, calls=2)
    slow = replace(AWAY, jwks_uri="https://hangs.example.org/jwks")

    def call(client: Client) -> list[str | None] | str:
        try:
            return kids(keys.of(client))
        except Unavailable:
            return "later"

    with ThreadPoolExecutor(9) as callers:
        first = callers.submit(call, slow)
        assert going.wait(20)
        assert ["a"] == callers.submit(call, AWAY).result(20)
        assert ["a"] == kids(keys.of(AWAY))
        let_go.set()
        assert ["a"] == first.result(20)


def test_beyond_the_few_threads_callers_are_sent_away(tmp_path: Path) -> None:
    """While every place is taken, a client without kept keys is told to come back; one with kept keys is served."""
    going, let_go = Event(), Event()
    hanging = False
    document = json.dumps({"keys": [public("a")]}).encode()

    def site(_url: str) -> bytes:
        if hanging:
            going.set()
            let_go.wait(20)
        return document

    keys, clock = over(tmp_path, site, calls=1)
    keys.of(AWAY)
    hanging = True
    clock.forward(MAX_AGE)
    with ThreadPoolExecutor(1) as callers:
        first = callers.submit(keys.of, replace(AWAY, jwks_uri="https://hangs.example.org/jwks"))
        assert going.wait(20)
        assert ["a"] == kids(keys.of(AWAY))
        with pytest.raises(Unavailable):
            keys.of(replace(AWAY, jwks_uri="https://third.example.org/jwks"))
        let_go.set()
        assert ["a"] == kids(first.result(20))


def test_the_key_to_encrypt_to(tmp_path: Path) -> None:
    """One that is declared for it, and none where there is none."""
    document = json.dumps({"keys": [public("s"), public("e", "enc")]}).encode()
    keys, _ = over(tmp_path, lambda _: document)
    found = keys.to_encrypt(AWAY, "ECDH-ES")
    assert found is not None
    assert ("e", None) == (found.kid, keys.to_encrypt(AWAY, "RSA-OAEP-256"))
