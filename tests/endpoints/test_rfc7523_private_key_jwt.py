"""Client assertions: what proves a client, and everything that does not (N-034, N-035, C-05)."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from idp.endpoints.rfc7523_private_key_jwt import ALGORITHMS, ASSERTION_TYPE, AssertionVerifier
from idp.protocol.client import Client
from idp.protocol.client_notes import Kind
from idp.protocol.messages import Reply
from keys import jws
from keys.purposes import Purpose
from tests.support.assertions import client_key
from tests.support.back_channel import CLIENT, ISSUER, World, body_of, form

TOKEN = f"{ISSUER}/token"
KEY = client_key("robot")
ROBOT: Client = replace(
    CLIENT,
    client_id="robot",
    secrets=(),
    token_endpoint_auth_method="private_key_jwt",
    token_endpoint_auth_signing_alg="ES256",
    jwks={"keys": [KEY.public]},
)


@pytest.fixture
def robot(both: World) -> World:
    """A world with a client that has a key, on both databases."""
    both.channel.clients.upsert(ROBOT)
    return both


@pytest.fixture
def lite(world: World) -> World:
    """The same on SQLite alone."""
    world.channel.clients.upsert(ROBOT)
    return world


def send(world: World, assertion: str, **fields: str) -> Reply:
    """Ask for a token with an assertion."""
    sent = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **fields,
    }
    return world.to.token(form("/token", sent))


def refused(reply: Reply) -> None:
    """Hold an answer against invalid_client."""
    assert (401, "invalid_client") == (reply.status, body_of(reply)["error"])


def test_a_good_assertion_works_once(robot: World) -> None:
    """N-034: the second use of one `jti` is refused."""
    assertion = KEY.assertion(robot.clock())
    assert 200 == send(robot, assertion).status
    refused(send(robot, assertion))


@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_that_is_offered(lite: World, algorithm: str, registered: bool) -> None:
    """Whether the client names its algorithm or leaves it to its keys; a key signs by no other than is registered."""
    own = client_key("robot", algorithm)
    named = algorithm if registered else None
    robot = replace(ROBOT, jwks={"keys": [own.public]}, token_endpoint_auth_signing_alg=named)
    lite.channel.clients.upsert(robot)
    assert 200 == send(lite, own.assertion(lite.clock())).status
    other = "RS256" if algorithm == "ES256" else "ES256"
    lite.channel.clients.upsert(replace(robot, token_endpoint_auth_signing_alg=other))
    refused(send(lite, own.assertion(lite.clock())))


def test_parallel_uses_have_one_winner(robot: World) -> None:
    """V-18: twenty at once, one success."""
    assertion = KEY.assertion(robot.clock())
    with ThreadPoolExecutor(20) as pool:
        statuses = [reply.status for reply in pool.map(lambda _: send(robot, assertion), range(20))]
    assert [200] == [status for status in statuses if status == 200]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": TOKEN},
        {"aud": f"{ISSUER}/par"},
        {"aud": [ISSUER]},
        {"aud": [ISSUER, "https://evil.example"]},
        {"aud": f"{ISSUER}/"},
        {"aud": "https://id.example"},
        {"aud": None},
        {"iss": "espace"},
        {"sub": None},
        {"sub": 1},
        {"sub": "espace"},
        {"iss": "espace", "sub": "espace"},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1e10},
        {"nonce": "n", "typ": "id"},
        {"htm": "POST", "htu": TOKEN},
    ],
)
def test_claims_that_are_refused(lite: World, changes: Mapping[str, Any]) -> None:
    """V-19, V-28, N-044: audience one exact string, issuer and subject the client, `exp` and `jti` of their types."""
    refused(send(lite, KEY.assertion(lite.clock(), **changes)))


@pytest.mark.parametrize(
    ("seconds", "claim", "status"),
    [
        (8, "iat", 200),
        (8, "nbf", 200),
        (61, "iat", 401),
        (61, "nbf", 401),
        (-300, "exp", 401),
        (0, "exp", 401),
        (600, "exp", 200),
        (601, "exp", 401),
        (3 * 365 * 86400, "exp", 401),
    ],
)
def test_times(lite: World, seconds: int, claim: str, status: int) -> None:
    """N-035: ten seconds ahead pass, sixty do not; expired or three years long (trap 6) is refused."""
    changes: dict[str, Any] = {claim: lite.clock() + seconds}
    assertion = KEY.assertion(lite.clock(), **changes)
    assert status == send(lite, assertion).status


def test_token_endpoint_audience_only_by_the_switch(lite: World) -> None:
    """C-05: the legacy switch of one client, and never a list."""
    lite.channel.clients.upsert(replace(ROBOT, legacy_assertion_audience=True))
    assert 200 == send(lite, KEY.assertion(lite.clock(), aud=TOKEN)).status
    assert 200 == send(lite, KEY.assertion(lite.clock())).status
    refused(send(lite, KEY.assertion(lite.clock(), aud=[TOKEN])))


def test_a_foreign_client_id_beside_it_is_refused(lite: World) -> None:
    """Trap 6: `client_id`, where sent, is the client of the assertion."""
    assert 200 == send(lite, KEY.assertion(lite.clock()), client_id="robot").status
    refused(send(lite, KEY.assertion(lite.clock()), client_id="espace"))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "nOnE"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "PS256"},
        {"typ": "JWT"},
        {"alg": "ES256", "crit": ["x"]},
        {"alg": "ES256", "jwk": client_key("robot").public},
        {"alg": "ES256", "jku": "https://evil.example/jwks"},
        {"alg": "ES256", "typ": "at+jwt"},
        {"alg": "ES256", "typ": "dpop+jwt"},
    ],
)
def test_headers_that_are_refused(lite: World, header: Mapping[str, object]) -> None:
    """V-22 to V-26: the registered algorithm only, no key of the token's own, no unknown `crit`, no other type."""
    refused(send(lite, KEY.assertion(lite.clock(), header=header)))


def test_another_key_is_refused(lite: World) -> None:
    """The registered key signs, whatever name another one takes."""
    stranger = client_key("stranger")
    refused(send(lite, stranger.assertion(lite.clock())))


def test_our_own_tokens_are_no_assertions(lite: World) -> None:
    """N-043: an ID token of ours is refused here."""
    claims = {"iss": ISSUER, "sub": "robot", "aud": ISSUER, "exp": lite.clock() + 60, "iat": lite.clock()}
    token = jws.sign(lite.channel.ring, Purpose.ID_TOKEN, claims, algorithm="ES256", now=lite.clock())
    refused(send(lite, token))


@pytest.mark.parametrize("assertion", ["x", "a.b.c", "..", "e30.e30.e30", "." * 100000, "A" * 1000000])
def test_nonsense_is_refused_before_any_work(lite: World, assertion: str) -> None:
    """V-34: size and shape first."""
    refused(send(lite, assertion))


def test_a_failed_assertion_is_not_spent(lite: World) -> None:
    """An assertion that proves nothing uses up nothing."""
    good = KEY.assertion(lite.clock(), jti="j-1")
    refused(send(lite, KEY.assertion(lite.clock(), jti="j-1", aud="https://evil.example")))
    assert 200 == send(lite, good).status


def test_a_client_of_another_method_cannot_use_its_key(lite: World) -> None:
    """N-032: keys on file do not open the door for a client registered for a secret."""
    lite.channel.clients.upsert(
        replace(ROBOT, token_endpoint_auth_method="client_secret_basic", token_endpoint_auth_signing_alg=None)
    )
    refused(send(lite, KEY.assertion(lite.clock())))


@pytest.mark.parametrize("sub", ["\0", "robot\0", "é", "x" * 256])
def test_an_odd_subject_is_refused_on_both_databases(robot: World, sub: str) -> None:
    """A subject that no client can have is refused before anybody looks for its keys."""
    key = client_key("robot")
    refused(send(robot, key.assertion(robot.clock(), sub=sub, iss=sub)))


def test_why_an_assertion_is_refused_is_noted(lite: World) -> None:
    """By a name of ours for each cause, of that client alone, and only where it may use assertions at all."""
    noted: list[tuple[str, str, str]] = []

    def note(client_id: str, kind: Kind, aspect: str = "", *, sent: str = "", registered: str = "") -> None:
        assert ("", "") == (sent, registered)
        noted.append((client_id, kind.value, aspect))

    channel, now = lite.channel, lite.clock()
    verifier = AssertionVerifier(channel.client_keys, channel.replay, ISSUER, TOKEN, lite.clock, note)
    good = KEY.assertion(now)
    assert [True, False] == [verifier.holds(ROBOT, good) for _ in range(2)]
    assert not verifier.holds(ROBOT, KEY.assertion(now, aud="https://elsewhere.example"))
    assert not verifier.holds(ROBOT, client_key("another").assertion(now))
    assert not verifier.holds(
        replace(ROBOT, token_endpoint_auth_method="client_secret_basic"), KEY.assertion(now, aud="x")
    )
    assert [("robot", "authentication")] * 3 == [(one, kind) for one, kind, _ in noted]
    assert ["assertion_used", "wrong_audience", "bad_signature"] == [aspect.partition(":")[0] for *_, aspect in noted]
