"""The two tables of codes, read once, and the questions that matching asks of them."""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from idp.records import dataclass

Kind = Literal["renumbered", "merged", "split", "arrondissement"]
"""How one commune's code leads to another's.

* ``renumbered``: the same commune under a new number (Corsica 1976, the Paris region 1968, a change of department);
* ``merged``: the first became a part of the second;
* ``split``: the second was a part of the first, and left it;
* ``arrondissement``: the first is a municipal arrondissement of the second (Paris, Lyon, Marseille).
"""

FOLDER: Final = Path(__file__).parent
HEADER: Final = ("former", "now", "kind")
_COUNTRY_HEADER: Final = ("country", "was_part_of", "until", "name")


class CogError(ValueError):
    """A file of codes is not what it should be; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Cog:
    """Relations between codes. Build with `read`; `shipped` is the one in use.

    ``countries`` holds for a pair of states the day (ISO) until which the first was a part of the second, or an empty
    string for a pair that was never told apart reliably.
    """

    communes: Mapping[tuple[str, str], Kind]
    countries: Mapping[tuple[str, str], str]

    def places(self, one: str, other: str) -> Kind | None:
        """Return how two different commune codes may be one place, whichever came first; None if they may not."""
        return self.communes.get((one, other)) or self.communes.get((other, one))

    def states(self, one: str, other: str, birthdate: str) -> bool:
        """Whether two different country codes named one country on a day of birth (ISO, unknown parts as ``00``)."""
        until = self.countries.get((one, other), self.countries.get((other, one)))
        return until is not None and (until == "" or birthdate < until)


@cache
def shipped() -> Cog:
    """Return the tables that come with the program, read at the first call."""
    return Cog(
        read_communes(FOLDER / "communes.csv"),
        read_countries(FOLDER / "countries.csv"),
    )


def read_communes(path: Path) -> dict[tuple[str, str], Kind]:
    """Read ``former,now,kind`` lines; raises CogError for a header, a code or a kind that is none."""
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    found: dict[tuple[str, str], Kind] = {}
    for number, (former, now, kind) in _lines(path, HEADER):
        if kind not in kinds or len(former) != 5 or len(now) != 5:
            raise CogError(f"{path.name}, line {number}: not two codes and a kind")
        found[former, now] = kinds[kind]
    return found


def read_countries(path: Path) -> dict[tuple[str, str], str]:
    """Read ``country,was_part_of,until,name`` lines; raises CogError for a header or a code that is none."""
    found: dict[tuple[str, str], str] = {}
    for number, (country, whole, until, _) in _lines(path, _COUNTRY_HEADER):
        if {country[:2], whole[:2]} != {"99"} or len(until) not in (0, 10):
            raise CogError(f"{path.name}, line {number}: not two country codes and a day")
        found[country, whole] = until
    return found


def _lines(path: Path, header: tuple[str, ...]) -> Iterable[tuple[int, list[str]]]:
    """Return the numbered rows of a CSV file whose leading ``#`` lines say where it comes from."""
    with path.open(encoding="utf-8", newline="") as file:
        numbered = [(n, line) for n, line in enumerate(file, 1) if not line.startswith("#")]
    rows = list(zip((n for n, _ in numbered), csv.reader(line for _, line in numbered), strict=True))
    if not rows or tuple(rows[0][1]) != header:
        raise CogError(f"{path.name}: the first line must be {','.join(header)}")
    for number, row in rows[1:]:
        if len(row) != len(header):
            raise CogError(f"{path.name}, line {number}: {len(header)} values expected")
    return rows[1:]
