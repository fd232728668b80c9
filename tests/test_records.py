"""Records are frozen dataclasses as the standard library makes them, in all that can be seen."""

import copy
import dataclasses
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from idp import records


@records.dataclass(frozen=True, slots=True)
class Point:
    """A record in a module."""

    x: int
    y: int = 0
    secret: str = field(default="s", repr=False)
    seen: list[int] = field(default_factory=list, compare=False)
    kind: ClassVar[str] = "point"

    @property
    def both(self) -> int:
        """A sum."""
        return self.x + self.y


def made_by(dataclass: Any) -> list[type[Any]]:
    """Return classes of many kinds, by one decorator or the other."""

    @dataclass(frozen=True, slots=True)
    class Plain:
        x: int
        y: int = 3
        secret: str = field(default="s", repr=False)
        seen: list[int] = field(default_factory=lambda: [1], compare=False)
        early: int = field(default=0, hash=False)

    @dataclass(frozen=True, slots=True)
    class Child(Plain):
        z: int = field(default=1, kw_only=True)
        computed: int = field(init=False, default=9)

        def __post_init__(self) -> None:
            object.__setattr__(self, "computed", self.x * 2)

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    @dataclass(frozen=True, slots=True)
    class One:
        x: float

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        x: int
        z: int
        y: int = 1

    @dataclass(frozen=True, slots=True)
    class Own:  # noqa: PLW1641 - the decorator gives it one
        x: int

        def __repr__(self) -> str:
            return "mine"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own)

    @dataclass(frozen=True, slots=True)
    class Hashed:
        x: list[int]

        def __hash__(self) -> int:
            return 7

    @dataclass(frozen=True, slots=True)
    class InitOnly:
        x: int
        given: dataclasses.InitVar[int] = 0

        def __post_init__(self, given: int) -> None:
            object.__setattr__(self, "x", self.x + given)

    return [Plain, Child, Empty, One, Named, Own, Hashed, InitOnly]


ACTS: dict[str, Callable[[type[Any]], object]] = {
    "positional": lambda kind: repr(kind(1, 2)),
    "one": lambda kind: repr(kind(1)),
    "none": lambda kind: repr(kind()),
    "named": lambda kind: repr(kind(x=1, z=2)),
    "unknown": lambda kind: kind(nobody=1),
    "equal": lambda kind: (kind(1) == kind(1), kind(1) == kind(2), kind(1) == (1,), kind(1).__eq__(1)),
    "not a number": lambda kind: (kind(nan := float("nan")) == kind(nan), kind(float("nan")) == kind(float("nan"))),
    "compared": lambda kind: kind(1, seen=[1]) == kind(1, seen=[2]),
    "hash": lambda kind: (hash(kind(1)), hash(kind(1)) == hash(kind(1, early=5)), len({kind(1), kind(1), kind(2)})),
    "set": lambda kind: setattr(kind(1), "x", 2),
    "delete": lambda kind: delattr(kind(1), "x"),
    "own factory": lambda kind: kind(1).seen is kind(1).seen,
    "replace": lambda kind: repr(dataclasses.replace(kind(1), x=5)),
    "asdict": lambda kind: dataclasses.asdict(kind(1)),
    "fields": lambda kind: [(one.name, one.type, one.kw_only) for one in dataclasses.fields(kind)],
    "match": lambda kind: kind.__match_args__,
    "slots": lambda kind: (kind.__slots__, hasattr(kind(1), "__dict__")),
    "copied": lambda kind: (copy.copy(kind(1)) == kind(1), repr(copy.deepcopy(kind(1)))),
    "itself": lambda kind: repr(_around(kind)),
}


def _around(kind: type[Any]) -> object:
    held: list[object] = []
    held.append(kind(held))
    return held[0]


def done(act: Callable[[type[Any]], object], kind: type[Any]) -> object:
    """Return what comes of an act, or the kind of error and, where nobody's wording is in it, its text."""
    try:
        return act(kind)
    except (TypeError, FrozenInstanceError, AttributeError) as error:
        return type(error), str(error) if isinstance(error, FrozenInstanceError) else ""


@pytest.mark.parametrize("act", ACTS)
def test_a_record_does_what_a_frozen_dataclass_does(act: str) -> None:
    """Every act on every kind of class comes to the same, errors too."""
    ours, theirs = made_by(records.dataclass), made_by(dataclasses.dataclass)
    assert [done(ACTS[act], one) for one in theirs] == [done(ACTS[act], one) for one in ours]


def test_a_record_has_what_its_class_has() -> None:
    """Its name, its words, its methods; it can be copied, and shows no field that is not to be shown."""
    point = Point(1, 2, seen=[3])
    assert ("Point", "A record in a module.", 3, "point") == (
        Point.__qualname__,
        Point.__doc__,
        point.both,
        Point.kind,
    )
    assert "Point(x=1, y=2, seen=[3])" == repr(point)
    back = copy.copy(point)
    assert (point, [3]) == (back, back.seen)


@pytest.mark.parametrize(
    "traits", [{}, {"frozen": True}, {"slots": True}, {"frozen": True, "slots": True, "eq": False}]
)
def test_what_is_no_record_is_left_to_the_standard_library(traits: dict[str, bool]) -> None:
    """Classes that change, that have no slots, or are compared by identity."""

    @records.dataclass(**traits)
    class Some:
        x: int

    assert traits.get("eq", True) == (Some(1) == Some(1))
    assert traits.get("frozen", False) == Some.__dataclass_params__.frozen  # type: ignore[attr-defined]  # not in stubs
