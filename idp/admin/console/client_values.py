"""How the console shows what is registered: each value as lines of text, by the names of the protocol."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from idp.admin.registration.differences import Difference
from idp.admin.registration.document import written
from idp.protocol.client import Client

_APART: Final = frozenset({"client_name", "description"})
"""Members that the page says in its own words."""


def members(client: Client) -> Sequence[tuple[str, list[str]]]:
    """Return what is registered of an application, by name."""
    return [(name, lines(value)) for name, value in sorted(written(client).items()) if name not in _APART]


def change(one: Difference) -> Mapping[str, Any]:
    """Return one member that differs, each side as lines."""
    return {"member": one.member, "before": lines(one.before), "after": lines(one.after)}


def lines(value: Any) -> list[str]:
    """Return a value as JSON has it; none for what is not there."""
    if value is None:
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, list):
        return [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in value]
    return [json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, Mapping) else str(value)]
