"""What would have to change for the database to be as a file says, by thing and by member. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, field
from typing import Any, Final, Literal

from idp.records import dataclass

Kind = Literal["clients", "administrators", "upstreams"]
Change = Literal["create", "change", "disable"]
Table = Mapping[str, Any]
"""Members by name, plain values as JSON knows them; a member that is not there has its default."""
State = Mapping[Kind, Mapping[str, Table]]

KINDS: Final[tuple[Kind, ...]] = ("clients", "administrators", "upstreams")


@dataclass(frozen=True, slots=True)
class Member:
    """One member that differs; None stands for the default."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, and what becomes of it. `disable`: an application that the file does not name."""

    kind: Kind
    name: str
    change: Change
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every difference, clients first. `unnamed` are the applications that the file leaves alone."""

    differences: tuple[Difference, ...]
    unnamed: tuple[str, ...] = field(default=())

    @property
    def digest(self) -> str:
        """What the plan is, in a word: two plans with one digest change the same things to the same values."""
        told = json.dumps([asdict(one) for one in self.differences], sort_keys=True)
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def compare(now: State, wanted: State, *, prune: bool = False) -> Plan:
    """Return what differs.

    Args:
        now: what the database holds.
        wanted: what the file says; a thing that it does not name is left alone.
        prune: disable the applications that the file does not name.
    """
    found = []
    for kind in KINDS:
        held, told = now.get(kind, {}), wanted.get(kind, {})
        for name in sorted(told):
            members = _members(held.get(name, {}), told[name])
            if name not in held:
                found.append(Difference(kind, name, "create", members))
            elif members:
                found.append(Difference(kind, name, "change", members))
    unnamed = sorted(now.get("clients", {}).keys() - wanted.get("clients", {}).keys())
    if prune:
        # Whoever is disabled already stays so, and is no difference.
        live = [name for name in unnamed if now["clients"][name].get("enabled", True)]
        found += [Difference("clients", name, "disable", (Member("enabled", None, False),)) for name in live]
        unnamed = []
    return Plan(tuple(found), tuple(unnamed))


def _members(before: Table, after: Table) -> tuple[Member, ...]:
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Member(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )
