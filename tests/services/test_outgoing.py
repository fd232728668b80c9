"""Calls to addresses that applications registered, against servers on this machine."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from idp.config import Outgoing as Settings
from idp.services.outgoing import MAX_ANSWER, Failure, FewAtOnce, Outgoing, OutgoingFailed
from tests.support.certificates import Authority
from tests.support.raw_server import answer, raw_server

HERE = Outgoing(Settings(timeout=2.0, private_hosts=("127.0.0.1",)))
STRICT = Outgoing(Settings(timeout=0.5))


def failure(outgoing: Outgoing, url: str) -> tuple[Failure, int | None]:
    """Return why an address gives nothing."""
    with pytest.raises(OutgoingFailed) as caught:
        outgoing.get(url, accept="application/json")
    return caught.value.failure, caught.value.status


def test_a_document_and_its_type() -> None:
    """The bytes come back with the bare media type; the fragment of an address is not sent."""
    kind = ("Content-Type: Application/JSON; charset=utf-8",)
    with raw_server(lambda _: answer(b"{}", headers=kind)) as server:
        document = HERE.get(f"{server.address}/keys#part", accept="application/json")
    assert ("application/json", b"{}", ["/keys"]) == (document.media_type, document.body, server.paths)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/keys",
        "ftp://example.org/keys",
        "file:///etc/passwd",
        "https:///keys",
        "https://user:word@example.org/keys",
        "https://[::1",
        "http://127.0.0.1/keys",
        "https://127.0.0.1@example.org/",
    ],
)
def test_addresses_that_are_never_called(url: str) -> None:
    """Only https to a named host without credentials, unless the settings name the host (N-074)."""
    assert (Failure.ADDRESS, None) == failure(STRICT, url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_inside_addresses_get_no_request(host: str) -> None:
    """However it is written, an address of this machine is refused once it is reached, before a byte is sent."""
    with raw_server(lambda _: answer(b"{}")) as server:
        assert failure(STRICT, f"https://{host}:{server.port}/")[0] in {Failure.ADDRESS, Failure.UNREACHABLE}
    assert [] == server.paths


def test_redirects_and_errors_are_no_documents() -> None:
    """Whatever is not 200 gives nothing, and where it points is not asked."""
    away = answer(b"", status="302 Found", headers=("Location: /elsewhere",))
    with raw_server(lambda _: away) as server:
        assert (Failure.STATUS, 302) == failure(HERE, f"{server.address}/here")
    assert ["/here"] == server.paths


def test_too_large_too_slow_not_there() -> None:
    """Each has its own reason, for the log."""
    with raw_server(lambda path: answer(b"x" * (MAX_ANSWER + 1)) if path == "/large" else (5.0,)) as server:
        assert (Failure.TOO_LARGE, None) == failure(HERE, f"{server.address}/large")
        quick = Outgoing(Settings(timeout=0.3, private_hosts=("127.0.0.1",)))
        assert (Failure.DEADLINE, None) == failure(quick, f"{server.address}/slow")
    assert (Failure.UNREACHABLE, None) == failure(HERE, "http://127.0.0.1:9/")


def test_a_form_and_its_answer() -> None:
    """A form is posted, and the status comes back whatever it is; a call may be told to wait less."""
    with raw_server(lambda path: answer(b"", status="400 Bad Request") if path == "/bad" else (5.0,)) as server:
        assert 400 == HERE.post(f"{server.address}/bad", {"logout_token": "x"})
        with pytest.raises(OutgoingFailed) as caught:
            HERE.post(f"{server.address}/slow", {"logout_token": "x"}, timeout=0.2)
    assert Failure.DEADLINE is caught.value.failure


def test_authorities_of_the_settings(tmp_path: Path) -> None:
    """A server is believed with the named authority, and not without it."""
    authority = Authority.create(tmp_path)
    certificate = authority.vouches_for("127.0.0.1", tmp_path)
    with raw_server(lambda _: answer(b"{}"), certificate=certificate) as server:
        url = f"https://127.0.0.1:{server.port}/"
        bundle = Settings(timeout=2.0, private_hosts=("127.0.0.1",), ca_bundle=authority.file)
        assert b"{}" == Outgoing(bundle).get(url, accept="*/*").body
        assert (Failure.UNREACHABLE, None) == failure(HERE, url)


def test_only_a_few_wait_for_strangers() -> None:
    """While every place is taken, the next is refused at once; a place comes back, also after a failure."""
    going, let_go = Event(), Event()

    def fetch(url: str) -> bytes:
        if url == "fails":
            raise OutgoingFailed(Failure.STATUS, 404)
        going.set()
        let_go.wait(20)
        return b"document"

    few = FewAtOnce(fetch, 1)
    with pytest.raises(OutgoingFailed, match="status 404"):
        few("fails")
    with ThreadPoolExecutor(1) as callers:
        first = callers.submit(few, "hangs")
        assert going.wait(20)
        with pytest.raises(OutgoingFailed, match="busy"):
            few("next")
        let_go.set()
        assert b"document" == first.result(20)
    assert b"document" == few("after")
