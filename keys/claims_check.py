"""Exact, typed checks of registered claims (N-044): no substring, no coercion, no default.

Each function raises TokenRejected or returns what it has checked. Times are Unix seconds; only
whole numbers count: a float, a boolean or a numeric string is malformed (V-29).
"""

import hmac
from collections.abc import Mapping

from keys.errors import Rejection, TokenRejected

MAX_TIME = 253_402_300_799  # the last second of the year 9999
MAX_TEXT = 1024
FUTURE_LEEWAY = 10


def check_times(
    claims: Mapping[str, object],
    now: int,
    *,
    leeway: int = FUTURE_LEEWAY,
    expired_leeway: int = 0,
    max_age: int | None = None,
    max_lifetime: int | None = None,
    require_exp: bool = True,
    require_iat: bool = False,
    require_nbf: bool = False,
) -> None:
    """Check ``exp``, ``nbf`` and ``iat``.

    All in seconds. ``leeway``: how far ``nbf`` and ``iat`` may lie ahead, for clocks that disagree
    (N-035: 10 are accepted, more than 60 must not be). ``expired_leeway``: how long after ``exp``
    a token is still taken. ``max_age``: oldest ``iat`` accepted, which is then required.
    ``max_lifetime``: how far ahead ``exp`` may lie.
    """
    if not 0 <= leeway <= 60:
        raise ValueError("leeway is 0 to 60 seconds")
    expires = _time(claims, "exp", required=require_exp)
    begins = _time(claims, "nbf", required=require_nbf)
    issued = _time(claims, "iat", required=require_iat or max_age is not None)
    if expires is not None and expires + expired_leeway <= now:
        raise TokenRejected(Rejection.EXPIRED, "exp")
    if begins is not None and begins > now + leeway:
        raise TokenRejected(Rejection.NOT_YET_VALID, "nbf")
    if issued is not None and issued > now + leeway:
        raise TokenRejected(Rejection.ISSUED_IN_FUTURE, "iat")
    if max_age is not None and issued is not None and issued < now - max_age:
        raise TokenRejected(Rejection.TOO_OLD, "iat")
    if max_lifetime is not None and expires is not None and expires > now + max_lifetime:
        raise TokenRejected(Rejection.LIFETIME, "exp")


def check_issuer(claims: Mapping[str, object], expected: str) -> None:
    """``iss`` is exactly ``expected`` (V-27)."""
    if _text(claims, "iss") != expected:
        raise TokenRejected(Rejection.ISSUER, "iss")


def check_audience(claims: Mapping[str, object], expected: str, *, single: bool = False, string: bool = False) -> None:
    """``aud`` names ``expected``: a string, or a non-empty list of strings (V-28).

    ``single``: nobody else is named. ``string``: a list is refused even with one element
    (client assertions, N-034).
    """
    value = claims.get("aud")
    if isinstance(value, str):
        named: list[object] = [value]
    elif isinstance(value, list) and not string:
        named = value
    else:
        raise TokenRejected(_absent_or_malformed(claims, "aud"), "aud")
    if not all(isinstance(item, str) for item in named):
        raise TokenRejected(Rejection.MALFORMED_CLAIM, "aud")
    if expected not in named or (single and len(named) != 1):
        raise TokenRejected(Rejection.AUDIENCE, "aud")


def check_authorized_party(claims: Mapping[str, object], client_id: str) -> None:
    """``azp`` is ``client_id`` if present; several audiences require it (Core 3.1.3.7)."""
    audience = claims.get("aud")
    if "azp" not in claims and not (isinstance(audience, list) and len(audience) > 1):
        return
    if _text(claims, "azp") != client_id:
        raise TokenRejected(Rejection.MISMATCH, "azp")


def check_subject(claims: Mapping[str, object], expected: str | None = None) -> str:
    """Return ``sub``: 1 to 255 printable ASCII characters (Core 2), and ``expected`` if given."""
    subject = _text(claims, "sub")
    if len(subject) > 255 or not (subject.isascii() and subject.isprintable()):
        raise TokenRejected(Rejection.MALFORMED_CLAIM, "sub")
    if expected is not None and subject != expected:
        raise TokenRejected(Rejection.SUBJECT, "sub")
    return subject


def check_text(claims: Mapping[str, object], name: str, expected: str) -> None:
    """Claim ``name`` is exactly the text ``expected``; compared in constant time (nonces)."""
    if not hmac.compare_digest(_text(claims, name).encode(), expected.encode()):
        raise TokenRejected(Rejection.MISMATCH, name)


def text_claim(claims: Mapping[str, object], name: str, *, max_length: int = 256) -> str:
    """Return a claim that must be a text of 1 to ``max_length`` characters, such as ``jti``."""
    value = _text(claims, name)
    if len(value) > max_length:
        raise TokenRejected(Rejection.MALFORMED_CLAIM, name)
    return value


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise TokenRejected(_absent_or_malformed(claims, name), name)
    return value


def _time(claims: Mapping[str, object], name: str, *, required: bool) -> int | None:
    if name not in claims:
        if required:
            raise TokenRejected(Rejection.MISSING_CLAIM, name)
        return None
    value = claims[name]
    if type(value) is not int or not 0 <= value <= MAX_TIME:
        raise TokenRejected(Rejection.MALFORMED_CLAIM, name)
    return value


def _absent_or_malformed(claims: Mapping[str, object], name: str) -> Rejection:
    return Rejection.MALFORMED_CLAIM if name in claims else Rejection.MISSING_CLAIM
