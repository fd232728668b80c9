"""Encrypted tokens: the allow-list holds, and nothing expensive happens before it."""

import time
from collections.abc import Callable
from functools import partial

import pytest

from keys import jwe
from keys.errors import Rejection
from keys.foreign import PublicKeySet
from keys.ring import KeyRing, SealedKey
from keys.sealing import Sealer
from tests.support.tokens import NOW, b64, reason

NAMES = ("RSA-OAEP-256", "RSA-OAEP", "ECDH-ES")


@pytest.fixture(scope="module")
def enc_ring(make_row: Callable[..., SealedKey], sealer: Sealer) -> KeyRing:
    """A ring with one key of each key management, and one that signs."""
    rows = [make_row(name) for name in (*NAMES, "ES256")]
    return KeyRing(lambda: rows, sealer, now=NOW)


def encrypted(ring: KeyRing, name: str) -> str:
    """Encrypt to the ring's published key for ``name``."""
    keys = PublicKeySet.from_bytes(ring.public_jwks(NOW).body).keys
    (key,) = [key for key in keys if key.algorithm == name]
    return jwe.encrypt(key, "a.b.c", algorithm=name)


@pytest.mark.parametrize("name", NAMES)
def test_round_trip(enc_ring: KeyRing, name: str) -> None:
    """What is encrypted to a published key comes out again."""
    token = encrypted(enc_ring, name)
    assert "a.b.c" == jwe.decrypt(enc_ring, token, algorithms=[name], now=NOW)


@pytest.mark.parametrize("name", NAMES)
def test_every_changed_part_is_refused(enc_ring: KeyRing, name: str) -> None:
    """A changed key, nonce, ciphertext or tag gives one and the same answer."""
    parts = encrypted(enc_ring, name).split(".")
    for place in range(1, 5):
        if not parts[place]:
            continue
        letter = "A" if parts[place][0] != "A" else "B"
        token = ".".join([*parts[:place], letter + parts[place][1:], *parts[place + 1 :]])
        assert Rejection.DECRYPTION == reason(partial(jwe.decrypt, enc_ring, token, algorithms=[name], now=NOW))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"alg": "PBES2-HS256+A128KW", "p2c": 2_000_000_000, "p2s": "AA"}, Rejection.BAD_HEADER),
        ({"alg": "PBES2-HS256+A128KW"}, Rejection.ALGORITHM),
        ({"alg": "RSA1_5"}, Rejection.ALGORITHM),
        ({"alg": "dir"}, Rejection.ALGORITHM),
        ({"alg": "none"}, Rejection.ALGORITHM),
        ({"alg": "RSA-OAEP"}, Rejection.ALGORITHM),
        ({"alg": None}, Rejection.ALGORITHM),
        ({"enc": "A128CBC-HS256"}, Rejection.ALGORITHM),
        ({"zip": "DEF"}, Rejection.CRITICAL_HEADER),
        ({"crit": ["exp"]}, Rejection.CRITICAL_HEADER),
        ({"jku": "https://evil.example"}, Rejection.BAD_HEADER),
        ({"kid": "unknown"}, Rejection.UNKNOWN_KEY),
        ({"kid": 1}, Rejection.BAD_HEADER),
    ],
)
def test_header_allow_list(enc_ring: KeyRing, change: dict[str, object], expected: Rejection) -> None:
    """V-31, V-32, N-047: iteration counts, compression and other algorithms are refused at once."""
    (kid,) = [key.kid for key in enc_ring.held() if key.algorithm == "RSA-OAEP-256"]
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": kid} | change
    token = ".".join([b64(header), *encrypted(enc_ring, "RSA-OAEP-256").split(".")[1:]])
    begun = time.perf_counter()
    assert expected == reason(partial(jwe.decrypt, enc_ring, token, algorithms=["RSA-OAEP-256", "ECDH-ES"], now=NOW))
    assert time.perf_counter() - begun < 0.05


def test_keys_that_sign_do_not_decrypt(enc_ring: KeyRing) -> None:
    """N-040: a key of another use or algorithm is not used, whatever the header says."""
    kids = {key.algorithm: key.kid for key in enc_ring.held()}
    rest = encrypted(enc_ring, "RSA-OAEP-256").split(".")[1:]
    for kid, expected in ((kids["ES256"], Rejection.UNKNOWN_KEY), (kids["RSA-OAEP"], Rejection.ALGORITHM)):
        token = ".".join([b64({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": kid}), *rest])
        assert expected == reason(partial(jwe.decrypt, enc_ring, token, algorithms=NAMES, now=NOW))


@pytest.mark.parametrize(
    "token", ["", "....", "a.b.c", "a.b.c.d.e.f", "." * 100, "a" * 1_048_576, "e30.e30.e30.e30.e30="]
)
def test_other_shapes_are_refused(enc_ring: KeyRing, token: str) -> None:
    """V-34: size and shape come first."""
    assert reason(partial(jwe.decrypt, enc_ring, token, algorithms=NAMES, now=NOW)) in {
        Rejection.TOO_LARGE,
        Rejection.NOT_COMPACT,
        Rejection.BAD_BASE64,
    }


def test_ephemeral_keys_off_the_curve_are_refused(enc_ring: KeyRing) -> None:
    """An ephemeral key that is no point of P-256 cannot draw out our private key."""
    (kid,) = [key.kid for key in enc_ring.held() if key.algorithm == "ECDH-ES"]
    rest = encrypted(enc_ring, "ECDH-ES").split(".")[1:]
    point = {"kty": "EC", "crv": "P-256", "x": b64(b"\1" * 32), "y": b64(b"\2" * 32)}
    for epk in (point, {}, None, "x", {"kty": "oct", "k": "AA"}, point | {"crv": "P-384"}):
        token = ".".join([b64({"alg": "ECDH-ES", "enc": "A256GCM", "kid": kid, "epk": epk}), *rest])
        assert Rejection.DECRYPTION == reason(partial(jwe.decrypt, enc_ring, token, algorithms=["ECDH-ES"], now=NOW))


def test_keys_that_do_not_fit_encrypt_nothing(enc_ring: KeyRing) -> None:
    """A signing key, or an unknown key management, is a caller's mistake."""
    keys = PublicKeySet.from_bytes(enc_ring.public_jwks(NOW).body).keys
    (signing,) = [key for key in keys if key.algorithm == "ES256"]
    for name in ("ECDH-ES", "RSA-OAEP", "dir", "ES256"):
        with pytest.raises(ValueError, match="fit"):
            jwe.encrypt(signing, "a.b.c", algorithm=name)
    with pytest.raises(ValueError, match="table"):
        jwe.decrypt(enc_ring, "a.b.c.d.e", algorithms=["dir"], now=NOW)
