"""Every known attack on JOSE (V-22 to V-34) is refused, at each way in."""

import hashlib
import hmac
import json
import tracemalloc
from collections.abc import Callable
from functools import partial

import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey

from keys.errors import Rejection, TokenRejected
from keys.foreign import PublicKeySet
from keys.jws import sign, verify_embedded, verify_foreign, verify_own
from keys.purposes import Purpose
from keys.ring import KeyRing, RingKey
from tests.support.tokens import (
    ID_CLAIMS,
    NOW,
    SIGNATURES,
    b64,
    forge,
    good_token,
    jwks,
    reason,
)


@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("form", ["pem", "der", "jwk", "jwks"])
def test_public_key_is_never_an_hmac_secret(ring: KeyRing, name: str, form: str) -> None:
    """V-22: HMAC with our public key as its secret, in each form it can be had, is refused."""
    ours = ring.signing_key("RS256", NOW)
    secrets = {
        "pem": ours.key.as_pem(),
        "der": ours.key.as_der(),
        "jwk": json.dumps(dict(ours.public_jwk)).encode(),
        "jwks": ring.public_jwks(NOW).body,
    }
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[name]
    signing_input = f"{b64({'alg': name, 'kid': ours.kid, 'typ': 'JWT'})}.{b64(ID_CLAIMS)}"
    token = f"{signing_input}.{b64(hmac.new(secrets[form], signing_input.encode(), digest).digest())}"
    assert Rejection.ALGORITHM == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW))
    assert Rejection.ALGORITHM == reason(
        lambda: verify_foreign(jwks(ring), Purpose.ID_TOKEN, token, algorithms=["RS256"])
    )
    with pytest.raises(ValueError, match="table"):
        verify_foreign(jwks(ring), Purpose.ID_TOKEN, token, algorithms=[name])


@pytest.mark.parametrize("name", ["none", "None", "nOnE", "NONE", "", None, 1, ["ES256"], {"a": 1}, True])
def test_none_and_nonsense_algorithms(ring: KeyRing, key: RingKey, name: object) -> None:
    """V-23: ``none`` in any spelling, and an ``alg`` that is no text, are refused."""
    token = forge(key, {"alg": name, "kid": key.kid, "typ": "JWT"}, ID_CLAIMS)
    for call in (
        lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW),
        lambda: verify_foreign(jwks(ring), Purpose.ID_TOKEN, token, algorithms=["ES256"]),
        lambda: verify_embedded(Purpose.DPOP, token, algorithms=["ES256"]),
    ):
        assert reason(call) in {Rejection.ALGORITHM, Rejection.BAD_HEADER}


def test_missing_algorithm_and_empty_signature(ring: KeyRing, key: RingKey, header: dict[str, object]) -> None:
    """V-23: no ``alg``, and no third part, are refused."""
    good = forge(key, header, ID_CLAIMS)
    no_alg = forge(key, {"kid": key.kid, "typ": "JWT"}, ID_CLAIMS)
    assert Rejection.BAD_HEADER == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, no_alg, now=NOW))
    unsigned = good[: good.rindex(".") + 1]
    assert Rejection.NOT_COMPACT == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, unsigned, now=NOW))


@pytest.mark.parametrize("member", [{"crit": ["x"]}, {"crit": ["b64"], "b64": True}, {"crit": []}, {"b64": False}])
def test_critical_headers_are_refused(
    ring: KeyRing, key: RingKey, header: dict[str, object], member: dict[str, object]
) -> None:
    """V-24, N-042: ``crit`` of any content, and ``b64`` without it, mean refusal."""
    token = forge(key, header | member, ID_CLAIMS)
    assert Rejection.CRITICAL_HEADER == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW))
    assert Rejection.CRITICAL_HEADER == reason(
        lambda: verify_foreign(jwks(ring), Purpose.ID_TOKEN, token, algorithms=["ES256"])
    )


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
def test_keys_in_headers_are_refused(ring: KeyRing, header: dict[str, object], member: str) -> None:
    """V-25, N-041: a token that brings its own key, or says where to get one, is refused."""
    mine = ECKey.generate_key("P-256")
    value = mine.as_dict(private=False) if member == "jwk" else "https://evil.example/jwks"
    signed = joserfc_jwt.encode({"alg": "ES256"}, ID_CLAIMS, mine, algorithms=["ES256"])
    token = ".".join([b64(header | {member: value}), *signed.split(".")[1:]])
    assert Rejection.KEY_IN_HEADER == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW))
    assert Rejection.KEY_IN_HEADER == reason(
        lambda: verify_foreign(jwks(ring), Purpose.ID_TOKEN, token, algorithms=["ES256"])
    )


@pytest.mark.parametrize("lie", ["RS256", "PS256", "Ed25519", "EdDSA"])
def test_header_cannot_choose_another_algorithm_of_the_key(ring: KeyRing, key: RingKey, lie: str) -> None:
    """V-26: a header that lies about the algorithm of the key it names is refused."""
    token = forge(key, {"alg": lie, "kid": key.kid, "typ": "JWT"}, ID_CLAIMS)
    assert Rejection.ALGORITHM == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW))
    foreign = PublicKeySet.from_mapping({"keys": [dict(key.public_jwk)]})
    assert Rejection.UNKNOWN_KEY == reason(
        lambda: verify_foreign(foreign, Purpose.ID_TOKEN, token, algorithms=["ES256", lie])
    )
    assert Rejection.ALGORITHM == reason(lambda: verify_foreign(foreign, Purpose.ID_TOKEN, token, algorithms=["ES256"]))


def test_one_rsa_key_serves_one_algorithm(ring: KeyRing) -> None:
    """N-040: a PS256 signature by the RS256 key is refused, though the mathematics would hold."""
    rs, ps = ring.signing_key("RS256", NOW), ring.signing_key("PS256", NOW)
    assert Rejection.ALGORITHM == reason(
        lambda: verify_own(
            ring, Purpose.ID_TOKEN, forge(ps, {"alg": "PS256", "kid": rs.kid, "typ": "JWT"}, ID_CLAIMS), now=NOW
        )
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: ".",
        lambda _: "..",
        lambda t: t + ".",
        lambda t: "." + t,
        lambda t: t + "." + t,
        lambda t: t.replace(".", "..", 1),
        lambda t: t.rsplit(".", 1)[0],
        lambda t: " " + t,
        lambda t: t + " ",
        lambda t: t + "\n",
        lambda t: t.replace(".", ".\n", 1),
        lambda t: t + "=",
        lambda t: t + "==",
        lambda t: t.replace(".", "=.", 1),
        lambda t: t + "A",
        lambda t: t[:-1],
        lambda t: t + "é",
        lambda t: t[:-4] + "+/+/",
        lambda t: t[:-1] + chr(ord(t[-1]) + 1),
        lambda t: json.dumps(dict(zip(("protected", "payload", "signature"), t.split("."), strict=True))),
        lambda t: json.dumps({"payload": t.split(".")[1], "signatures": []}),
        lambda t: t + "." + ".".join(["x"] * 2),
    ],
)
def test_one_spelling_only(ring: KeyRing, spoil: Callable[[str], str]) -> None:
    """V-30: JSON serialisation, extra dots, space, padding, foreign letters, spare bits: refused."""
    token = spoil(good_token(ring))
    refused = {Rejection.NOT_COMPACT, Rejection.BAD_BASE64, Rejection.BAD_JSON}
    assert reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW)) in refused | {Rejection.SIGNATURE}


def test_every_changed_letter_is_refused(ring: KeyRing) -> None:
    """No letter of a token can be exchanged for another one."""
    token = good_token(ring)
    for place, letter in enumerate(token):
        other = "B" if letter != "B" else "C"
        changed = token[:place] + other + token[place + 1 :]
        with pytest.raises(TokenRejected):
            verify_own(ring, Purpose.ID_TOKEN, changed, now=NOW)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"alg":"ES256","alg":"none"}',
        b"[]",
        b'"ES256"',
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"alg":"ES256"} {}',
        b'{"alg":NaN}',
        b'{"alg":"\\ud800"}',
        b"[" * 5000,
    ],
)
def test_header_is_strict_json(ring: KeyRing, key: RingKey, raw: bytes) -> None:
    """V-30: duplicate members, other JSON types and broken UTF-8 in the header are refused."""
    got = reason(lambda: verify_own(ring, Purpose.ID_TOKEN, forge(key, raw, ID_CLAIMS), now=NOW))
    assert got in {Rejection.BAD_JSON, Rejection.NOT_AN_OBJECT}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"sub":"a","sub":"b"}', Rejection.BAD_JSON),
        (b'{"act":{"sub":"a","sub":"b"}}', Rejection.BAD_JSON),
        (b"[]", Rejection.NOT_AN_OBJECT),
        (b"1", Rejection.NOT_AN_OBJECT),
        (b"[" * 8000, Rejection.BAD_JSON),
        (b"1" * 8000, Rejection.BAD_JSON),
        (b'{"a":Infinity}', Rejection.BAD_JSON),
        (b'{"sub":"\\udc00"}', Rejection.BAD_JSON),
        (b'{"sub":"\xff"}', Rejection.BAD_JSON),
    ],
)
def test_claims_are_one_strict_object(
    ring: KeyRing, key: RingKey, header: dict[str, object], raw: bytes, expected: Rejection
) -> None:
    """V-30: even under a good signature, claims are one JSON object that reads one way only."""
    assert expected == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, forge(key, header, raw), now=NOW))


@pytest.mark.parametrize("kid", ["", "x" * 129, 1, None, ["a"], {"a": 1}])
def test_odd_kids_are_refused(ring: KeyRing, key: RingKey, kid: object) -> None:
    """N-041: ``kid`` is a text of 1 to 128 characters or absent."""
    token = forge(key, {"alg": "ES256", "kid": kid, "typ": "JWT"}, ID_CLAIMS)
    assert Rejection.BAD_HEADER == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW))


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "https://evil.example/", "a\x00b"])
def test_kid_is_opaque(ring: KeyRing, key: RingKey, kid: str) -> None:
    """N-041: whatever a ``kid`` looks like, it is only compared."""
    token = forge(key, {"alg": "ES256", "kid": kid, "typ": "JWT"}, ID_CLAIMS)
    assert Rejection.UNKNOWN_KEY == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW))


@pytest.mark.parametrize(
    "huge",
    ["a" * 1_048_576, "." * 100_000, "eyJ" * 100_000 + ".e.e", "é" * 16_385],
    ids=["one part", "dots", "header", "not ascii"],
)
def test_size_is_checked_first(ring: KeyRing, huge: str) -> None:
    """V-34: a megabyte or 100 000 dots are neither taken apart nor copied, and no error repeats them."""
    theirs = jwks(ring)
    tracemalloc.start()
    assert Rejection.TOO_LARGE == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, huge, now=NOW))
    assert Rejection.TOO_LARGE == reason(lambda: verify_foreign(theirs, Purpose.ID_TOKEN, huge, algorithms=["ES256"]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16_384


def test_signature_of_wrong_size_or_zero_is_refused(ring: KeyRing) -> None:
    """Zero, short, long and DER signatures are refused, not errors (CVE-2022-21449)."""
    for algorithm in SIGNATURES:
        token = sign(ring, Purpose.ID_TOKEN, ID_CLAIMS, algorithm=algorithm, now=NOW)
        body = token.rsplit(".", 1)[0]
        for raw in (b"\0" * 64, b"\0" * 384, b"\0", b"\xff" * 64, b"\x30\x06\x02\x01\x01\x02\x01\x01"):
            forged = f"{body}.{b64(raw)}"
            assert Rejection.SIGNATURE == reason(partial(verify_own, ring, Purpose.ID_TOKEN, forged, now=NOW))
