"""Two registrations side by side: which members differ, before and after."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from idp.records import dataclass

LIGHT: Final = frozenset(
    {
        *("client_name", "description", "client_uri", "logo_uri", "policy_uri", "tos_uri"),
        *("contacts", "software_id", "software_version"),
    }
)
"""Members that people read, in any language, and that nothing is decided by."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One member that is otherwise now. Values are as JSON has them; None where the member was or is not there."""

    member: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Difference]:
    """Return every member that differs, by name."""
    return [
        Difference(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def weighs(found: Iterable[Difference]) -> bool:
    """Whether more differs than what people read: an address, a key, or a right can hand an application to another."""
    return any(one.member.partition("#")[0] not in LIGHT for one in found)
