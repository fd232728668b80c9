"""A month of a busy fund in a minute: do the tables stay as large as what lives?

The provider runs in this process with a clock of ours. Every day a member signs in, with a refresh token and
without, the application revokes a token of its own, and what these left is multiplied to a day's worth; then the day
passes, with the housekeeping at its hours.
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
A_DAY: Final = (
    ("grants", "scope LIKE '%offline_access%'", 1000, {"id": "long", "code_digest": "code-long"}),
    ("grants", "scope NOT LIKE '%offline_access%'", 3000, {"id": "short", "code_digest": "code-short"}),
    ("refresh_tokens", "true", 1000, {"digest": "refresh", "grant_id": "long"}),
    ("spent", "true", 4000, {"digest": "spent"}),
)
"""What a day leaves: the table, the row that is the model (the newest such), how many, and the keys that differ."""
_BEGUN: Final = {"grants": "created_at", "refresh_tokens": "issued_at", "spent": "expires_at"}
"""By what a row is the newest; the names of the tables that are looked at."""
SETTLED: Final = 5
"""The day from which on a table whose rows live for minutes (`spent`) has its size."""
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
            _day(application, ours.basic(grounds.secret))
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                _multiplied(connection, day)
                for _ in range(24 // HOURS):
                    clock.now += HOURS * 3600
                    application.worker.turn()
                connection.execute(text("VACUUM ANALYZE"))
                sizes.append({name: _size(connection, name) for name in _BEGUN})
        with engine.connect() as connection:
            counts = [_counts(connection, name, clock.now) for name in _BEGUN]
    rows, live = (sum(part) for part in zip(*counts, strict=True))
    short = [size["spent"] for size in sizes]
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


def _day(application: Application, authorization: str) -> None:
    """Sign a member in twice, once for longer than the session; give and revoke a token of the application's own."""

    def asked(path: str, form: str) -> dict[str, Any]:
        answer = browser.raw(
            "POST",
            path,
            data=form,
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": authorization},
        )
        if answer.status_code != 200:
            raise SystemExit(f"{path} on a simulated day: {answer.status_code} {answer.get_data()[:300]!r}")
        told: dict[str, Any] = answer.get_json(silent=True) or {}
        return told

    for scope in ("openid profile", "openid profile offline_access"):
        browser, attempt = Browser(application.wsgi), Attempt()
        sent = {"response_type": "code", "client_id": CLIENT, "redirect_uri": CALLBACK, "scope": scope}
        page = browser.sign_in(browser.get(f"{ISSUER}/authorize?{urlencode({**sent, **attempt.sent()})}"))
        code = parse_qs(urlsplit(page.url).query)["code"][0]
        asked(
            "/token",
            f"grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={attempt.verifier}",
        )
    own = asked("/token", MACHINE_FORM)
    asked("/revoke", urlencode({"token": own["access_token"]}))


def _multiplied(connection: Connection, day: int) -> None:
    """Make a day's worth of what the day's sign-ins left: copies live as long as their model."""
    connection.execute(text("SET session_replication_role = replica"))
    for name, like, count, keys in A_DAY:
        changes = {column: f"md5('{what} {day} ' || n)" for column, what in keys.items()}
        multiply(connection, name, f"{like} ORDER BY {_BEGUN[name]} DESC LIMIT 1", count, changes)
    connection.execute(text("SET session_replication_role = DEFAULT"))


def _size(connection: Connection, name: str) -> int:
    return int(connection.execute(text(f"SELECT pg_total_relation_size('{name}')")).scalar_one())


def _counts(connection: Connection, name: str, now: int) -> tuple[int, int]:
    """Return how many rows a table has, and how many of them live."""
    counted = text(f"SELECT count(*), count(*) FILTER (WHERE expires_at > {now}) FROM {name}")  # noqa: S608 - own names
    rows, live = connection.execute(counted).one()
    return int(rows), int(live)
