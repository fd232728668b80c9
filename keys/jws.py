"""The only place of the house that signs, and the only one that believes a signature.

The caller says the purpose; ``typ``, ``kid`` and key follow from it, and the algorithm comes from
our configuration, never from the header (N-040). No symmetric algorithm exists here (V-22), and
``none`` is a name like any other unknown one (V-23). What follows a good signature, the exact
checks of issuer, audience and times, is in ``keys.claims_check``.

Signing assembles the compact form itself over the key that joserfc parsed: with the header encoded
once per key and type, an ES256 token of eight claims takes 31 microseconds, of which 22 to 24 are
the signature; ``joserfc.jwt.encode`` takes 44 to 51 (measured on one core of two). Checking goes
through joserfc's algorithm objects, which cost no more than the bare mathematics (67 against 66).
"""

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from keys.algorithms import ALGORITHMS, AsymmetricKey
from keys.compact import (
    MAX_TOKEN_BYTES,
    CompactToken,
    check_header,
    media_type,
    parse_object,
    split,
)
from keys.errors import Rejection, TokenRejected
from keys.foreign import PublicKeySet, embedded_key
from keys.purposes import RULES, Purpose, Rule
from keys.ring import KeyRing

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False).encode


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A token whose signature, type and shape hold. Issuer, audience and times are not checked.

    ``thumbprint`` is the RFC 7638 thumbprint of the key (``jkt`` of a DPoP proof).
    """

    header: Mapping[str, object] = field(repr=False)
    claims: Mapping[str, object] = field(repr=False)
    algorithm: str
    thumbprint: str


def sign(
    ring: KeyRing,
    purpose: Purpose,
    claims: Mapping[str, object],
    *,
    algorithm: str,
    now: int,
) -> str:
    """Return a compact JWS over ``claims`` with our key in force for ``algorithm``.

    NoSigningKey when there is none; ValueError when the claims do not make a token of that
    purpose (a fault of the caller's) or cannot be written as JSON.
    """
    rule = RULES[purpose]
    if not rule.required <= claims.keys() or not rule.forbidden.isdisjoint(claims):
        raise ValueError(f"claims do not fit a token of purpose {purpose.value}")
    if rule.issuer_is_subject and claims["iss"] != claims["sub"]:
        raise ValueError(f"iss and sub differ in a token of purpose {purpose.value}")
    key = ring.signing_key(algorithm, now)
    payload = _encode(claims if isinstance(claims, dict) else dict(claims)).encode()
    signing_input = key.header(rule.typ) + base64.urlsafe_b64encode(payload).rstrip(b"=")
    if key.signer is None:
        raise ValueError("a key of this algorithm does not sign")
    signature = base64.urlsafe_b64encode(key.signer(signing_input)).rstrip(b"=")
    return (signing_input + b"." + signature).decode("ascii")


def verify_own(
    ring: KeyRing,
    purpose: Purpose,
    token: str,
    *,
    now: int,
    max_bytes: int = MAX_TOKEN_BYTES,
) -> VerifiedToken:
    """Verify a token that we signed: its ``kid`` must name a key of ours, which fixes ``alg``."""
    parsed = split(token, max_bytes=max_bytes)
    name, kid = check_header(parsed)
    if name not in _SIGNING:
        raise TokenRejected(Rejection.ALGORITHM)
    key = None if kid is None else ring.find(kid, now)
    if key is None:
        raise TokenRejected(Rejection.UNKNOWN_KEY)
    if key.algorithm != name:
        raise TokenRejected(Rejection.ALGORITHM)
    _check_type(RULES[purpose], parsed)
    if not _signature_holds(name, parsed, key.key):
        raise TokenRejected(Rejection.SIGNATURE)
    return VerifiedToken(parsed.header, _claims(RULES[purpose], parsed), name, key.kid)


def verify_foreign(
    keys: PublicKeySet,
    purpose: Purpose,
    token: str,
    *,
    algorithms: Collection[str],
    single_without_kid: bool = True,
    max_bytes: int = MAX_TOKEN_BYTES,
) -> VerifiedToken:
    """Verify a token of another party against its keys.

    ``algorithms``: what this party registered or announced, our choice and not the token's.
    ``single_without_kid``: see :meth:`keys.foreign.PublicKeySet.candidates`. Reason
    ``unknown_key`` or ``bad_signature`` may mean that the party rotated: fetch its keys again,
    rarely, and try once more.
    """
    parsed, name, kid = _opened(token, algorithms, max_bytes, embedded=False)
    _check_type(RULES[purpose], parsed)
    candidates = keys.candidates(name, kid, single_without_kid=single_without_kid)
    if not candidates:
        raise TokenRejected(Rejection.UNKNOWN_KEY)
    for key in candidates:
        if _signature_holds(name, parsed, key.key):
            claims = _claims(RULES[purpose], parsed)
            return VerifiedToken(parsed.header, claims, name, key.thumbprint)
    raise TokenRejected(Rejection.SIGNATURE)


def verify_embedded(
    purpose: Purpose,
    token: str,
    *,
    algorithms: Collection[str],
    max_bytes: int = MAX_TOKEN_BYTES,
) -> VerifiedToken:
    """Verify a proof against the key in its own header: DPoP alone is made that way (RFC 9449).

    The result says that the sender holds the key of ``thumbprint``; whose key that is, the caller
    must know from elsewhere. Header length is bound by ``max_bytes`` only: a proof with an RSA key
    has a header of 550 bytes and more, above joserfc's default limit.
    """
    if purpose is not Purpose.DPOP:
        raise ValueError("only a DPoP proof carries its own key")
    parsed, name, _ = _opened(token, algorithms, max_bytes, embedded=True)
    _check_type(RULES[purpose], parsed)
    key = embedded_key(parsed.header)
    if not key.fits(name):
        raise TokenRejected(Rejection.UNUSABLE_KEY)
    if not _signature_holds(name, parsed, key.key):
        raise TokenRejected(Rejection.SIGNATURE)
    return VerifiedToken(parsed.header, _claims(RULES[purpose], parsed), name, key.thumbprint)


_SIGNING = frozenset(name for name, row in ALGORITHMS.items() if row.use == "sig")


def _opened(
    token: str, algorithms: Collection[str], max_bytes: int, *, embedded: bool
) -> tuple[CompactToken, str, str | None]:
    """Take the token apart and pin its algorithm to the caller's list."""
    if isinstance(algorithms, str) or not _SIGNING.issuperset(algorithms):
        raise ValueError("algorithms must be a collection of signature algorithms of the table")
    parsed = split(token, max_bytes=max_bytes)
    name, kid = check_header(parsed, embedded_key=embedded)
    if name not in algorithms:
        raise TokenRejected(Rejection.ALGORITHM)
    return parsed, name, kid


def _check_type(rule: Rule, parsed: CompactToken) -> None:
    if media_type(parsed.header) not in rule.accepted:
        raise TokenRejected(Rejection.TYPE)


def _signature_holds(name: str, parsed: CompactToken, key: AsymmetricKey) -> bool:
    try:
        return JWSRegistry.algorithms[name].verify(parsed.signing_input, parsed.signature, key)
    except (ValueError, JoseError):
        return False


def _claims(rule: Rule, parsed: CompactToken) -> dict[str, object]:
    """Parse the payload, after the signature, and hold it against the rule of its purpose."""
    claims = parse_object(parsed.payload)
    for name in sorted(rule.required):
        if name not in claims:
            raise TokenRejected(Rejection.MISSING_CLAIM, name)
    for name in sorted(rule.forbidden):
        if name in claims:
            raise TokenRejected(Rejection.FORBIDDEN_CLAIM, name)
    if rule.issuer_is_subject and claims["iss"] != claims["sub"]:
        raise TokenRejected(Rejection.MISMATCH, "sub")
    return claims
