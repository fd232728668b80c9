"""An upstream's document and keys, against a server that fails."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from federation.franceconnect import endpoints
from federation.provider_metadata import CachePolicy, ProviderDirectory
from federation.upstream_errors import UpstreamDown, UpstreamError, UpstreamInvalid
from idp.outbound import BoundedAdapter
from keys.purposes import Purpose
from tests.support.raw_server import Answer, RawServer, answer, raw_server
from tests.support.stores import Clock

KEYS = {name: ECKey.generate_key("P-256") for name in ("one", "two", "stranger")}


def token(name: str, kid: str = "k") -> str:
    """Sign userinfo with one of the keys."""
    claims = json.dumps({"iss": "i", "sub": "s", "aud": "a"}).encode()
    return jws.serialize_compact({"alg": "ES256", "kid": kid}, claims, KEYS[name], algorithms=["ES256"])


def jwks(*names: str, kid: str = "k") -> bytes:
    """Return a JWKS of some keys, all under one kid."""
    keys = [dict(KEYS[name].as_dict(private=False)) | {"kid": kid, "use": "sig"} for name in names]
    return json.dumps({"keys": keys}).encode()


@dataclass
class Upstream:
    """A server whose answers a test changes, and the directory that reads it."""

    clock: Clock = field(default_factory=Clock)
    documents: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    server: RawServer | None = None

    @property
    def issuer(self) -> str:
        """The issuer, which is the server's address."""
        if self.server is None:
            raise RuntimeError("not started")
        return self.server.address

    def reply(self, path: str) -> Answer:
        """Answer for a path; 404 where nothing is set."""
        found = self.documents.get(path)
        return found() if found else answer(b"", status="404 Not Found")

    def publish(self, body: bytes, path: str = "/jwks", status: str = "200 OK") -> None:
        """Set what a path answers."""
        self.documents[path] = lambda: answer(body, status=status)

    def discovery(self, **changes: Any) -> None:
        """Publish a discovery document."""
        known = endpoints(self.issuer)
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": known.authorization,
            "token_endpoint": known.token,
            "userinfo_endpoint": known.userinfo,
            "jwks_uri": known.jwks,
            "end_session_endpoint": known.end_session,
        }
        self.publish(json.dumps(document | changes).encode(), "/.well-known/openid-configuration")

    def directory(self, *, known: bool = True) -> ProviderDirectory:
        """Return a directory that has fetched nothing yet."""
        adapter = BoundedAdapter(hosts=frozenset({"127.0.0.1"}), timeout=1, public_only=False)
        preset = endpoints(self.issuer) if known else None
        return ProviderDirectory(self.issuer, adapter, self.clock, known=preset, policy=CachePolicy(600, 30))

    def asked(self, path: str = "/jwks") -> int:
        """Count the requests for a path."""
        return self.server.paths.count(path) if self.server else 0


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A running server with discovery and one key."""
    made = Upstream()
    with raw_server(made.reply) as server:
        made.server = server
        made.discovery()
        made.publish(jwks("one"))
        yield made


def verify(directory: ProviderDirectory, signed: str) -> object:
    """Verify a userinfo token."""
    return directory.verify(Purpose.UPSTREAM_USERINFO, signed, "ES256").claims["sub"]


def test_nothing_is_fetched_before_it_is_needed(upstream: Upstream) -> None:
    """Making a directory asks nothing of the upstream."""
    upstream.directory()
    assert upstream.server is not None
    assert [] == upstream.server.paths


def test_kept_for_ten_minutes(upstream: Upstream) -> None:
    """Both documents are fetched once, and again after ten minutes."""
    directory = upstream.directory()
    for _ in range(3):
        verify(directory, token("one"))
    upstream.clock.forward(599)
    verify(directory, token("one"))
    assert 1 == upstream.asked()
    upstream.clock.forward(1)
    verify(directory, token("one"))
    assert (2, 2) == (upstream.asked(), upstream.asked("/.well-known/openid-configuration"))


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"token_endpoint": "https://other.example/token"},
        {"jwks_uri": 7},
        {"userinfo_endpoint": "http://127.0.0.1:bad/"},
        {"end_session_endpoint": "//other.example"},
    ],
)
def test_wrong_document(upstream: Upstream, changes: dict[str, Any]) -> None:
    """A document of another issuer, or that names another origin, is refused (N-062)."""
    upstream.discovery(**changes)
    with pytest.raises(UpstreamInvalid):
        upstream.directory(known=False).endpoints()
    assert endpoints(upstream.issuer) == upstream.directory().endpoints()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"[" * 100_000])
def test_no_document(upstream: Upstream, body: bytes) -> None:
    """What is no JSON object is refused by type, whatever it is."""
    upstream.publish(body, "/.well-known/openid-configuration")
    with pytest.raises(UpstreamError):
        upstream.directory(known=False).endpoints()


def test_end_session_without_a_fetch(upstream: Upstream) -> None:
    """Signing out never waits for the upstream."""
    assert endpoints(upstream.issuer).end_session == upstream.directory().end_session_endpoint()
    assert None is upstream.directory(known=False).end_session_endpoint()
    assert 0 == upstream.asked("/.well-known/openid-configuration")


def test_rotation_under_the_same_kid(upstream: Upstream) -> None:
    """A bad signature makes the keys be fetched again once, and the token is believed."""
    directory = upstream.directory()
    verify(directory, token("one"))
    upstream.publish(jwks("two"))
    upstream.clock.forward(30)
    assert "s" == verify(directory, token("two"))
    assert 2 == upstream.asked()


def test_rotation_under_a_new_kid(upstream: Upstream) -> None:
    """An unknown kid makes the keys be fetched again once, and the token is believed."""
    directory = upstream.directory()
    verify(directory, token("one"))
    upstream.publish(jwks("one", "two", kid="new"))
    upstream.clock.forward(30)
    assert "s" == verify(directory, token("two", "new"))


def test_cool_down_counts_failures(upstream: Upstream) -> None:
    """A thousand bad tokens while keys cannot be had cost one fetch a cool-down; good ones pass (V-36)."""
    directory = upstream.directory()
    verify(directory, token("one"))
    upstream.publish(b"", status="500 Internal Server Error")
    upstream.clock.forward(30)
    strangers = [token("stranger"), token("stranger", "unknown")]
    for number in range(1000):
        with pytest.raises(UpstreamInvalid):
            verify(directory, strangers[number % 2])
    assert 2 == upstream.asked()
    upstream.clock.forward(30)
    with pytest.raises(UpstreamInvalid):
        verify(directory, strangers[0])
    assert (3, "s") == (upstream.asked(), verify(directory, token("one")))


@pytest.mark.parametrize(
    "broken",
    [
        answer(b"", status="500 Internal Server Error"),
        answer(b'{"keys": []}'),
        answer(b"{}"),
        answer(b"<html>"),
        answer(b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'),
        answer(b"x" * 300_000),
        answer(b"", status="302 Found", headers=("Location: /other",)),
        (b"",),
    ],
)
def test_last_good_keys_are_kept(upstream: Upstream, broken: Answer) -> None:
    """While the key document is missing or worthless, tokens of known keys are still believed (R-29)."""
    directory = upstream.directory()
    verify(directory, token("one"))
    upstream.documents["/jwks"] = lambda: broken
    upstream.clock.forward(3600)
    assert "s" == verify(directory, token("one"))


def test_no_keys_at_all(upstream: Upstream) -> None:
    """Without any key ever fetched the upstream counts as down, and is asked once a cool-down."""
    upstream.publish(b"", status="503 Service Unavailable")
    directory = upstream.directory()
    for _ in range(3):
        with pytest.raises(UpstreamDown):
            verify(directory, token("one"))
    assert 1 == upstream.asked()
    upstream.publish(jwks("one"))
    upstream.clock.forward(30)
    assert "s" == verify(directory, token("one"))


def test_private_and_symmetric_algorithms(upstream: Upstream) -> None:
    """A token under another algorithm than the registered one is refused without a fetch."""
    directory = upstream.directory()
    verify(directory, token("one"))
    upstream.clock.forward(30)
    with pytest.raises(UpstreamInvalid):
        directory.verify(Purpose.UPSTREAM_USERINFO, token("one"), "RS256")
    assert 1 == upstream.asked()


def test_one_fetch_for_many_threads(upstream: Upstream) -> None:
    """Many threads that need the first keys at once make one fetch, and all get them."""
    directory = upstream.directory()
    found: list[object] = []
    ready = threading.Barrier(8)

    def run() -> None:
        ready.wait()
        found.append(verify(directory, token("one")))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (["s"] * 8, 1) == (found, upstream.asked())


def test_nobody_waits_while_another_fetches(upstream: Upstream) -> None:
    """With keys in hand, a slow refresh by one thread does not hold the others."""
    directory = upstream.directory()
    verify(directory, token("one"))
    fetching, go_on = threading.Event(), threading.Event()

    def slow() -> Answer:
        fetching.set()
        go_on.wait(5)
        return answer(jwks("one"))

    upstream.documents["/jwks"] = slow
    upstream.clock.forward(600)
    refreshing = threading.Thread(target=verify, args=(directory, token("one")))
    refreshing.start()
    assert fetching.wait(5)
    assert "s" == verify(directory, token("one"))
    go_on.set()
    refreshing.join()
