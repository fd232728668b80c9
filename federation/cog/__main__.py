"""Make ``communes.csv`` anew: ``python -m federation.cog FILE --source "INSEE, COG 2027" [--output communes.csv]``.

FILE is INSEE's ``v_mvt_commune_YYYY.csv``, or the ``communes.json`` of `decoupage-administratif`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from federation.cog import movements
from federation.cog.table import FOLDER, HEADER, CogError


def main(arguments: Sequence[str] | None = None) -> int:
    """Read one file, write the table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m federation.cog", description="Make communes.csv from INSEE's file."
    )
    parser.add_argument("file", type=Path, help="v_mvt_commune_YYYY.csv of INSEE, or communes.json")
    parser.add_argument("--source", required=True, help="where the file comes from, with its date; kept in the table")
    parser.add_argument("--output", type=Path, default=FOLDER / "communes.csv", help="the table to write")
    options = parser.parse_args(arguments)
    try:
        found = _read(options.file)
    except (OSError, UnicodeDecodeError, CogError) as error:
        sys.stderr.write(f"{options.file}: {error}\n")
        return 1
    # What is known by rule gives way to what the file says.
    write(options.output, movements.overseas() | movements.arrondissements() | found, source=options.source)
    sys.stdout.write(f"{options.output}: {len(found)} relations from the file\n")
    return 0


def _read(path: Path) -> movements.Relations:
    text = path.read_text(encoding="utf-8-sig")
    found = movements.from_communes(text) if path.suffix == ".json" else movements.from_movements(text.splitlines())
    if not found:
        raise CogError("no code changed in it")
    return found


def write(path: Path, found: movements.Relations, *, source: str) -> None:
    """Write the table with its source above it."""
    rows = [f"{former},{now},{kind}" for (former, now), kind in sorted(found.items())]
    heading = [
        f"# {' '.join(source.split())}",
        "# Licence Ouverte / Open Licence 2.0. Made by python -m federation.cog",
    ]
    path.write_text("\n".join([*heading, ",".join(HEADER), *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
