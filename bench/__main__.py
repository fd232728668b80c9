"""Measure the provider, beside the npm package oidc-provider and alone, and hold it against the goals.

    python -m bench
    python -m bench --rounds 5 --seconds 5 --only refresh --report bench/report.md
    python -m bench --part growth --part sign-ins
    python -m bench --table
    python -m bench --compare yesterday.json

The parts: `peers` and `few` (wrk and Node are needed), `sign-ins`, `growth`, `memory`, `cold-start`, `tables`. Each is
kept in bench/results.json, with its day and its machine, until it is measured again; the table is made of all that is
there.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from bench import parts
from bench.compare import compared
from bench.peers.wrk import Spoiled
from bench.report import report, table
from bench.results import FILE, PARTS, Results

PLOTS: Final = "plots"
MINUTES: Final = 1
ROWS: Final = 1_000_000


def main() -> None:
    """Measure what is asked for, print the table, and write the report and the results."""
    wanted = _wanted()
    begun = time.monotonic()

    def told(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - begun:6.0f} s  {line}\n")

    results = Results.read(wanted.results)
    spoiled: list[str] = []
    # Names of requests are those of one part where none is named.
    every = PARTS[:1] if wanted.only else PARTS
    for name in [] if wanted.table else wanted.part or every:
        try:
            found = parts.measured(name, wanted, told)
        except (Spoiled, OSError) as fault:
            # What was measured before stays, and what comes after says something all the same.
            spoiled.append(f"{name}: {fault}")
            told(spoiled[-1])
            continue
        if found is not None:
            results.add(name, found, _how(wanted))
            if not wanted.only:
                results.write(wanted.results)
    sys.stdout.write(table(results) + "\n")
    if wanted.compare is not None:
        sys.stdout.write("\n" + compared(Results.read(wanted.compare), results) + "\n")
    if wanted.report is not None:
        wanted.report.write_text(report(results, wanted.report.with_name(PLOTS)), encoding="utf-8")
    if spoiled:
        raise SystemExit("not measured: " + "; ".join(spoiled))


def _how(wanted: argparse.Namespace) -> str:
    part = "".join(f" --part {one}" for one in wanted.part)
    other = f" --minutes {wanted.minutes:g}" if wanted.minutes != MINUTES else ""
    other += f" --rows {wanted.rows}" if wanted.rows != ROWS else ""
    return f"python -m bench{part} --rounds {wanted.rounds} --seconds {wanted.seconds}{other}"


def _wanted() -> argparse.Namespace:
    summary, _, detail = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=summary,
        epilog=detail,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--part", action="append", default=[], choices=PARTS, help="what to measure (everything)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side at each scenario (3)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a turn in seconds (3)")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="length of the run that watches the memory (1)")
    parser.add_argument("--rows", type=int, default=ROWS, help="members, tokens and sessions when grown (1000000)")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        help="part of the names of the requests to measure, beside the peer where no part is named; not kept",
    )
    parser.add_argument("--table", action="store_true", help="measure nothing: print the table of what is kept")
    parser.add_argument("--report", type=Path, help="Markdown file to write the report to, its plots beside it")
    parser.add_argument("--results", type=Path, default=FILE, help="JSON file that keeps the results")
    parser.add_argument("--compare", type=Path, help="results of another run to hold these against")
    return parser.parse_args()


if __name__ == "__main__":
    main()
