"""Public keys of others: a client's or an upstream provider's JWKS, or the key inside a DPoP proof.

Only the public numbers are taken over (RFC 7517 section 4 members that we do not use are ignored,
private members never kept). Keys that cannot be used are left out rather than failing the set:
section 5 asks readers to ignore what they do not understand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from joserfc.errors import JoseError

from keys.algorithms import (
    ALGORITHMS,
    PRIVATE_MEMBERS,
    PUBLIC_MEMBERS,
    AsymmetricKey,
    algorithm,
    import_jwk,
)
from keys.compact import MAX_KID_LENGTH, decode_base64url, parse_object
from keys.errors import Rejection, TokenRejected

MAX_KEYS = 64
MAX_JWKS_BYTES = 256 * 1024
_ENCRYPTING = ("encrypt", "wrapKey", "deriveKey", "deriveBits")
_RSA_BITS = range(2048, 8193)
_COORDINATE_BYTES = 32
_KINDS = frozenset((row.key_type, row.curve) for row in ALGORITHMS.values())


@dataclass(frozen=True, slots=True, eq=False)
class PublicKey:
    """One usable key. ``algorithm`` and ``use`` are what its JWK declares, None when silent."""

    kid: str | None
    algorithm: str | None
    use: str | None
    key_type: str
    curve: str | None
    thumbprint: str
    key: AsymmetricKey = field(repr=False)

    def fits(self, algorithm_name: str) -> bool:
        """Tell whether signatures of this algorithm may be checked with this key (N-040, V-26)."""
        row = algorithm(algorithm_name)
        return (
            row.use == (self.use or row.use)
            and self.algorithm in (None, row.name)
            and (self.key_type, self.curve) == (row.key_type, row.curve)
        )


@dataclass(frozen=True, slots=True, eq=False)
class PublicKeySet:
    """The usable keys of one party, parsed once; immutable, safe to share and to cache."""

    keys: tuple[PublicKey, ...]

    @classmethod
    def from_bytes(cls, document: bytes) -> "PublicKeySet":
        """Parse a JWKS document; TokenRejected when it is too large or no JWKS."""
        if len(document) > MAX_JWKS_BYTES:
            raise TokenRejected(Rejection.TOO_LARGE)
        return cls.from_mapping(parse_object(document))

    @classmethod
    def from_mapping(cls, jwks: Mapping[str, object]) -> "PublicKeySet":
        """Take the usable keys of a parsed JWKS; TokenRejected when it has no list of keys."""
        members = jwks.get("keys")
        if not isinstance(members, Sequence) or isinstance(members, str | bytes):
            raise TokenRejected(Rejection.UNUSABLE_KEY)
        if len(members) > MAX_KEYS:
            raise TokenRejected(Rejection.TOO_LARGE)
        found = [_usable(member) for member in members]
        return cls(tuple(key for key in found if key is not None))

    def candidates(self, algorithm_name: str, kid: str | None, *, single_without_kid: bool) -> tuple[PublicKey, ...]:
        """Return the keys to try. ``kid`` is compared, never interpreted.

        With ``single_without_kid``, a token without ``kid``, or with an unknown one, is tried
        against the only key that fits its algorithm; where two fit, nothing is guessed.
        """
        fitting = tuple(key for key in self.keys if key.fits(algorithm_name))
        named = tuple(key for key in fitting if kid is not None and key.kid == kid)
        if named or not single_without_kid:
            return named
        return fitting if len(fitting) == 1 else ()

    def to_encrypt(self, algorithm_name: str) -> PublicKey | None:
        """Return the key to encrypt to: one declared for it before one that declares nothing; None when none fits.

        A key declared for signatures never fits (OpenID Connect Core 10.2, RFC 7517 section 4.2).
        """
        fitting = [key for key in self.keys if key.fits(algorithm_name)]
        return min(fitting, key=lambda key: (key.use is None, key.algorithm is None), default=None)


def embedded_key(header: Mapping[str, object]) -> PublicKey:
    """Return the key in the ``jwk`` member of a DPoP proof (RFC 9449 section 4.2).

    TokenRejected when it is absent, not usable, or holds a private member.
    """
    members = header.get("jwk")
    if not isinstance(members, Mapping):
        raise TokenRejected(Rejection.UNUSABLE_KEY)
    if PRIVATE_MEMBERS.intersection(members):
        raise TokenRejected(Rejection.UNUSABLE_KEY)
    key = _usable(members)
    if key is None:
        raise TokenRejected(Rejection.UNUSABLE_KEY)
    return key


def _usable(member: object) -> PublicKey | None:
    if not isinstance(member, Mapping) or not _declares_well(member):
        return None
    numbers = _numbers(member)
    if numbers is None:
        return None
    try:
        key = import_jwk(numbers)
    except (ValueError, JoseError):
        return None
    return PublicKey(
        kid=member.get("kid"),
        algorithm=member.get("alg"),
        use=_use(member),
        key_type=numbers["kty"],
        curve=numbers.get("crv"),
        thumbprint=key.thumbprint(),
        key=key,
    )


def _declares_well(member: Mapping[str, object]) -> bool:
    """Tell whether ``kid``, ``alg``, ``use`` and ``key_ops`` are absent or of the right shape."""
    kid, operations = member.get("kid"), member.get("key_ops")
    use = member.get("use")
    if operations is not None and not _operations_fit(operations, use):
        return False
    return (
        (kid is None or (isinstance(kid, str) and 0 < len(kid) <= MAX_KID_LENGTH))
        and isinstance(member.get("alg", ""), str)
        and use in (None, "sig", "enc")
    )


def _use(member: Mapping[str, object]) -> str | None:
    """Return ``use``, or what ``key_ops`` say in its place (RFC 7517 section 4.3), None when the key is silent."""
    use, operations = member.get("use"), member.get("key_ops")
    if isinstance(use, str) or not isinstance(operations, list):
        return use if isinstance(use, str) else None
    return "sig" if "verify" in operations else "enc"


def _operations_fit(operations: object, use: object) -> bool:
    """Tell whether ``key_ops`` allow what a public key of this ``use`` is for (RFC 7517 4.3)."""
    if not isinstance(operations, list):
        return False
    wanted = {"enc": _ENCRYPTING, "sig": ("verify",)}.get(str(use), ("verify", *_ENCRYPTING))
    return any(operation in operations for operation in wanted)


def _numbers(member: Mapping[str, object]) -> dict[str, str] | None:
    """Return ``kty`` and the public members, None unless they are of a kind and size we know.

    One spelling only, canonical base64url of the exact length (RFC 7518 section 6), so that a key
    has one thumbprint.
    """
    kind, curve = member.get("kty"), member.get("crv")
    if not isinstance(kind, str) or (kind, curve) not in _KINDS:
        return None
    numbers = {"kty": kind}
    for name in PUBLIC_MEMBERS[kind]:
        value = member.get(name)
        if not isinstance(value, str) or (name != "crv" and not _fits(kind, name, value)):
            return None
        numbers[name] = value
    return numbers


def _fits(kind: str, name: str, value: str) -> bool:
    """Bound a number: the work of verification stays small and the key strong enough."""
    try:
        raw = decode_base64url(value)
    except TokenRejected:
        return False
    if kind != "RSA":
        return len(raw) == _COORDINATE_BYTES
    number = int.from_bytes(raw, "big")
    if raw[0] == 0:
        return False
    return number.bit_length() in _RSA_BITS if name == "n" else 3 <= number < 1 << 32
