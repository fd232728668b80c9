"""Measure what a FranceConnect that hangs costs those who sign in with a password.

    python -m bench.franceconnect_hangs
    python -m bench.franceconnect_hangs --sign-ins 300 --members 4 --rate 12

The provider runs as in production (`idp serve`, one process, eight threads, Argon2id at its full cost). FranceConnect
is a host that takes connections. Members sign in with their password, page and form, one after the other in each of a
few browsers, in turns of three kinds: nobody comes by FranceConnect; `--rate` browsers a second come back from it, each
with a code that the provider must try to redeem, and FranceConnect refuses it at once; the same, and FranceConnect
answers nothing. The last two differ in nothing but that. The turns alternate, so that whatever else the machine does
falls on all alike.
"""

import argparse
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import click

from idp import config
from idp.app import build
from tests.support import processes
from tests.support.cast import ISSUER, MEMBER, PASSWORD
from tests.support.enumeration import HttpBrowser
from tests.support.pages import Page

MANY = 1_000_000
LONGEST_TURN = 20
"""Seconds for which there are trips; a turn that takes longer goes on without."""
START = "/federation/franceconnect/start?interaction="
CALLBACK = "/federation/franceconnect/callback?"
PROBE = b"GET /api/v2/.well-known/openid-configuration"
ABSENT = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_BODY = b'{"error":"invalid_grant"}'
REFUSED = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)
KINDS = ("nobody comes", "answers", "hangs")


@dataclass
class Silent:
    """A host that says it is there and knows no code, and that only while `answering`."""

    answering: bool = True
    held: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        """Take every connection and keep it."""
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._keep, args=(connection,), daemon=True).start()

    def _keep(self, connection: socket.socket) -> None:
        asked = connection.recv(4096)
        if self.answering:
            connection.sendall(ABSENT if asked.startswith(PROBE) else REFUSED)
            connection.close()
            return
        self.held += 1
        self._open.append(connection)


@contextmanager
def silent() -> Iterator[tuple[Silent, str]]:
    """Run such a host; yield it and its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    host = Silent()
    threading.Thread(target=host.serve, args=(listening,), daemon=True).start()
    try:
        yield host, f"http://127.0.0.1:{listening.getsockname()[1]}/api/v2"
    finally:
        listening.close()


@contextmanager
def provider(folder: Path, upstream: str) -> Iterator[int]:
    """Run a provider with one member, registered with FranceConnect at an address; yield its port."""
    port = processes.free_port()
    (folder / "secret").write_text("s" * 64, encoding="utf-8")
    file = folder / "idp.toml"
    file.write_text(
        f'issuer = "{ISSUER}"\n'
        f'[server]\nport = {port}\nworkers = 1\n[database]\nurl = "sqlite:///{folder}/idp.sqlite3"\n'
        f'[keys]\nkek_file = "{folder}/kek"\n[mail]\ndirectory = "{folder}/mailbox"\n'
        f"[passwords]\nnetwork_failures = {MANY}\nglobal_failures = {MANY}\n"
        f'[franceconnect]\nenabled = true\nenvironment = "emulator"\nissuer = "{upstream}"\n'
        f'client_id = "{"c" * 64}"\nclient_secret_file = "{folder}/secret"\n',
        encoding="utf-8",
    )
    application = build(config.load(file))
    application.prepare()
    application.dossiers.upsert(MEMBER, PASSWORD)
    application.close()
    command = [sys.executable, "-c", "from idp.cli import main; main()", "--config", str(file), "serve"]
    program = processes.start(command, folder / "output.log")
    try:
        program.wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}/healthz"), 30)
        yield port
    finally:
        program.stop()


def by_password(port: int) -> float:
    """Sign in with a password, in a new browser; return the milliseconds from the page to the welcome."""
    browser = HttpBrowser(port)
    begun = time.perf_counter()
    page = browser.sign_in(browser.get("/connexion"))
    elapsed = (time.perf_counter() - begun) * 1000
    browser.close()
    if "Angela" not in page.text:
        raise SystemExit(f"a sign-in with a password failed: {page.status} {page.url}")
    return elapsed


def outward(port: int, upstream: str) -> tuple[HttpBrowser, str]:
    """Press the button; return the browser and the address at which it will come back with a code."""
    browser = HttpBrowser(port)
    interaction = browser.get("/connexion").url.rpartition("/")[2]
    away = browser.get(START + interaction, follow=False)
    if away.status != 303:
        raise SystemExit(f"nobody is sent to FranceConnect: {away.status} {away.text[:3000]}")
    browser.close()  # before the provider does: it may be minutes until this one comes back
    state = Page({name.lower(): value for name, value in away.headers.items()}["location"], 0, "", {}).query["state"]
    return browser, CALLBACK + urlencode({"state": state, "code": "a-code", "iss": upstream})


@dataclass
class Turn:
    """What was measured in one kind of turns: milliseconds of sign-ins with a password, turn by turn."""

    turns: list[list[float]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """Seconds for which those who came back waited for their page."""

    def measure(
        self, port: int, chosen: argparse.Namespace, trips: list[tuple[HttpBrowser, str]], expected: int
    ) -> None:
        """Take one turn, with browsers that come back meanwhile and must be told so (a status)."""
        over = threading.Event()
        with ThreadPoolExecutor(len(trips) + 1) as pool:
            coming = pool.submit(arrivals, pool, trips, chosen.rate, over, expected)
            self.turns.append(turn(port, chosen.members, chosen.sign_ins))
            over.set()
            self.waits += coming.result()

    def row(self, name: str) -> str:
        """Return a line of the report; how far turns of one kind differ among themselves is what noise is."""
        every = [one for taken in self.turns for one in taken]
        each = sorted(_percentile(taken, 95) for taken in self.turns)
        spread = f"{each[0]:.0f} to {each[-1]:.0f}"
        figures = f"{_percentile(every, 50):.0f} | {_percentile(every, 95):.0f} | {spread} | {max(every):.0f}"
        return f"| {name} | {len(every)} | {figures} | {len(self.waits)} | {max(self.waits, default=0):.1f} s |"


def _percentile(taken: list[float], share: int) -> float:
    return statistics.quantiles(taken, n=100, method="inclusive")[share - 1]


def turn(port: int, members: int, sign_ins: int) -> list[float]:
    """Let some members sign in at the same time, so often each."""
    with ThreadPoolExecutor(members) as pool:
        return list(pool.map(lambda _: by_password(port), range(sign_ins)))


def arrivals(
    pool: ThreadPoolExecutor,
    trips: list[tuple[HttpBrowser, str]],
    rate: int,
    over: threading.Event,
    expected: int,
) -> list[float]:
    """Let browsers come back from FranceConnect, so many a second, until it is over; return how long each waited."""

    def come_back(browser: HttpBrowser, address: str) -> float:
        begun = time.perf_counter()
        page = browser.get(address)
        browser.close()
        if page.status != expected:
            raise SystemExit(f"somebody who came back was told something else: {page.status} {page.url}")
        return time.perf_counter() - begun

    coming = []
    for trip in trips:
        coming.append(pool.submit(come_back, *trip))
        if over.wait(1 / rate):
            break
    return [one.result() for one in coming]


def main() -> None:
    """Print the table of the report."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sign-ins", type=int, default=120, help="with a password, in each turn")
    options.add_argument("--turns", type=int, default=3, help="of each kind")
    options.add_argument("--members", type=int, default=2, help="who sign in with a password at the same time")
    options.add_argument("--rate", type=int, default=6, help="browsers a second that come back from FranceConnect")
    chosen = options.parse_args()
    found = {kind: Turn() for kind in KINDS}
    with (
        tempfile.TemporaryDirectory() as folder,
        silent() as (host, upstream),
        provider(Path(folder), upstream) as port,
    ):
        turn(port, chosen.members, 5)
        # Trips that were begun before the trouble, enough for every turn: the breaker stops new ones, not these.
        each = chosen.rate * LONGEST_TURN
        trips = [outward(port, upstream) for _ in range(each * chosen.turns * 2)]
        for _ in range(chosen.turns):
            for kind in KINDS:
                host.answering = kind != "hangs"
                mine = [trips.pop() for _ in range(each)] if kind != KINDS[0] else []
                found[kind].measure(port, chosen, mine, 502 if host.answering else 503)
            host.answering = True
    click.echo(
        "| FranceConnect | sign-ins | median | 95 % | 95 % of each turn | longest | came back | waited at most |"
    )
    click.echo("|---|---|---|---|---|---|---|---|")
    for kind, measured in found.items():
        click.echo(measured.row(kind))
    click.echo(f"\nCalls that FranceConnect held: {host.held}")


if __name__ == "__main__":
    main()
