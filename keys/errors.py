"""What this room raises.

An error here carries a machine-readable code and nothing that came from outside: a token, a header
value or a claim in a message would end in a log line (V-34).
"""

from enum import StrEnum


class Rejection(StrEnum):
    """Why a token was refused; the value is what logs, metrics and tests name."""

    TOO_LARGE = "too_large"
    NOT_COMPACT = "not_compact"
    BAD_BASE64 = "bad_base64"
    BAD_JSON = "bad_json"
    NOT_AN_OBJECT = "not_an_object"
    BAD_HEADER = "bad_header"
    CRITICAL_HEADER = "critical_header"
    KEY_IN_HEADER = "key_in_header"
    ALGORITHM = "algorithm_not_allowed"
    TYPE = "wrong_type"
    UNKNOWN_KEY = "unknown_key"
    UNUSABLE_KEY = "unusable_key"
    SIGNATURE = "bad_signature"
    MISSING_CLAIM = "missing_claim"
    FORBIDDEN_CLAIM = "forbidden_claim"
    MALFORMED_CLAIM = "malformed_claim"
    ISSUER = "wrong_issuer"
    AUDIENCE = "wrong_audience"
    SUBJECT = "wrong_subject"
    MISMATCH = "claim_mismatch"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    ISSUED_IN_FUTURE = "issued_in_future"
    TOO_OLD = "too_old"
    LIFETIME = "lifetime_too_long"
    HALF_HASH = "wrong_half_hash"
    DECRYPTION = "decryption_failed"


class KeyRoomError(Exception):
    """Base of everything this room raises on purpose."""


class TokenRejected(KeyRoomError):
    """A token is not believed. ``claim`` is one of *our* claim names, never text of the token."""

    def __init__(self, reason: Rejection, claim: str | None = None) -> None:
        super().__init__(reason.value if claim is None else f"{reason.value}:{claim}")
        self.reason = reason
        self.claim = claim


class KekError(KeyRoomError):
    """A key-encryption key cannot be used; the message says what to change."""


class SealBroken(KeyRoomError, ValueError):
    """Sealed bytes do not open: altered, of another context, or under a KEK we do not hold."""


class NoSigningKey(KeyRoomError):
    """The ring holds no key in force for an algorithm that was asked for."""


class RingLoadError(KeyRoomError):
    """The ring could not be loaded and there is no earlier one to keep."""
