"""A month of a busy fund in a minute: do the tables stay as large as what lives?

The provider runs in this process with a clock of ours. Every day a member signs in, the application redeems the code
and asks for a token of its own, and what these left is multiplied to a day's worth; then the day passes, with the
housekeeping at its hours.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from sqlalchemy import Connection, event, text

from bench.growth.fill import multiply
from bench.peers import ours
from bench.peers.grounds import CALLBACK, CLIENT, Grounds
from bench.peers.rounds import Told
from bench.peers.stock import MACHINE_FORM, Attempt
from idp import config
from idp.app import Application, build
from tests.support.cast import ISSUER
from tests.support.pages import Browser

DAYS: Final = 30
DAY: Final = 86400
HOURS: Final = 2
"""Hours between two turns of the housekeeping; in production they are five minutes."""
A_DAY: Final = {"access_tokens": 4000, "grants": 1000, "refresh_tokens": 1000}
"""Copies that are made of what a day's sign-in left: in 30 days 120 000 access tokens."""
SETTLED: Final = 5
"""The day from which on a table whose rows live for minutes has its size."""
ROOM: Final = 1.5
"""How many times its size of that day it may have at the end: freed room is used again only after a VACUUM."""


@dataclass
class _Clock:
    now: int

    def __call__(self) -> int:
        return self.now


@dataclass
class _Deletes:
    """The DELETE statements that were seen: the longest in milliseconds, and the most rows that one took."""

    longest_ms: float = 0.0
    most: int = 0
    begun: float = field(default=0.0, repr=False)

    def before(self, *_: Any) -> None:
        """Note when a statement begins."""
        self.begun = time.perf_counter()

    def after(self, _connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        """Note what it took, if it is a DELETE."""
        if statement.startswith("DELETE"):
            self.longest_ms = max(self.longest_ms, 1000 * (time.perf_counter() - self.begun))
            self.most = max(self.most, cursor.rowcount)


def tables(grounds: Grounds, told: Told) -> dict[str, Any]:
    """Return what is left after a month: rows, those that live, the longest DELETE, and sizes by day."""
    seen, sizes = _Deletes(), []
    clock = _Clock(int(time.time()))
    with _provider(grounds, clock) as application:
        engine = application.store.engine
        event.listen(engine, "before_cursor_execute", seen.before)
        event.listen(engine, "after_cursor_execute", seen.after)
        for day in range(DAYS):
            _sign_in(application, ours.basic(grounds.secret))
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                _multiplied(connection, day)
                for _ in range(24 // HOURS):
                    clock.now += HOURS * 3600
                    application.worker.turn()
                connection.execute(text("VACUUM ANALYZE"))
                sizes.append({name: _size(connection, name) for name in A_DAY})
        with engine.connect() as connection:
            counts = [_counts(connection, name, clock.now) for name in A_DAY]
    rows, live = (sum(part) for part in zip(*counts, strict=True))
    short = [size["access_tokens"] for size in sizes]
    told(f"tables: {rows} rows for {live} live ones after {DAYS} days; longest DELETE {seen.longest_ms:.0f} ms")
    return {
        "days": DAYS,
        "rows": rows,
        "live": live,
        "longest_ms": seen.longest_ms,
        "largest_batch": seen.most,
        "sizes": sizes,
        "bounded": rows == live and short[-1] <= ROOM * short[SETTLED],
    }


@contextmanager
def _provider(grounds: Grounds, clock: _Clock) -> Iterator[Application]:
    file = grounds.folder / "month.toml"
    file.write_text(ours.settings(grounds, grounds.database(), 8000, hashes="keycloak", cache=3), encoding="utf-8")
    application = build(config.load(file), clock=clock)
    try:
        ours.filled(application, grounds.secret)
        yield application
    finally:
        application.close()


def _sign_in(application: Application, authorization: str) -> None:
    """Sign a member in, redeem the code, ask for the application's own token."""
    browser = Browser(application.wsgi)
    attempt = Attempt()
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "scope": "openid profile offline_access",
        **attempt.sent(),
    }
    page = browser.sign_in(browser.get(f"{ISSUER}/authorize?{urlencode(asked)}"))
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    redeemed = f"grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={attempt.verifier}"
    for form in (redeemed, MACHINE_FORM):
        answer = browser.raw(
            "POST",
            "/token",
            data=form,
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": authorization},
        )
        if answer.status_code != 200:
            raise SystemExit(f"no token on a simulated day: {answer.status_code} {answer.get_data()[:300]!r}")


def _multiplied(connection: Connection, day: int) -> None:
    """Make a day's worth of what the day's sign-in left: copies live as long as their model."""
    connection.execute(text("SET session_replication_role = replica"))
    for name, count in A_DAY.items():
        key = "id" if name == "grants" else "digest"
        begun = "created_at" if name == "grants" else "issued_at"
        changes = {key: f"md5('{name}{day}-' || n)"}
        if name == "grants":
            changes["code_digest"] = f"md5('code{day}-' || n)"
        else:
            changes["grant_id"] = f"md5('grants{day}-' || (n % {A_DAY['grants']}))"
        multiply(connection, name, f"true ORDER BY {begun} DESC, {key} LIMIT 1", count, changes)
    connection.execute(text("SET session_replication_role = DEFAULT"))


def _size(connection: Connection, name: str) -> int:
    return int(connection.execute(text(f"SELECT pg_total_relation_size('{name}')")).scalar_one())


def _counts(connection: Connection, name: str, now: int) -> tuple[int, int]:
    """Return how many rows a table has, and how many of them live."""
    counted = text(f"SELECT count(*), count(*) FILTER (WHERE expires_at > {now}) FROM {name}")  # noqa: S608 - own names
    rows, live = connection.execute(counted).one()
    return int(rows), int(live)
