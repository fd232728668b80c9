"""Frozen dataclasses that are made quickly.

The program has four hundred of them, and the standard library compiles six functions for each: a quarter of all the
time that a start took. Here one is compiled, `__init__`; to compare, hash, show, copy and refuse a change, all records
share what the standard library writes out for each. A record does the same, type checkers see the standard decorator
itself, and `dataclasses.replace`, `fields` and `asdict` know a record. Two differences: `inspect.signature` shows it
without its types, and what inherits from a record is a record too, for the library takes one for not frozen.

    from idp.records import dataclass

    @dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 0
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final

_write: Final = object.__setattr__
_TRAITS: Final = {"frozen", "slots", "kw_only"}


def _dataclass(cls: type[Any] | None = None, /, **traits: bool) -> Any:
    """Return a class as a dataclass. One that is not frozen with slots, or asks for more, is the standard library's."""
    if cls is None:
        return lambda one: _dataclass(one, **traits)
    if not (traits.get("frozen") and traits.get("slots") and traits.keys() <= _TRAITS) or _has_init_only(cls):
        return dataclasses.dataclass(cls, **traits)
    own = dict(vars(cls))
    if not own.get("__doc__"):
        # The standard library would spell out the signature.
        cls.__doc__ = f"{cls.__name__}."
    bare: Any = dataclasses.dataclass(
        init=False, repr=False, eq=False, slots=True, kw_only=traits.get("kw_only", False)
    )
    made: type[Any] = bare(cls)
    for name, method in _methods(made, dataclasses.fields(made)).items():
        implied = name == "__hash__" and own.get(name) is None and "__eq__" in own
        if name not in own or implied:
            method.__qualname__ = f"{made.__qualname__}.{name}"
            setattr(made, name, method)
    return made


def _has_init_only(cls: type[Any]) -> bool:
    return any("InitVar" in str(one) for one in vars(cls).get("__annotations__", {}).values())


def _methods(made: type[Any], fields: Sequence[Field[Any]]) -> dict[str, Callable[..., Any]]:
    names = tuple(one.name for one in fields)
    every = _values(names)
    compared = _values([one.name for one in fields if one.compare])
    hashed = _values([one.name for one in fields if (one.compare if one.hash is None else one.hash)])
    shown = [one.name for one in fields if one.repr]

    def equal(self: Any, other: Any) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed_by_value(self: Any) -> int:
        return hash(hashed(self))

    @recursive_repr()
    def told(self: Any) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def refuse(_self: Any, name: str, _value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def keep(_self: Any, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def state(self: Any) -> tuple[Any, ...]:
        return every(self)

    def restore(self: Any, values: Sequence[Any]) -> None:
        for name, value in zip(names, values, strict=True):
            _write(self, name, value)

    return {
        "__init__": _init(made, fields),
        "__eq__": equal,
        "__hash__": hashed_by_value,
        "__repr__": told,
        "__setattr__": refuse,
        "__delattr__": keep,
        "__getstate__": state,
        "__setstate__": restore,
    }


def _values(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads these attributes as a tuple, one and none too."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)


def _init(made: type[Any], fields: Sequence[Field[Any]]) -> Callable[..., None]:
    known: dict[str, Any] = {"_write": _write, "_missing": MISSING}
    by_place: list[str] = ["self"]
    by_name: list[str] = []
    body: list[str] = []
    for one in fields:
        name = one.name
        value, given = name, name
        if one.default is not MISSING:
            known[f"_default_{name}"] = one.default
            given, value = f"{name}=_default_{name}", name if one.init else f"_default_{name}"
        elif one.default_factory is not MISSING:
            known[f"_make_{name}"] = one.default_factory
            given = f"{name}=_missing"
            value = f"_make_{name}() if {name} is _missing else {name}" if one.init else f"_make_{name}()"
        elif not one.init:
            continue
        if one.init:
            (by_name if one.kw_only else by_place).append(given)
        body.append(f" _write(self, {name!r}, {value})")
    if hasattr(made, "__post_init__"):
        body.append(" self.__post_init__()")
    taken = [*by_place, "*", *by_name] if by_name else by_place
    found: dict[str, Any] = {}
    # The names are those of a class in our own source, which is what the standard library compiles too.
    exec(f"def __init__({', '.join(taken)}):\n" + ("\n".join(body) or " pass"), known, found)  # noqa: S102 - see above
    written: Callable[..., None] = found["__init__"]
    written.__module__ = made.__module__
    return written


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass

__all__ = ["dataclass"]
