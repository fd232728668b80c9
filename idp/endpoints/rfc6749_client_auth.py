"""HTTP Basic credentials of a client (RFC 6749 section 2.3.1, RFC 7617).

Identifier and secret are each form-url-encoded before they are joined: a colon, plus or percent sign in either comes
through. Bytes that are not UTF-8, or not base64, are a refusal and never a fault (trap 5).
"""

import base64
import binascii
from typing import Final
from urllib.parse import unquote_plus

MAX_HEADER: Final = 2048


def read_basic(header: str) -> tuple[str, str] | None:
    """Return identifier and secret of an `Authorization` header, or None when it is not well-formed Basic.

    An empty secret is None too: nobody authenticates with nothing (V-17).
    """
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic" or len(header) > MAX_HEADER:
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        client_id, colon, secret = text.partition(":")
        if "%" in text or "+" in text:
            client_id, secret = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError):
        return None
    if not colon or not client_id or not secret or "\x00" in text:
        return None
    return client_id, secret
