"""What a request object must be to be believed, and what then counts of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from idp.authorize.rfc9101_jar import RequestObjects, Resolved
from idp.protocol.client import Client
from idp.protocol.messages import Parameters
from keys.algorithms import SIGNATURES
from keys.errors import Rejection, TokenRejected
from keys.foreign import PublicKeySet
from keys.jws import VerifiedToken
from tests.support.assertions import client_key
from tests.support.cast import ISSUER
from tests.support.request_objects import no_key_of_ours, request_object
from tests.support.requests import SOUND, client, finder, parameters

NOW = 1_700_000_000
KEY = client_key("espace")
OURS = client(jwks={"keys": [KEY.public | {"kid": "k1"}]})
INSIDE: dict[str, Any] = {**SOUND}


def verified(one: Client, check: Callable[[PublicKeySet], VerifiedToken]) -> VerifiedToken:
    """Check against a client's own keys."""
    if one.jwks is None:
        raise TokenRejected(Rejection.UNKNOWN_KEY)
    return check(PublicKeySet.from_mapping(one.jwks))


def resolve(sent: Parameters, registered: Client = OURS, fetch: Callable[[str], str] | None = None) -> Resolved:
    """Resolve a request at NOW."""
    return RequestObjects(ISSUER, finder(registered), verified, no_key_of_ours, lambda: NOW, fetch).resolve(sent)


def by_value(token: str, **outside: str | None) -> Parameters:
    """Return a request whose parameters outside are the two that Core asks for, and the object."""
    sent = {"client_id": "espace", "response_type": "code", "request": token, **outside}
    return Parameters.of({name: value for name, value in sent.items() if value is not None})


def fault(resolved: Resolved) -> tuple[str, str]:
    """Return the error and its cause; fails where the object was believed."""
    assert resolved.fault is not None, resolved.parameters
    return resolved.fault.error, resolved.fault.detail


def test_a_plain_request_is_left_alone() -> None:
    """Without a request object the parameters are those sent, and an unknown client is for the pipeline to refuse."""
    for sent in (parameters(), parameters(client_id="nobody", request="x"), parameters(client_id=None, request="x")):
        assert Resolved(sent) == resolve(sent)


@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize("algorithm", SIGNATURES)
def test_every_algorithm(algorithm: str, registered: bool) -> None:
    """The registered algorithm, or whichever the keys fit; then what is inside is the request."""
    own = client_key("espace", algorithm)
    known = client(jwks={"keys": [own.public]}, request_object_signing_alg=algorithm if registered else None)
    resolved = resolve(by_value(request_object(own, NOW, INSIDE)), known)
    assert (None, True) == (resolved.fault, resolved.signed)
    assert SOUND == resolved.believed().as_dict()


def test_the_registered_algorithm_alone() -> None:
    """N-040: another algorithm, even one that the key fits, is refused; an unheard-of registration fits nothing."""
    own = client_key("espace", "RS256")
    token = request_object(own, NOW, INSIDE)
    for algorithm in ("PS256", "ES256", "none", "HS256"):
        known = client(jwks={"keys": [own.public]}, request_object_signing_alg=algorithm)
        assert ("invalid_request_object", "algorithm_not_allowed") == fault(resolve(by_value(token), known))


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ({"alg": "none"}, "algorithm_not_allowed"),
        ({"alg": "nOnE"}, "algorithm_not_allowed"),
        ({"alg": "HS256"}, "algorithm_not_allowed"),
        ({"alg": "RS256"}, "unknown_key"),
        ({"typ": "oauth-authz-req+jwt"}, "bad_header"),
        ({"alg": "ES256", "typ": "at+jwt"}, "wrong_type"),
        ({"alg": "ES256", "typ": "dpop+jwt"}, "wrong_type"),
        ({"alg": "ES256", "typ": "client-authentication+jwt"}, "wrong_type"),
        ({"alg": "ES256", "crit": ["exp"]}, "critical_header"),
        ({"alg": "ES256", "jwk": KEY.public}, "key_in_header"),
        ({"alg": "ES256", "jku": "https://evil.example/jwks"}, "key_in_header"),
        ({"alg": "ES256", "kid": "../../etc/passwd" * 10}, "bad_header"),
        ({"alg": "ES256", "kid": 1}, "bad_header"),
    ],
)
def test_headers_that_are_refused(header: dict[str, object], cause: str) -> None:
    """V-22 to V-26, N-043: no `none`, no key that the token brings, no other kind of token."""
    token = request_object(KEY, NOW, INSIDE, header=header)
    assert ("invalid_request_object", cause) == fault(resolve(by_value(token)))


def test_foreign_keys() -> None:
    """A key of nobody, of another client, or none at all; a borrowed `kid` helps as little."""
    stranger = client_key("stranger")
    token = request_object(stranger, NOW, INSIDE, header={"alg": "ES256", "kid": "k1"})
    assert ("invalid_request_object", "bad_signature") == fault(resolve(by_value(token)))
    sound = by_value(request_object(KEY, NOW, INSIDE))
    assert "unknown_key" == fault(resolve(sound, client(jwks=None)))[1]
    encrypting = client(jwks={"keys": [KEY.public | {"use": "enc"}]})
    assert "unknown_key" == fault(resolve(sound, encrypting))[1]


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"aud": "https://evil.example"}, "wrong_audience:aud"),
        ({"aud": f"{ISSUER}/authorize"}, "wrong_audience:aud"),
        ({"aud": []}, "wrong_audience:aud"),
        ({"aud": ["https://evil.example"]}, "wrong_audience:aud"),
        ({"aud": [ISSUER, 1]}, "malformed_claim:aud"),
        ({"iss": ""}, "malformed_claim:iss"),
        ({"iss": "other"}, "wrong_issuer:iss"),
        ({"client_id": "other", "iss": "espace"}, "claim_mismatch:client_id"),
        ({"client_id": None, "iss": "espace"}, "missing_claim:client_id"),
        ({"sub": "espace"}, "forbidden_claim:sub"),
        ({"exp": NOW}, "expired:exp"),
        ({"exp": NOW + 3601}, "lifetime_too_long:exp"),
        ({"exp": "soon"}, "malformed_claim:exp"),
        ({"exp": 1e10}, "malformed_claim:exp"),
        ({"exp": NOW + 10 * 365 * 86400}, "lifetime_too_long:exp"),
        ({"nbf": NOW + 61}, "not_yet_valid:nbf"),
        ({"iat": NOW + 61}, "issued_in_future:iat"),
        ({"request": "a.b.c"}, "forbidden_claim:request"),
        ({"request_uri": "https://app.example.org/r"}, "forbidden_claim:request_uri"),
        ({"response_type": "token"}, "claim_mismatch:response_type"),
        ({"state": 7}, "malformed_claim:state"),
        ({"state": True}, "malformed_claim:state"),
        ({"state": "a\x00b"}, "malformed_claim:state"),
        ({"scope": ["openid"]}, "malformed_claim:scope"),
        ({"max_age": 1.5}, "malformed_claim:max_age"),
        ({"max_age": True}, "malformed_claim:max_age"),
        ({"claims": ["name"]}, "malformed_claim:claims"),
        ({"resource": [["https://api.example.org"]]}, "malformed_claim:resource"),
        ({"redirect_uri": {"x": 1}}, "malformed_claim:redirect_uri"),
    ],
)
def test_claims_that_are_refused(changes: dict[str, Any], cause: str) -> None:
    """N-044, N-072: for us, in the client's name, not past its time, and every value of the type it must have."""
    token = request_object(KEY, NOW, {**INSIDE, **changes})
    assert ("invalid_request_object", cause) == fault(resolve(by_value(token)))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [ISSUER, "https://other.example"]},
        {"exp": None, "nbf": None, "iat": None},
        {"aud": None},
        {"iss": None},
        {"aud": None, "iss": None},
        {"exp": NOW + 3600},
        {"nbf": NOW + 8},
        {"jti": "1", "unheard_of": {"deep": [1]}},
    ],
)
def test_claims_that_are_taken(changes: dict[str, Any]) -> None:
    """Several audiences, what Core does not ask for left out, a clock that is a little fast, claims of tomorrow."""
    resolved = resolve(by_value(request_object(KEY, NOW, {**INSIDE, **changes})))
    assert (None, SOUND) == (resolved.fault, resolved.parameters.as_dict())


def test_inside_wins_and_outside_fills_up() -> None:
    """Core 6.1: what is inside counts, an empty value inside too; what is only outside counts as well."""
    inside = {"client_id": "espace", "scope": "openid", "state": "", "nonce": "inside"}
    outside = {"scope": "openid email", "state": "outside", "nonce": "outside", "login_hint": "only outside"}
    resolved = resolve(by_value(request_object(KEY, NOW, inside), **outside))
    expected = {
        "client_id": "espace",
        "response_type": "code",
        "scope": "openid",
        "nonce": "inside",
        "login_hint": "only outside",
    }
    assert expected == resolved.parameters.as_dict()


def test_a_client_that_must_sign() -> None:
    """RFC 9101 sections 5 and 10.5: nothing unsigned counts, nothing is left out, and no time is far away."""
    known = replace(OURS, require_signed_request_object=True)
    resolved = resolve(by_value(request_object(KEY, NOW, INSIDE), login_hint="outside", state="outside"), known)
    assert (None, SOUND) == (resolved.fault, resolved.parameters.as_dict())
    assert "invalid_request" == fault(resolve(parameters(), known))[0]
    for changes, cause in (
        ({"aud": None}, "missing_claim:aud"),
        ({"iss": None}, "missing_claim:iss"),
        ({"exp": None}, "missing_claim:exp"),
        ({"nbf": None}, "missing_claim:nbf"),
        ({"nbf": NOW - 3601}, "too_old:nbf"),
    ):
        token = request_object(KEY, NOW, {**INSIDE, **changes})
        assert cause == fault(resolve(by_value(token), known))[1]


def test_structured_values_become_parameters() -> None:
    """RFC 9101 section 4: numbers and objects as JSON has them, several resources as several parameters."""
    asked = {"id_token": {"acr": {"essential": True, "value": "é"}}}
    inside = {**INSIDE, "max_age": 300, "claims": asked, "resource": ["https://a.example", "https://b.example"]}
    found = resolve(by_value(request_object(KEY, NOW, inside))).parameters
    assert ("300", asked) == (found.get("max_age"), json.loads(found.get("claims") or ""))
    assert ["https://a.example", "https://b.example"] == [v for n, v in found.pairs if n == "resource"]


def test_one_object_and_nothing_twice() -> None:
    """`request` beside `request_uri`, or a parameter twice beside an object, is no request (N-005)."""
    token = request_object(KEY, NOW, INSIDE)
    both = by_value(token, request_uri="https://app.example.org/r")
    assert "invalid_request" == fault(resolve(both, fetch=lambda _: token))[0]
    for name in ("request", "state", "response_type"):
        twice = Parameters((*by_value(token, state="s").pairs, (name, "again")))
        assert "invalid_request" == fault(resolve(twice))[0]


@pytest.mark.parametrize("token", ["....", "a.b", "e30.e30.e30", "." * 16_000, "A" * 1_000_000, "a.b.c.d.e.f"])
def test_what_is_no_token_is_refused(token: str) -> None:
    """V-34: by its size and shape, and the cause holds nothing of it."""
    resolved = resolve(by_value(token))
    error, cause = fault(resolved)
    assert ("invalid_request_object", True) == (error, len(cause) < 40)
    assert resolved.fault is not None
    assert resolved.fault.__context__ is None


def test_by_reference_where_it_is_offered_and_registered() -> None:
    """N-073: off, an error of its own; on, an address that is registered exactly, or registered without its hash."""
    token = request_object(KEY, NOW, INSIDE)
    uris = ("https://app.example.org/r#abc", "https://app.example.org/plain")
    known = replace(OURS, request_uris=uris)
    fetched = []

    def fetch(uri: str) -> str:
        fetched.append(uri)
        return token

    def sent(uri: str) -> Parameters:
        return parameters(request_uri=uri, state=None, nonce=None)

    assert "request_uri_not_supported" == fault(resolve(sent(uris[0]), known))[0]
    for uri in (*uris, f"{uris[1]}#hash"):
        assert SOUND == resolve(sent(uri), known, fetch).parameters.as_dict()
    assert [*uris, f"{uris[1]}#hash"] == fetched
    for uri in (
        "https://app.example.org/r",
        "https://app.example.org/r#abd",
        "https://app.example.org/plain?x=1",
        "https://app.example.org/PLAIN",
        "https://app.example.org.evil.example/plain",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "urn:ietf:params:oauth:request_uri:x",
    ):
        assert "invalid_request_uri" == fault(resolve(sent(uri), known, fetch))[0]
    assert 3 == len(fetched)
