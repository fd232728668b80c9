"""The answer at the redirect URI, success and error alike, by response mode.

Sources: RFC 6749 section 4.1.2, OAuth 2.0 Multiple Response Type Encoding Practices, OAuth 2.0 Form Post Response
Mode, RFC 9207 (`iss` on every answer; N-010). A query that belongs to the registered URI survives.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final
from urllib.parse import quote_plus

from idp.authorize.request import ReturnAddress
from idp.protocol.errors import ProtocolError
from idp.records import dataclass

_PLAIN: Final = re.compile(r"[A-Za-z0-9._~-]*")


@dataclass(frozen=True, slots=True)
class RedirectTo:
    """Send the browser there with 303 (N-007)."""

    url: str = field(repr=False)
    """It may hold a code or tokens, so no log shows it."""


@dataclass(frozen=True, slots=True)
class PostTo:
    """Let the browser post these fields there."""

    action: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)


Answer = RedirectTo | PostTo


def success(to: ReturnAddress, issuer: str, fields: Mapping[str, str]) -> Answer:
    """Answer with `fields` (such as `code`), the unchanged `state` (N-011) and `iss`."""
    return _write(to, {**fields, **_common(to, issuer)})


def failure(
    to: ReturnAddress, issuer: str, error: ProtocolError, fields: Mapping[str, str] = MappingProxyType({})
) -> Answer:
    """Answer with an error, and `fields` beside it (such as `session_state`)."""
    described = {"error_description": error.description} if error.description else {}
    return _write(to, {"error": error.error, **described, **fields, **_common(to, issuer)})


def _common(to: ReturnAddress, issuer: str) -> dict[str, str]:
    return {**({"state": to.state} if to.state is not None else {}), "iss": issuer}


def _write(to: ReturnAddress, fields: dict[str, str]) -> Answer:
    if to.response_mode == "form_post":
        return PostTo(to.redirect_uri, tuple(fields.items()))
    separator = "#" if to.response_mode == "fragment" else "&" if "?" in to.redirect_uri else "?"
    return RedirectTo(f"{to.redirect_uri}{separator}{_query(fields)}")


def _query(fields: Mapping[str, str]) -> str:
    """Return a query; most values are made of characters that stand for themselves (RFC 3986 section 2.3)."""
    return "&".join(
        [f"{name}={value if _PLAIN.fullmatch(value) else quote_plus(value)}" for name, value in fields.items()]
    )
