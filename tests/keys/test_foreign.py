"""Other parties' keys: what is usable is used, what is not is left out, nothing costs much."""

import json

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from keys.errors import Rejection
from keys.foreign import PublicKeySet
from tests.support.tokens import b64, reason

EC = dict(ECKey.generate_key("P-256").as_dict(private=False))
RSA = dict(RSAKey.generate_key(2048).as_dict(private=False))


def usable(*members: object) -> int:
    """Count the usable keys of a JWKS."""
    return len(PublicKeySet.from_mapping({"keys": list(members)}).keys)


def test_usable_keys_and_extras() -> None:
    """Members that we do not use, even odd ones, do not spoil a key (RFC 7517 section 5)."""
    okp = dict(OKPKey.generate_key("Ed25519").as_dict(private=False))
    odd = EC | {"x5c": 1, "x5t": ["x"], "nbf": 3, "kid": "a", "alg": "ES256", "use": "sig"}
    assert 4 == usable(EC, RSA, okp, odd)
    assert 1 == usable(EC | {"key_ops": ["verify"]})
    assert 1 == usable(EC | {"use": "enc", "key_ops": ["deriveBits"]})


@pytest.mark.parametrize(
    "member",
    [
        None,
        "key",
        [],
        {},
        {"kty": "EC"},
        {"kty": ["EC"]},
        dict(OctKey.generate_key(256).as_dict(private=True)),
        dict(ECKey.generate_key("P-384").as_dict(private=False)),
        EC | {"x": EC["y"]},
        EC | {"x": "AA"},
        EC | {"x": 1},
        EC | {"crv": "P-521"},
        EC | {"kid": "x" * 129},
        EC | {"kid": 1},
        EC | {"kid": ""},
        EC | {"alg": 1},
        EC | {"use": "other"},
        EC | {"key_ops": ["sign"]},
        EC | {"key_ops": "verify"},
        EC | {"key_ops": [{}]},
        EC | {"use": "enc", "key_ops": ["verify"]},
        RSA | {"e": "AQ"},
        RSA | {"e": b64(b"\xff" * 8)},
        RSA | {"n": b64(b"\xff" * 128)},
        RSA | {"n": b64(b"\xff" * 2000)},
        RSA | {"n": str(RSA["n"]) + "="},
        RSA | {"n": b64(b"\0\0") + str(RSA["n"])},
    ],
)
def test_unusable_keys_are_left_out(member: object) -> None:
    """A key of another kind, off its curve, too small or huge is ignored, the rest of the set not."""
    assert 1 == usable(member, EC)


def test_private_members_are_not_kept() -> None:
    """A party that publishes its private key by mistake does not make us hold it."""
    private = dict(ECKey.generate_key("P-256").as_dict(private=True))
    (key,) = PublicKeySet.from_mapping({"keys": [private]}).keys
    assert not key.key.is_private
    assert "d" not in key.key.as_dict()


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"keys":{}}', b'{"keys":"x"}', b'{"keys":[],"keys":[]}'])
def test_no_jwks(document: bytes) -> None:
    """What is no JWKS is refused whole."""
    assert reason(lambda: PublicKeySet.from_bytes(document)) in {
        Rejection.BAD_JSON,
        Rejection.NOT_AN_OBJECT,
        Rejection.UNUSABLE_KEY,
    }


def test_sets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many keys none is worked on, and a huge document is not even parsed."""
    many = json.dumps({"keys": [EC] * 65}).encode()
    monkeypatch.delattr("keys.foreign._usable")
    assert Rejection.TOO_LARGE == reason(lambda: PublicKeySet.from_bytes(many))
    monkeypatch.delattr("keys.foreign.parse_object")
    assert Rejection.TOO_LARGE == reason(lambda: PublicKeySet.from_bytes(b" " * 300_000))


def test_a_key_fits_what_it_declares() -> None:
    """V-26: type, curve, ``alg`` and ``use`` of a key all bound what it may verify."""
    keys = PublicKeySet.from_mapping(
        {"keys": [EC, EC | {"use": "enc"}, EC | {"alg": "ECDH-ES"}, RSA, RSA | {"alg": "PS256"}]}
    ).keys
    fits = {name: [key.fits(name) for key in keys] for name in ("ES256", "RS256", "PS256", "Ed25519")}
    assert [True, False, False, False, False] == fits["ES256"]
    assert [False, False, False, True, False] == fits["RS256"]
    assert [False, False, False, True, True] == fits["PS256"]
    assert [False] * 5 == fits["Ed25519"]


def test_the_key_to_encrypt_to() -> None:
    """Core 10.2: one declared for it before a silent one, never one that is for signatures, never of another type."""
    signing, silent = EC | {"use": "sig", "kid": "s"}, EC | {"kid": "silent"}
    declared = dict(ECKey.generate_key("P-256").as_dict(private=False)) | {"use": "enc", "alg": "ECDH-ES", "kid": "e"}
    other = EC | {"use": "enc", "alg": "ECDH-ES+A256KW", "kid": "o"}
    by_operations = dict(RSA) | {"key_ops": ["wrapKey"], "kid": "w"}

    def chosen(algorithm: str, *members: object) -> str | None:
        key = PublicKeySet.from_mapping({"keys": list(members)}).to_encrypt(algorithm)
        return None if key is None else key.kid

    assert "e" == chosen("ECDH-ES", signing, silent, other, declared)
    assert "silent" == chosen("ECDH-ES", signing, other, silent)
    assert chosen("ECDH-ES", signing, other, RSA) is None
    assert chosen("RSA-OAEP-256", declared, RSA | {"key_ops": ["verify"]}) is None
    assert "w" == chosen("RSA-OAEP-256", declared, by_operations)
    assert not PublicKeySet.from_mapping({"keys": [by_operations]}).keys[0].fits("RS256")
