"""Measure whether time tells which dossier numbers exist: 200 of members of every kind, 200 of nobody's, over HTTP.

    python -m bench.enumeration
    python -m bench.enumeration --numbers 200 --older pbkdf2_sha256 --iterations 600000 --database postgresql

The provider runs as in production (`idp serve`, Argon2id at its full cost) and is asked from this process, members and
strangers alternating in an order drawn by a fixed rule, so that whatever else the machine does falls on both alike.
For each way of asking, the time until the answer and the server's processor time are compared by Mann-Whitney's test:
the share of pairs in which the member took longer (a half if time tells nothing), and how often chance alone would give
a share at least as far off. The processor time says as much on a machine that is busy with other work. Needs Linux.
"""

import argparse
import hashlib
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from idp import config
from idp.app import build
from tests.support import processes
from tests.support.cast import ISSUER
from tests.support.enumeration import HttpBrowser, Number, ask, crowd, strangers, wrong_password
from tests.support.servers import postgresql_url

MANY = 1_000_000
"""Beyond every limit of a network: all the numbers are tried from this machine."""

Way = Callable[[HttpBrowser, Number], Callable[[], object]]
"""Prepares one asking and returns it, to be timed."""


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Return the share of pairs in which the first is larger, and the two-sided probability of one as far from a half.

    By the normal approximation, good from twenty values on; equal values count for a half.
    """
    values = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, place = 0.0, 0
    ties = 0.0
    while place < len(values):
        end = place
        while end < len(values) and values[end][0] == values[place][0]:
            end += 1
        middle = (place + 1 + end) / 2
        ranks += middle * sum(1 for _, crowd_ in values[place:end] if crowd_ == 0)
        ties += (end - place) ** 3 - (end - place)
        place = end
    m, n = len(first), len(second)
    pairs, all_ = m * n, m + n
    larger = ranks - m * (m + 1) / 2
    spread = math.sqrt(pairs / 12 * ((all_ + 1) - ties / (all_ * (all_ - 1))))
    score = (larger - pairs / 2) / spread if spread else 0.0
    return larger / pairs, math.erfc(abs(score) / math.sqrt(2))


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds until the answer, and those of the server's processor time."""

    elapsed: float
    processor: float


@contextmanager
def provider(
    folder: Path, database: str, numbers: int, older: str | None, iterations: int
) -> Iterator[tuple[int, int, list[Number]]]:
    """Run a provider with a crowd of members; yield its process, its port and the members' numbers."""
    port = processes.free_port()
    file = folder / "idp.toml"
    file.write_text(
        f'issuer = "{ISSUER}"\n'
        f'[server]\nport = {port}\nworkers = 1\n[database]\nurl = "{database}"\n'
        f'[keys]\nkek_file = "{folder}/kek"\n[mail]\ndirectory = "{folder}/mailbox"\n'
        f"[passwords]\nnetwork_failures = {MANY}\nglobal_failures = {MANY}\n"
        f"[activation]\nrequests_per_network = {MANY}\n"
        "[captcha]\nproof_iterations = 100\nproof_attempts = 10\n",
        encoding="utf-8",
    )
    application = build(config.load(file))
    application.prepare()
    members = crowd(application, numbers, (older,) if older else (), iterations)
    application.close()
    command = [sys.executable, "-c", "from idp.cli import main; main()", "--config", str(file), "serve"]
    program = processes.start(command, folder / "output.log")
    try:
        program.wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}/healthz"), 30)
        yield program.pid, port, members
    finally:
        program.stop()


def processor(process: int) -> float:
    """Return the milliseconds that a process and those it started have computed."""
    tasks = Path(f"/proc/{process}/task")
    spent = 0.0
    for task in tasks.iterdir():
        # A thread may end while it is looked at; what it had spent is then missing, in this measure and the next.
        with suppress(OSError):
            spent += int((task / "schedstat").read_text().split()[0]) / 1e6
            spent += sum(processor(int(child)) for child in (task / "children").read_text().split())
    return spent


def measure(server: int, port: int, crowds: Sequence[Sequence[Number]], way: Way) -> list[dict[Number, Spent]]:
    """Return what each number of each crowd took."""
    turns = [(number, index) for index, numbers in enumerate(crowds) for number in numbers]
    turns.sort(key=lambda turn: hashlib.blake2b(turn[0].dossier.encode()).digest())
    taken: list[dict[Number, Spent]] = [{} for _ in crowds]
    for number, index in turns:
        browser = HttpBrowser(port)
        go = way(browser, number)
        before, begun = processor(server), time.perf_counter()
        go()
        elapsed = (time.perf_counter() - begun) * 1000
        taken[index][number] = Spent(elapsed, processor(server) - before)
        browser.close()
    return taken


def sign_in(browser: HttpBrowser, number: Number) -> Callable[[], object]:
    """Send a wrong password; the form was there before."""
    page = browser.get("/connexion")
    return lambda: wrong_password(browser, page, number)


WAYS: dict[str, Way] = {
    "sign-in, wrong password": sign_in,
    "request for a provisional password": lambda browser, number: partial(ask, browser, number),
}


def told(way: str, what: str, known: Mapping[Number, float], unknown: Mapping[Number, float]) -> dict[str, object]:
    """Return what was measured for one way of asking."""
    share, probability = mann_whitney([*known.values()], [*unknown.values()])

    def spread(values: Iterable[float]) -> list[float]:
        return [round(value, 1) for value in statistics.quantiles(values, n=4)]

    kinds = {number.kind: [value for other, value in known.items() if other.kind == number.kind] for number in known}
    return {
        "way": way,
        "ms": what,
        "members": spread(known.values()),
        "strangers": spread(unknown.values()),
        "member slower": f"{100 * share:.1f} %",
        "by chance": round(probability, 3),
        "median of each kind": {kind: round(statistics.median(values), 1) for kind, values in kinds.items()},
    }


def main() -> None:
    """Measure each way once and print what was found, one JSON object a line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--numbers", type=int, default=200, help="of each crowd")
    arguments.add_argument("--older", help="scheme of the hashes that members of one kind hold still")
    arguments.add_argument("--iterations", type=int, default=100_000, help="their cost")
    arguments.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="idp-bench-") as name:
        folder = Path(name)
        url = postgresql_url() if chosen.database == "postgresql" else f"sqlite:///{folder}/idp.sqlite3"
        with provider(folder, url, chosen.numbers, chosen.older, chosen.iterations) as (server, port, members):
            warm = strangers(chosen.numbers + 20)[chosen.numbers :]
            for way, go in WAYS.items():
                measure(server, port, (warm, ()), go)
                taken = measure(server, port, (members, strangers(chosen.numbers)), go)
                for what in ("elapsed", "processor"):
                    crowds = ({number: getattr(spent, what) for number, spent in one.items()} for one in taken)
                    click.echo(json.dumps(told(way, what, *crowds), ensure_ascii=False))


if __name__ == "__main__":
    main()
