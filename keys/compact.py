"""Take a JWS in compact serialisation apart, strictly, before anything in it is believed.

RFC 7515 sections 3.1 and 5.2. Two parsers must never read one token differently (V-30), so there
is one spelling: three non-empty parts, canonical base64url, UTF-8 JSON objects without duplicate
members. Size is checked before any work (V-34), and no error holds a piece of the token: errors
are raised outside ``except`` blocks, so that no JSON error with the text in it hangs on as context.
"""

import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from keys.errors import Rejection, TokenRejected

MAX_TOKEN_BYTES = 16 * 1024
MAX_KID_LENGTH = 128

_PART = re.compile(r"[A-Za-z0-9_-]+")
_TO_STANDARD = str.maketrans("-_", "+/")
_KEY_REFERENCES = frozenset({"jku", "x5u", "x5c", "jwk"})


@dataclass(frozen=True, slots=True)
class CompactToken:
    """The parts of a token that is well formed and nothing more; no signature was checked."""

    header: Mapping[str, object] = field(repr=False)
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def split(token: str, *, max_bytes: int = MAX_TOKEN_BYTES) -> CompactToken:
    """Parse ``token``; TokenRejected when it is too large or not in the one allowed spelling."""
    if len(token) > max_bytes:
        raise TokenRejected(Rejection.TOO_LARGE)
    parts = token.split(".", 3)
    if len(parts) != 3 or not all(parts):
        raise TokenRejected(Rejection.NOT_COMPACT)
    header = parse_object(decode_base64url(parts[0]))
    payload = decode_base64url(parts[1])
    signature = decode_base64url(parts[2])
    signing_input = token[: len(parts[0]) + 1 + len(parts[1])].encode("ascii")
    return CompactToken(header, payload, signing_input, signature)


def check_header(token: CompactToken, *, embedded_key: bool = False) -> tuple[str, str | None]:
    """Return ``alg`` and ``kid`` of a header that asks for nothing we do not do.

    Refused: ``crit`` whatever it lists (N-042), ``b64``, key material or references to it (N-041)
    except ``jwk`` where the purpose is made of it, and members of the wrong type.
    """
    header = token.header
    if "crit" in header or "b64" in header:
        raise TokenRejected(Rejection.CRITICAL_HEADER)
    references = _KEY_REFERENCES.intersection(header)
    if references - ({"jwk"} if embedded_key else set()):
        raise TokenRejected(Rejection.KEY_IN_HEADER)
    name, kid = header.get("alg"), header.get("kid")
    if not isinstance(name, str):
        raise TokenRejected(Rejection.BAD_HEADER)
    if "kid" in header and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID_LENGTH):
        raise TokenRejected(Rejection.BAD_HEADER)
    return name, kid if isinstance(kid, str) else None


def media_type(header: Mapping[str, object]) -> str | None:
    """Return ``typ`` in lower case without ``application/``, None when absent."""
    if "typ" not in header:
        return None
    typ = header["typ"]
    if not isinstance(typ, str) or not typ:
        raise TokenRejected(Rejection.TYPE)
    return typ.lower().removeprefix("application/")


def decode_base64url(text: str) -> bytes:
    """Decode base64url without padding, in its one canonical spelling (RFC 7515 section 2)."""
    if not _PART.fullmatch(text) or len(text) % 4 == 1:
        raise TokenRejected(Rejection.BAD_BASE64)
    standard = text.translate(_TO_STANDARD)
    raw = binascii.a2b_base64(standard + "=" * (-len(text) % 4))
    # Unused low bits of the last character must be zero, or one token has several spellings.
    if binascii.b2a_base64(raw, newline=False).rstrip(b"=") != standard.encode("ascii"):
        raise TokenRejected(Rejection.BAD_BASE64)
    return raw


def parse_object(raw: bytes) -> dict[str, object]:
    """Parse a JSON object: UTF-8, no duplicate member, no NaN, no lone surrogate."""
    value, failure = _parse(raw)
    if failure is not None:
        raise TokenRejected(failure)
    if not isinstance(value, dict):
        raise TokenRejected(Rejection.NOT_AN_OBJECT)
    return value


def _parse(raw: bytes) -> tuple[object, Rejection | None]:
    try:
        value: object = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
        if b"\\u" in raw:
            # An escaped lone surrogate is a str that cannot be written anywhere afterwards.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None, Rejection.BAD_JSON
    return value, None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _no_constant(_: str) -> object:
    raise ValueError
