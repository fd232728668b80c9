"""One operation of the API: what routes it, what it takes, what it gives."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import Final, Literal, TypeVar

from idp.admin.actor import Actor
from idp.admin.api.shapes import Nothing
from idp.admin.api.values import Shape
from idp.records import dataclass

JSON: Final = "application/json"

T = TypeVar("T", bound=Shape)

PLACES: Final = {
    "case": r"[0-9a-f]{16}",
    "batch": r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2,4}",
    "member": r"[0-9a-f]{32}",
    "upstream": r"[a-z][a-z0-9-]{0,31}",
    "administrator": r"[0-9a-f]{32}",
    "client": r"[A-Za-z0-9._~:@+-]{1,128}",
    "version": r"[1-9][0-9]{0,8}",
    "proposal": r"[0-9a-f]{32}",
}
"""What may stand at a place of a path, which the access log has: ids, never a login. Anything else is not there."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose caller, path and parameters were judged already."""

    actor: Actor
    places: Mapping[str, str]
    query: Shape
    body: Shape | None

    def asked(self, kind: type[T]) -> T:
        """Return the parameters, which are of the kind that the operation names (TypeError: a mistake of ours)."""
        return _of(kind, self.query)

    def sent(self, kind: type[T]) -> T:
        """Return the body, which is of the kind that the operation names (TypeError: a mistake of ours)."""
        return _of(kind, self.body)


def _of(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"the operation takes no {kind.__name__}")
    return value


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is a file."""

    media: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    `path` is below the API's address, `{place}` as in `PLACES`; `act` is the act of `ACTS` that the gate asks for;
    `refusals` are the kinds of problems that the act itself may answer with; `media` are what a file may be. An answer
    that must not be `kept` for a repetition with the same idempotency key takes none.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    act: str
    summary: str
    handle: Callable[[Call], Shape | File]
    answer: type[Shape] | None = None
    query: type[Shape] = Nothing
    body: type[Shape] | None = None
    status: int = 200
    refusals: tuple[str, ...] = ()
    media: tuple[str, ...] = (JSON,)
    kept: bool = True

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The names of the places in the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    def match(self, path: str) -> Mapping[str, str] | None:
        """Return what stands at the places of a path below the API's address, or None when it is another path."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"{(\w+)}", lambda place: f"(?P<{place[1]}>{PLACES[place[1]]})", self.path))
