"""The `claims` request parameter (OpenID Connect Core 1.0 section 5.5), parsed and bounded."""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from idp.protocol.errors import ProtocolError

MAX_LENGTH: Final = 4096
_MAX_DEPTH: Final = 16
_PLACES: Final = ("id_token", "userinfo")


def parse_claims(value: str | None) -> dict[str, dict[str, Any]]:
    """Return the claims asked for at `id_token` and `userinfo`, each claim null or an object.

    Unknown top-level members are dropped, as the specification asks.

    Raises:
        ProtocolError: `invalid_request` when the text is too long, not strict JSON (a member twice, NaN, a number
            beyond a double, NUL or a lone surrogate), nested beyond reason, or not of the specified shape.
    """
    if value is None:
        return {}
    fault = ProtocolError("invalid_request", "claims is not a valid JSON claims request")
    if len(value) > MAX_LENGTH:
        raise fault
    try:
        parsed = json.loads(value, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise fault from None
    if not isinstance(parsed, dict) or not _storable(parsed):
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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _storable(value: object, depth: int = 0) -> bool:
    """Whether a database keeps the value as JSON: no NaN or infinity, no NUL, no lone surrogate, not too deep."""
    if depth > _MAX_DEPTH:
        return False
    if isinstance(value, dict):
        return all(_storable(name) and _storable(held, depth + 1) for name, held in value.items())
    if isinstance(value, list):
        return all(_storable(held, depth + 1) for held in value)
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    return not isinstance(value, float) or math.isfinite(value)


def values_of(claims: Mapping[str, Mapping[str, Any]], place: str, name: str) -> tuple[str, ...]:
    """Return the values that a claim must take, or none when any will do (Core 5.5.1).

    Of `acr` and `sub` alone a value decides whether there is an answer at all (Core 5.5.1.1 and 3.1.2.2), whether
    called essential or not; of other claims it is a wish that changes nothing.
    """
    details = claims.get(place, {}).get(name)
    if not isinstance(details, dict):
        return ()
    values = details.get("values", [details["value"]] if "value" in details else [])
    if not isinstance(values, list):
        return ()
    return tuple(value for value in values if isinstance(value, str))
