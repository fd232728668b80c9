"""Request objects by reference, from servers on this machine: fetched within bounds, kept where nothing can change."""

import base64
import hashlib
import threading
from collections.abc import Sequence

import pytest

from idp.config import Outgoing as Settings
from idp.protocol.errors import ProtocolError, Unavailable
from idp.services.outgoing import Outgoing
from idp.services.request_uris import MAX_BYTES, MAX_KEPT, NOT_AGAIN, RequestUris
from tests.support.raw_server import answer, raw_server
from tests.support.stores import Clock

TOKEN = b"aaa.bbb.ccc"
HASH = base64.urlsafe_b64encode(hashlib.sha256(TOKEN).digest()).rstrip(b"=").decode()


def request_uris(at_once: int = 4, timeout: float = 2.0, clock: Clock | None = None) -> RequestUris:
    """Return a fetcher that may call this machine."""
    outgoing = Outgoing(Settings(timeout=timeout, private_hosts=("127.0.0.1",)))
    return RequestUris(outgoing, at_once, clock or Clock())


def error_of(uris: RequestUris, uri: str) -> str:
    """Return the protocol's error for an address."""
    with pytest.raises(ProtocolError) as caught:
        uris.fetch(uri)
    return caught.value.error


def test_what_its_hash_names_is_fetched_once() -> None:
    """Core 6.2: the fragment is the SHA-256 of the document, which is then kept; without one it is fetched anew."""
    with raw_server(lambda _: answer(TOKEN)) as server:
        uris = request_uris()
        for _ in range(3):
            assert TOKEN.decode() == uris.fetch(f"{server.address}/r#{HASH}")
        assert ["/r"] == server.paths
        for _ in range(2):
            assert TOKEN.decode() == uris.fetch(f"{server.address}/plain")
    assert ["/r", "/plain", "/plain"] == server.paths


@pytest.mark.parametrize("fragment", ["x", HASH[:-1], HASH + "A", HASH.lower(), HASH + "="])
def test_another_document_than_the_hash_names(fragment: str) -> None:
    """A fragment that is no hash of the document is a name like any other: the document is taken, and fetched anew."""
    with raw_server(lambda _: answer(TOKEN)) as server:
        uris = request_uris()
        for _ in range(2):
            assert TOKEN.decode() == uris.fetch(f"{server.address}/r#{fragment}")
    assert 2 == len(server.paths)


def test_faults_are_the_applications() -> None:
    """Nothing there, a redirect, a huge answer, one that drips, one that is no text: `invalid_request_uri`."""
    faults = {
        "/gone": answer(b"", status="404 Not Found"),
        "/away": answer(b"", status="302 Found", headers=("Location: /r",)),
        "/large": answer(b"a" * (MAX_BYTES + 1)),
        "/huge": answer(b"a" * 1_000_000),
        "/binary": answer(b"\xff\xfe"),
        "/page": answer(b"<!doctype html><title>a.b.c</title>"),
        "/parts": answer(b"a.b.c.d"),
        "/empty": answer(b""),
        "/slow": (5.0,),
    }
    with raw_server(lambda path: faults[path]) as server:
        uris = request_uris(timeout=0.5)
        for path in faults:
            assert "invalid_request_uri" == error_of(uris, f"{server.address}{path}"), path
    assert list(faults) == server.paths


def test_an_address_that_gave_none_is_left_alone_for_a_while() -> None:
    """Nobody has us call a stranger's address at their pace; ten seconds later it may have come right."""
    documents, clock = {"/r": answer(b"<html></html>")}, Clock()
    with raw_server(lambda path: documents[path]) as server:
        uris = request_uris(clock=clock)
        for name in ("", "#a", "#b"):
            assert "invalid_request_uri" == error_of(uris, f"{server.address}/r{name}")
        documents["/r"] = answer(TOKEN)
        clock.forward(NOT_AGAIN)
        assert TOKEN.decode() == uris.fetch(f"{server.address}/r")
    assert ["/r", "/r"] == server.paths


def test_inside_addresses_are_not_called() -> None:
    """N-131: unless the settings name the host."""
    with raw_server(lambda _: answer(TOKEN)) as server:
        strict = RequestUris(Outgoing(Settings()), 4, Clock())
        for uri in (f"{server.address}/r", f"https://localhost:{server.port}/r", "file:///etc/passwd"):
            assert "invalid_request_uri" == error_of(strict, uri)
    assert [] == server.paths


def test_slow_applications_do_not_take_every_thread() -> None:
    """Beyond a few at once nobody waits: the page says to try again."""
    begun, release = threading.Event(), threading.Event()

    def slowly(_path: str) -> Sequence[bytes | float]:
        begun.set()
        release.wait(5)
        return answer(TOKEN)

    with raw_server(slowly) as server:
        uris = request_uris(at_once=1)
        first = threading.Thread(target=uris.fetch, args=(f"{server.address}/a",))
        first.start()
        assert begun.wait(5)
        with pytest.raises(Unavailable):
            uris.fetch(f"{server.address}/b")
        release.set()
        first.join(5)
        assert TOKEN.decode() == uris.fetch(f"{server.address}/c")


def test_what_is_kept_is_bounded() -> None:
    """The oldest goes when there are too many."""
    with raw_server(lambda _: answer(TOKEN)) as server:
        uris = request_uris()
        for number in range(MAX_KEPT + 1):
            uris.fetch(f"{server.address}/{number}#{HASH}")
        uris.fetch(f"{server.address}/0#{HASH}")
    assert 2 == server.paths.count("/0")
