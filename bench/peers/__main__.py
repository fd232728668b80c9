"""Measure the provider beside the npm package oidc-provider.

    python -m bench.peers
    python -m bench.peers --rounds 5 --seconds 10 --only refresh --report bench/report.md

Both run in two processes on the same PostgreSQL and Redis, sign with a key of the same kind, know the same
application, which authenticates in the same way, and answer the same requests of `wrk`, in turns. Ours commits to
PostgreSQL, with the disk waited for; the peer writes to Redis only.
"""

import argparse
import sys
import time
from pathlib import Path

from bench.peers import ours, peer
from bench.peers.grounds import grounds
from bench.peers.report import Found, written
from bench.peers.rounds import in_turns
from bench.peers.scenarios import SCENARIOS
from bench.peers.stock import stock_at


def main() -> None:
    """Measure, print each turn as it ends and the table at the end, and write the report where asked."""
    wanted = _wanted()
    chosen = [one for one in SCENARIOS if not wanted.only or any(part in one.name for part in wanted.only)]
    begun = time.monotonic()

    def told(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - begun:6.0f} s  {line}\n")

    with grounds() as ground, ours.running(ground) as own, peer.running(ground) as other:
        authorization = ours.basic(ground.secret)
        stocks = [stock_at(own, authorization), stock_at(other, authorization)]
        rows = list(in_turns(ground, stocks, chosen, wanted.rounds, wanted.seconds, told))
        found = Found(rows, {side.name: side.peak() for side in (own, other)}, wanted.rounds, wanted.seconds)
    text = written(found)
    sys.stdout.write(text)
    if wanted.report is not None:
        wanted.report.write_text(text, encoding="utf-8")


def _wanted() -> argparse.Namespace:
    summary, _, detail = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m bench.peers",
        description=summary,
        epilog=detail,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side at each scenario (3)")
    parser.add_argument("--seconds", type=int, default=5, help="length of a turn in seconds (5)")
    parser.add_argument("--only", action="append", default=[], help="part of the names of the scenarios to run")
    parser.add_argument("--report", type=Path, help="Markdown file to write the report to")
    return parser.parse_args()


if __name__ == "__main__":
    main()
