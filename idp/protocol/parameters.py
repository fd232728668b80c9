"""Names of the parameters that an error may speak of: the protocol's, never one that a request made up (N-012)."""

from collections.abc import Iterable
from typing import Final

from idp.protocol.errors import ProtocolError

NAMES: Final = frozenset(
    {
        *("access_token", "acr_values", "claims", "claims_locales", "client_assertion", "client_assertion_type"),
        *("client_id", "client_secret", "code", "code_challenge", "code_challenge_method", "code_verifier"),
        *("display", "dpop_jkt", "grant_type", "id_token_hint", "login_hint", "max_age", "nonce", "prompt"),
        *("redirect_uri", "refresh_token", "registration", "request", "request_uri", "response_mode"),
        *("response_type", "scope", "state", "token", "token_type_hint", "ui_locales"),
    }
)
"""Of RFC 6749, 7009, 7521, 7636, 7662, 9101, 9126 and 9449, and of OpenID Connect Core."""


def said_twice(names: Iterable[str]) -> ProtocolError:
    """Return the refusal of a request in which one of the names came twice (N-005); only a known one is spoken of."""
    seen: set[str] = set()
    for name in names:
        if name in seen and name in NAMES:
            return ProtocolError("invalid_request", f"{name} appears more than once")
        seen.add(name)
    return ProtocolError("invalid_request", "a parameter appears more than once")
