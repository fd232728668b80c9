"""The table of algorithms that the house can hold keys for, sign with or verify.

One row an algorithm, one algorithm a key (N-040). There is no HMAC row and there must not be one:
with no symmetric algorithm in the room, a public key can never be taken for an HMAC secret (V-22).

RSA keys are 3072 bits, elliptic keys P-256 or Ed25519 (N-137). ``EdDSA`` (RFC 8037) is the name
that RFC 9864 replaces by ``Ed25519``; both rows use the same mathematics.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import urlsafe_b64decode

AsymmetricKey = RSAKey | ECKey | OKPKey
Signer = Callable[[bytes], bytes]
Use = Literal["sig", "enc"]
HashName = Literal["sha256", "sha512"]

RSA_BITS = 3072
_WRONG_KEY = "the algorithm needs a private key of another type"

PUBLIC_MEMBERS: dict[str, tuple[str, ...]] = {
    "RSA": ("n", "e"),
    "EC": ("crv", "x", "y"),
    "OKP": ("crv", "x"),
}
"""The JWK members that may leave the house, by key type (RFC 7518 section 6, RFC 8037)."""

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Every private member that RFC 7518 and RFC 8037 define."""

_RSA_NUMBERS = ("n", "e", "d", "p", "q", "dp", "dq", "qi")


def _sign_es256(key: AsymmetricKey) -> Signer:
    private = key.private_key
    if not isinstance(private, EllipticCurvePrivateKey):
        raise TypeError(_WRONG_KEY)
    scheme = ECDSA(hashes.SHA256())

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, scheme))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def _sign_rs256(key: AsymmetricKey) -> Signer:
    private = key.private_key
    if not isinstance(private, RSAPrivateKey):
        raise TypeError(_WRONG_KEY)
    scheme, digest = padding.PKCS1v15(), hashes.SHA256()
    return lambda message: private.sign(message, scheme, digest)


def _sign_ps256(key: AsymmetricKey) -> Signer:
    private = key.private_key
    if not isinstance(private, RSAPrivateKey):
        raise TypeError(_WRONG_KEY)
    digest = hashes.SHA256()
    scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
    return lambda message: private.sign(message, scheme, digest)


def _sign_ed25519(key: AsymmetricKey) -> Signer:
    private = key.private_key
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError(_WRONG_KEY)
    return private.sign


def _new_rsa() -> AsymmetricKey:
    return RSAKey.generate_key(RSA_BITS)


def _new_p256() -> AsymmetricKey:
    return ECKey.generate_key("P-256")


def _new_ed25519() -> AsymmetricKey:
    return OKPKey.generate_key("Ed25519")


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A row of the table.

    ``key_type`` and ``curve`` are the JWK ``kty`` and ``crv`` that fit; ``digest`` is the hash of
    the signature, from which ``at_hash`` and ``c_hash`` follow; ``signer`` binds a private key
    once so that signing parses nothing (None for keys that only decrypt).
    """

    name: str
    use: Use
    key_type: str
    curve: str | None
    digest: HashName
    generate: Callable[[], AsymmetricKey]
    signer: Callable[[AsymmetricKey], Signer] | None = None


_ROWS = (
    Algorithm("ES256", "sig", "EC", "P-256", "sha256", _new_p256, _sign_es256),
    Algorithm("RS256", "sig", "RSA", None, "sha256", _new_rsa, _sign_rs256),
    Algorithm("PS256", "sig", "RSA", None, "sha256", _new_rsa, _sign_ps256),
    Algorithm("Ed25519", "sig", "OKP", "Ed25519", "sha512", _new_ed25519, _sign_ed25519),
    Algorithm("EdDSA", "sig", "OKP", "Ed25519", "sha512", _new_ed25519, _sign_ed25519),
    Algorithm("RSA-OAEP-256", "enc", "RSA", None, "sha256", _new_rsa),
    Algorithm("RSA-OAEP", "enc", "RSA", None, "sha256", _new_rsa),
    Algorithm("ECDH-ES", "enc", "EC", "P-256", "sha256", _new_p256),
)

ALGORITHMS: dict[str, Algorithm] = {row.name: row for row in _ROWS}

SIGNATURES = tuple(row.name for row in _ROWS if row.use == "sig")
"""What the house signs with and verifies of others, where nobody agreed on fewer."""


def algorithm(name: str) -> Algorithm:
    """Return the row called ``name``; ValueError when the house does not know it."""
    row = ALGORITHMS.get(name)
    if row is None:
        raise ValueError("unknown algorithm")
    return row


def import_jwk(members: dict[str, str]) -> AsymmetricKey:
    """Turn JWK members into a key object.

    A private key must be one that we made and sealed ourselves: the primes of an RSA key are not tried
    again, which would take 42 to 346 ms a key at every start. What opens under our seal is what we sealed.

    Raises ValueError on an unknown ``kty``; joserfc and cryptography raise ValueError or
    ``joserfc.errors.JoseError`` on numbers that are no key.
    """
    kind = members.get("kty")
    if kind == "EC":
        return ECKey.import_key(dict(members))
    if kind == "RSA":
        return _own_rsa(members) if "d" in members else RSAKey.import_key(dict(members))
    if kind == "OKP":
        return OKPKey.import_key(dict(members))
    raise ValueError("unknown key type")


def _own_rsa(members: dict[str, str]) -> RSAKey:
    try:
        number = {name: int.from_bytes(urlsafe_b64decode(members[name].encode())) for name in _RSA_NUMBERS}
    except KeyError:
        raise ValueError("a private RSA key lacks a number") from None
    numbers = RSAPrivateNumbers(
        p=number["p"],
        q=number["q"],
        d=number["d"],
        dmp1=number["dp"],
        dmq1=number["dq"],
        iqmp=number["qi"],
        public_numbers=RSAPublicNumbers(number["e"], number["n"]),
    )
    return RSAKey(numbers.private_key(unsafe_skip_rsa_key_validation=True), dict(members))


def public_members(key: AsymmetricKey) -> dict[str, str]:
    """Return ``kty`` and the public numbers of a key, by allow-list, never by deletion."""
    full = key.as_dict(private=False)
    chosen = {"kty": key.key_type}
    for name in PUBLIC_MEMBERS[key.key_type]:
        chosen[name] = str(full[name])
    return chosen
