"""Two registrations side by side: which members differ, before and after."""

from collections.abc import Mapping, Sequence
from typing import Any

from idp.records import dataclass


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
