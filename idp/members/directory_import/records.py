"""A line of a directory file, checked as a whole: every fault of it, or a record to apply."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final

from idp.members.directory_import.faults import Fault, FieldError
from idp.members.directory_import.fields import FRANCE, SITUATIONS, checks
from idp.records import dataclass

REQUIRED: Final = (
    "dossier",
    "situation",
    "status",
    "birth_name",
    "given_names",
    "birthdate",
    "gender",
    "birthplace",
    "birthcountry",
)
"""Columns that every file has; all but `birthplace` must have a value on every line."""

ADDRESS: Final = ("street_address", "postal_code", "locality", "region", "country")
"""Members of the address claim (OpenID Connect Core 5.1.1), each a column."""

COLUMNS: Final = (
    *REQUIRED,
    "usage_name",
    "email",
    "phone_number",
    *ADDRESS,
    "locale",
    "profile",
    "password_hash",
    "must_reset",
)
"""Every column there is, in the order that an export writes them."""

_WHEN_EMPTY: Final[Mapping[str, Any]] = {"birthplace": "", "usage_name": "", "locale": "fr", "profile": {}}
_ONLY_EVER_SET: Final = frozenset({"password_hash", "must_reset"})


@dataclass(frozen=True, slots=True)
class Raw:
    """A line as read: its number, and what each named column holds; a fault instead where it cannot be read."""

    line: int
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A sound line. `values` has the account's columns that the file speaks of; others stay as they are."""

    line: int
    dossier: str
    values: Mapping[str, Any] = field(repr=False)


class Reader:
    """Checks lines against the documented form.

    Args:
        year_now: present year.
    """

    def __init__(self, year_now: int) -> None:
        self._checks = checks(year_now)

    def read(self, raw: Raw, tell: Callable[[Fault], None]) -> Record | None:
        """Return the record of a line, or None after every fault of it was told."""
        if raw.fault is not None:
            tell(Fault(raw.line, "", raw.fault))
            return None
        values: dict[str, Any] = {}
        absent = [name for name in REQUIRED if name != "birthplace" and _is_empty(raw.values.get(name))]
        faults = [Fault(raw.line, name, "is missing") for name in absent]
        for name, given in raw.values.items():
            try:
                self._one(name, given, values)
            except FieldError as error:
                faults.append(Fault(raw.line, name, str(error)))
        faults += _disagreements(raw.line, values)
        for fault in faults:
            tell(fault)
        return None if faults else Record(raw.line, values["dossier"], _as_columns(values))

    def _one(self, name: str, given: Any, values: dict[str, Any]) -> None:
        check = self._checks.get(name)
        if check is None:
            raise FieldError("is not a known name")
        value = given.strip() if isinstance(given, str) else given
        if value is not None and value != "":
            values[name] = check(value)
        elif name not in _ONLY_EVER_SET and (name not in REQUIRED or name == "birthplace"):
            values[name] = _WHEN_EMPTY.get(name)


def _is_empty(given: Any) -> bool:
    return given is None or (isinstance(given, str) and not given.strip())


def _disagreements(line: int, values: Mapping[str, Any]) -> list[Fault]:
    """Return what each field allows but not beside the other."""
    found = []
    number, situation = values.get("dossier"), values.get("situation")
    if number and situation and len(number) != SITUATIONS[situation]:
        digits = SITUATIONS[situation]
        reason = f"must have {digits} digits for {situation}, has {len(number)}"
        found.append(Fault(line, "dossier", reason))
    if values.get("birthplace") and values.get("birthcountry", FRANCE) != FRANCE:
        found.append(Fault(line, "birthplace", f"must be empty for a birth outside France ({FRANCE})"))
    return found


def _as_columns(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values under the account's own column names: the parts of an address are one."""
    if any(name in values for name in ADDRESS):
        parts = {name: values.pop(name, None) for name in ADDRESS}
        values["address"] = {name: part for name, part in parts.items() if part} or None
    return values
