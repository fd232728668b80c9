"""Encrypted tokens: the allow-list holds, and nothing expensive happens before it."""

import base64
import json
from collections.abc import Callable
from functools import partial

import pytest
from joserfc import jwe as joserfc_jwe
from joserfc.jwk import RSAKey

from keys import jwe
from keys.errors import Rejection
from keys.foreign import PublicKey, PublicKeySet
from keys.ring import KeyRing, SealedKey
from keys.sealing import Sealer
from tests.support.tokens import NOW, b64, reason

NAMES = ("RSA-OAEP-256", "RSA-OAEP", "ECDH-ES")


@pytest.fixture(scope="module")
def enc_ring(make_row: Callable[..., SealedKey], sealer: Sealer) -> KeyRing:
    """A ring with one key of each key management, and one that signs."""
    rows = [make_row(name) for name in (*NAMES, "ES256")]
    return KeyRing(lambda: rows, sealer, now=NOW)


def published(ring: KeyRing, name: str) -> PublicKey:
    """Return the ring's published key for ``name``."""
    (key,) = [key for key in PublicKeySet.from_bytes(ring.public_jwks(NOW).body).keys if key.algorithm == name]
    return key


def encrypted(ring: KeyRing, name: str) -> str:
    """Encrypt to the ring's published key for ``name``."""
    return jwe.encrypt(published(ring, name), "a.b.c", algorithm=name)


@pytest.mark.parametrize("name", NAMES)
def test_round_trip(enc_ring: KeyRing, name: str) -> None:
    """What is encrypted to a published key comes out again."""
    token = encrypted(enc_ring, name)
    assert "a.b.c" == jwe.decrypt(enc_ring, token, algorithms=[name], now=NOW)


@pytest.mark.parametrize("content", jwe.CONTENT_ENCRYPTIONS)
@pytest.mark.parametrize("name", ["RSA-OAEP-256", "ECDH-ES"])
def test_each_content_encryption_where_it_was_agreed(enc_ring: KeyRing, name: str, content: str) -> None:
    """What the sender names counts only where the caller agreed to it; the header tells that a token is inside."""
    key = published(enc_ring, name)
    token = jwe.encrypt(key, "a.b.c", algorithm=name, content=content)
    opened = partial(jwe.decrypt, enc_ring, token, algorithms=[name], now=NOW)
    assert "a.b.c" == opened(contents=jwe.CONTENT_ENCRYPTIONS)
    others = [one for one in jwe.CONTENT_ENCRYPTIONS if one != content]
    assert Rejection.ALGORITHM == reason(partial(opened, contents=others))
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert ("JWT", key.kid, name, content) == tuple(header[member] for member in ("cty", "kid", "alg", "enc"))


def test_another_library_decrypts() -> None:
    """What we encrypt is an ordinary JWE: plain JSON with accents, and no `cty` where nothing is signed inside."""
    own = RSAKey.generate_key(2048)
    key = PublicKeySet.from_mapping({"keys": [own.as_dict(private=False)]}).to_encrypt("RSA-OAEP-256")
    assert key is not None
    token = jwe.encrypt(key, '{"name":"Zoé"}', algorithm="RSA-OAEP-256", content="A128CBC-HS256", nested=False)
    read = joserfc_jwe.decrypt_compact(token, own, algorithms=["RSA-OAEP-256", "A128CBC-HS256"])
    assert ('{"name":"Zoé"}'.encode(), {"alg", "enc"}) == (read.plaintext, set(read.headers()))


def test_a_long_text_and_a_token_within_a_token(enc_ring: KeyRing) -> None:
    """V-32, V-34: what is too long is not decrypted, and what comes out is never decrypted again."""
    key = published(enc_ring, "ECDH-ES")
    inner = jwe.encrypt(key, "a.b.c", algorithm="ECDH-ES")
    outer = jwe.encrypt(key, inner, algorithm="ECDH-ES")
    assert inner == jwe.decrypt(enc_ring, outer, algorithms=["ECDH-ES"], now=NOW)
    long = jwe.encrypt(key, "a" * jwe.MAX_BYTES, algorithm="ECDH-ES")
    assert Rejection.TOO_LARGE == reason(partial(jwe.decrypt, enc_ring, long, algorithms=["ECDH-ES"], now=NOW))


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
def test_header_allow_list(
    enc_ring: KeyRing, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], expected: Rejection
) -> None:
    """V-31, V-32, N-047: iteration counts, compression and other algorithms are refused, and nothing is decrypted."""
    (kid,) = [key.kid for key in enc_ring.held() if key.algorithm == "RSA-OAEP-256"]
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": kid} | change
    token = ".".join([b64(header), *encrypted(enc_ring, "RSA-OAEP-256").split(".")[1:]])
    monkeypatch.delattr(joserfc_jwe, "decrypt_compact")
    assert expected == reason(partial(jwe.decrypt, enc_ring, token, algorithms=["RSA-OAEP-256", "ECDH-ES"], now=NOW))


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
