"""The `claims` request parameter (OpenID Connect Core 1.0 section 5.5), parsed and bounded."""

import json
from collections.abc import Mapping
from typing import Any, Final

from idp.protocol.errors import ProtocolError

MAX_LENGTH: Final = 4096
_PLACES: Final = ("id_token", "userinfo")


def parse_claims(value: str | None) -> dict[str, dict[str, Any]]:
    """Return the claims asked for at `id_token` and `userinfo`, each claim null or an object.

    Unknown top-level members are dropped, as the specification asks.

    Raises:
        ProtocolError: `invalid_request` when the text is too long, not JSON, or not of the specified shape.
    """
    if value is None:
        return {}
    fault = ProtocolError("invalid_request", "claims is not a valid JSON claims request")
    if len(value) > MAX_LENGTH:
        raise fault
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        raise fault from None
    if not isinstance(parsed, dict):
        raise fault
    result: dict[str, dict[str, Any]] = {}
    for place in _PLACES:
        wanted = parsed.get(place)
        if wanted is None:
            continue
        if not isinstance(wanted, dict) or not all(
            details is None or isinstance(details, dict) for details in wanted.values()
        ):
            raise fault
        result[place] = wanted
    return result


def essential_values(claims: Mapping[str, Mapping[str, Any]], place: str, name: str) -> tuple[str, ...]:
    """Return the values an essential claim must take, or none when it is voluntary or free (Core 5.5.1)."""
    details = claims.get(place, {}).get(name)
    if not isinstance(details, dict):
        return ()
    values = details.get("values", [details["value"]] if "value" in details else [])
    if not isinstance(values, list):
        return ()
    return tuple(value for value in values if isinstance(value, str))
