"""From INSEE's yearly files to `communes.csv`: which code became which, followed through every later change.

Two sources are understood:

* INSEE's own ``v_mvt_commune_YYYY.csv`` (called ``mvtcommune`` in some years): every movement since 1943, dated. The
  full history: mergers that were undone are known too;
* the ``communes.json`` of the State's data portal (`decoupage-administratif`), made from the same COG: for each
  commune of today the codes of those it absorbed, without dates.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from federation.cog.table import CogError, Kind

Relations = dict[tuple[str, str], Kind]

_COLUMNS: Final = ("MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "TYPECOM_AP", "COM_AP")
# INSEE's MOD: 20 creation, 21 re-establishment; 41 change of department, 50 transfer of the chief town.
_SPLITS: Final = frozenset({"20", "21"})
_NEW_NUMBERS: Final = frozenset({"41", "50"})

# Departments whose communes got new numbers: Rhône 31 Dec 1967, Paris region 1 Jan 1968, Corsica 1 Jan 1976.
_REFORMS: Final[Mapping[str, frozenset[str]]] = {
    "01": frozenset({"69"}),
    "20": frozenset({"2A", "2B"}),
    "38": frozenset({"69"}),
    "75": frozenset({"92", "93", "94"}),
    "78": frozenset({"91", "92", "93", "94", "95"}),
}


def overseas() -> Relations:
    """Return the renumbering of 2008 that the files of communes leave out: Mayotte, Saint-Barthélemy, Saint-Martin."""
    mayotte = {(f"985{number:02}", f"976{number:02}") for number in range(1, 18)}
    return dict.fromkeys([*sorted(mayotte), ("97123", "97701"), ("97127", "97801")], "renumbered")


def arrondissements() -> Relations:
    """Return the municipal arrondissements of Paris (20), Lyon (9) and Marseille (16)."""
    cities = {"75056": ("751", 20), "69123": ("6938", 9), "13055": ("132", 16)}
    return {
        (f"{prefix}{number:0{5 - len(prefix)}}", city): "arrondissement"
        for city, (prefix, count) in cities.items()
        for number in range(1, count + 1)
    }


def from_movements(lines: Iterable[str]) -> Relations:
    """Read INSEE's movements and follow each code to every later one that covers its place.

    Raises CogError when a column is missing: INSEE renamed them once, and may again.
    """
    reader = csv.DictReader(lines)
    if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
        raise CogError(f"not INSEE's file of movements: no column {', '.join(missing)}")
    moves = sorted(
        (row["DATE_EFF"], row["COM_AV"], row["COM_AP"], row["MOD"])
        for row in reader
        if row["TYPECOM_AV"] == row["TYPECOM_AP"] == "COM" and row["COM_AV"] != row["COM_AP"]
    )
    found: Relations = {}
    inside: defaultdict[str, set[str]] = defaultdict(set)
    for _, before, after, mod in moves:
        if mod in _SPLITS:
            # A commune that left takes its own past along; the rest stays inside the other.
            found.setdefault((before, after), "split")
            inside[before].discard(after)
            continue
        kind: Kind = "renumbered" if mod in _NEW_NUMBERS else "merged"
        carried = inside.pop(before, set())
        for former in carried - {after}:
            found.setdefault((former, after), "merged")
        found[before, after] = kind
        inside[after] |= (carried | {before}) - {after}
    return found


def from_communes(text: str) -> Relations:
    """Read ``communes.json``; raises CogError when it is something else."""
    try:
        communes: list[Mapping[str, Any]] = json.loads(text)
        formers = _formers(communes)
    except (ValueError, TypeError, KeyError) as error:
        raise CogError("not the file of communes") from error
    if not formers:
        raise CogError("not the file of communes")
    found: Relations = {}
    for now, codes in formers.items():
        for former in sorted(codes):
            renumbered = _renumbered(former, codes | {now})
            if renumbered is not None and renumbered != now:
                found[former, renumbered] = "renumbered"
            reformed = now[:2] in _REFORMS.get(former[:2], ())
            found[former, now] = "renumbered" if reformed and renumbered in (None, now) else "merged"
    return found


def _formers(communes: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    formers: defaultdict[str, set[str]] = defaultdict(set)
    for commune in communes:
        code, kind = commune["code"], commune["type"]
        if kind == "commune-actuelle":
            formers[code] |= set(commune.get("anciensCodes") or ())
        elif kind in ("commune-deleguee", "commune-associee") and commune["chefLieu"] != code:
            formers[commune["chefLieu"]].add(code)
    return formers


def _renumbered(former: str, family: set[str]) -> str | None:
    """Return the number that a reform gave this very commune, if it is one of its family's (it kept the last three)."""
    numbers = [department + former[2:] for department in _REFORMS.get(former[:2], ())]
    return next((number for number in sorted(numbers) if number in family), None)
