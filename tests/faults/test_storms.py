"""Storms: everybody signs in at once, many sessions live, a million rows are over."""

import re
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bench.month import PARTS, Deletes, fill
from idp.protocol.messages import Parameters
from idp.store.audit import AuditEvent
from idp.store.kv import SqlKeyValue
from idp.upstream import LoginOutcome
from idp.worker.purge import Purge
from tests.faults.conftest import Case
from tests.faults.test_crashes import everybody_is_still_signed_in
from tests.support import processes
from tests.support.harness import vitals
from tests.support.harness.house import House, open_stores
from tests.support.harness.people import Person, at_once
from tests.support.records import SIGN_IN

MANY = tuple(str(3_000_000 + 31 * number) for number in range(100))


@pytest.fixture
def stormy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose hashes cost what they cost in production, with a hundred members."""
    stores = open_stores("postgresql")
    passwords = {"memory_kib": 19 * 1024, "passes": 2}
    house = House(tmp_path_factory.mktemp("stormy") / "house", stores, 2, MANY, {"passwords": passwords})
    house.start()
    yield house
    house.close()
    stores.close()


@pytest.fixture
def house(request: pytest.FixtureRequest) -> House:
    """The stormy house where the case says so, else the one that all share."""
    name = getattr(request, "param", "")
    if name:
        found: House = request.getfixturevalue(name)
        return found
    return request.getfixturevalue("houses").of("postgresql")  # type: ignore[no-any-return]  # Houses


@pytest.mark.long
@pytest.mark.parametrize("house", ["stormy"], indirect=True)
@pytest.mark.case("R-40", "a hundred members sign in at the same moment, with real hashes")
def test_everybody_at_once(case: Case) -> None:
    """Memory stays bounded; who finds no turn is told so, tries again, gets in; most probes are answered meanwhile."""
    people = [Person(case.house.port, case.history, dossier) for dossier in MANY]
    forms = [person.browser.get(person.application.authorize_url()) for person in people]
    memory, over = [max(vitals.memory(case.house))], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            memory.append(max(vitals.memory(case.house), default=0))

    probes = list[tuple[bool, float]]()

    def ask() -> None:
        began = time.monotonic()
        alive = processes.answers(f"http://127.0.0.1:{case.house.port}/healthz")
        probes.append((alive, time.monotonic() - began))

    def probe() -> None:
        with ThreadPoolExecutor(64) as probing:  # one that waits keeps no other from being sent
            while not over.wait(0.1):
                probing.submit(ask)

    watchers = [threading.Thread(target=one) for one in (watch, probe)]
    for watcher in watchers:
        watcher.start()
    took: list[float] = [0.0] * len(people)

    def sign_in(number: int) -> str:
        began = time.monotonic()
        page = people[number].posts(forms[number])
        code = page.query.get("code") or people[number].code()
        took[number] = time.monotonic() - began
        return code

    codes = at_once(len(people), sign_in)
    over.set()
    for watcher in watchers:
        watcher.join()
    for person in people:
        person.leave()
    told = Counter(e.status for e in case.history.of("page") if e.facts["method"] == "POST")
    assert len(MANY) == len(set(codes))
    assert 0 not in told
    slow = sorted(took)
    case.tell(
        members=len(MANY), told_to_come_back=told[503], p50=f"{slow[len(slow) // 2]:.1f} s",
        p95=f"{slow[int(len(slow) * 0.95)]:.1f} s", memory=f"{memory[0]} -> {max(memory)} MiB a process",
        probes=len(probes), answered=sum(alive for alive, _ in probes),
        slowest_probe=f"{max(spent for _, spent in probes):.2f} s",
    )  # fmt: skip
    assert sum(alive for alive, _ in probes) > len(probes) * 3 / 4
    assert max(memory) < memory[0] + 200


@pytest.mark.long
@pytest.mark.case("R-41", "10 000 live sessions and 10 000 half-finished sign-ins, 100 connections")
def test_many_sessions(case: Case, tmp_path: Path) -> None:
    """`/authorize` finds a session by its key however many there are, and memory stays flat."""
    wrk = shutil.which("wrk")
    if wrk is None:
        pytest.skip("no wrk on this machine")
    application, dossier = case.house.application, case.person(0).dossier
    account = case.house.account_of(dossier)
    began = application.clock()
    outcome = LoginOutcome(account_id=account, auth_time=began, acr="eidas1", amr=("pwd",), provider="password")
    with application.store.reading() as unit:
        stored = unit.accounts.by_id(account)
    assert stored is not None
    opened = [
        application.sessions.start(outcome, epoch=stored.epoch, interaction="", previous=None) for _ in range(10_000)
    ]
    with application.store.begin() as unit:
        for number, (_, session) in enumerate(opened):
            sign_in = replace(SIGN_IN, id=f"{number}", account_id=account, sid=session.sid, handle=session.handle)
            unit.sign_ins.add(replace(sign_in, started_at=began))
            unit.audit.add(AuditEvent(time=began, event="sign_in", account_id=account))
    for number in range(10_000):
        application.edge.front.interactions.park(Parameters(), f"browser-{number}")
    (tmp_path / "cookies").write_text("\n".join(cookie for cookie, _ in opened), encoding="ascii")
    path = case.application().authorize_url(prompt="none").partition("example.org")[2]
    script = tmp_path / "authorize.lua"
    script.write_text(
        "local cookies, n = {}, 0\n"
        f"for line in io.lines('{tmp_path}/cookies') do cookies[#cookies + 1] = line end\n"
        "request = function() n = n % #cookies + 1\n"
        "  local cookie = '__Host-idp-session=' .. cookies[n]\n"
        f"  return wrk.format('GET', '{path}', {{Host='id.example.org', Cookie=cookie}}) end\n"
        "done = function(summary, latency)\n"
        "  io.write(string.format('FIGURES %d %.1f %.1f\\n', summary.requests, latency:percentile(50) / 1000, "
        "latency:percentile(95) / 1000)) end\n",
        encoding="ascii",
    )
    before = max(vitals.memory(case.house))
    command = [wrk, "-t1", "-c100", "-d60s", "-s", str(script), f"http://127.0.0.1:{case.house.port}"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = max(vitals.memory(case.house))
    requests, p50, p95 = next(line.split()[1:] for line in shown.splitlines() if line.startswith("FIGURES"))
    assert "Non-2xx or 3xx" not in shown
    case.tell(answers=requests, p50=f"{p50} ms", p95=f"{p95} ms", memory=f"{before} -> {after} MiB")
    assert after < before + 60


REPORTED = 10
"""Milliseconds from which PostgreSQL writes down that somebody waits for a lock, and who holds it."""
WAITS = re.compile(r"process (\d+) still waiting for .*\n.*DETAIL: +Process(?:es)? holding the lock: ([\d, ]+)\.")
ENDS = re.compile(r"process (\d+) acquired .* after ([\d.]+) ms")


def waits_for_locks(log: str, holders: set[int]) -> tuple[float, float]:
    """Return the longest wait for a lock, and for one that any of `holders` had, in ms, from a server's log."""
    longest, theirs, held_by = 0.0, 0.0, dict[str, set[int]]()
    for found in sorted((*WAITS.finditer(log), *ENDS.finditer(log)), key=lambda one: one.start()):
        waiting, told = found.groups()
        if found.re is WAITS:
            held_by[waiting] = {int(pid) for pid in told.split(",")}
            continue
        longest = max(longest, float(told))
        if held_by.pop(waiting, set()) & holders:
            theirs = max(theirs, float(told))
    return longest, theirs


@contextmanager
def waits_written_down(house: House) -> Iterator[Callable[[set[int]], tuple[float, float]]]:
    """Have PostgreSQL write down waits for locks while the block runs; gives what reads them (`waits_for_locks`)."""
    server, engine = house.stores.postgres, create_engine(house.stores.direct_url, isolation_level="AUTOCOMMIT")
    assert server is not None
    log = server.home / "server.log"
    written = log.stat().st_size
    with engine.connect() as connection:
        for setting in ("log_lock_waits = on", f"deadlock_timeout = '{REPORTED}ms'"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting}")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        try:
            yield lambda holders: waits_for_locks(log.read_bytes()[written:].decode(errors="replace"), holders)
        finally:
            for setting in ("log_lock_waits", "deadlock_timeout"):
                connection.exec_driver_sql(f"ALTER SYSTEM RESET {setting}")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


def test_a_wait_is_seen(case: Case) -> None:
    """Who waits for a row, for whom and for how long: what the next case reads is there to be read."""
    engine = create_engine(case.house.stores.direct_url)
    touch = text("UPDATE clients SET name = name WHERE client_id = 'espace'")
    with waits_written_down(case.house) as waits, engine.connect() as holder:
        time.sleep(0.2)  # the server reads its settings again
        holder.execute(touch)
        pid = int(holder.execute(text("SELECT pg_backend_pid()")).scalar_one())

        def wait() -> None:
            with engine.begin() as waiting:
                waiting.execute(touch)

        waiter = threading.Thread(target=wait)
        waiter.start()
        time.sleep(0.3)
        holder.rollback()
        waiter.join()
        longest, held = waits({pid})
        assert longest == held > REPORTED
        assert 0.0 == waits({-1})[1]
    engine.dispose()


@pytest.mark.case("R-42", "rows that are over are tidied away under sign-ins, and a week of them is left lying")
def test_much_to_tidy(case: Case) -> None:
    """Nobody waits for a lock that the tidying holds, and what was spent stays spent."""
    rows, engine, house = case.rounds(5_000, 1_000_000), create_engine(case.house.stores.direct_url), case.house
    store, clock = house.application.store, house.application.clock
    person = case.person()
    code = person.code()
    assert 200 == person.application.redeem(code, person.dossier).status
    fill(engine, rows, 1, 0, house.account_of(person.dossier))
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    purge = Purge(store, clock, 10**8, {"key_values": SqlKeyValue(store, clock).purge})
    deletes, began = Deletes(house.application.engine), time.monotonic()
    ours = text("SELECT pid FROM pg_stat_activity WHERE client_port = -1 AND datname = current_database()")
    with waits_written_down(house) as waits:
        with case.crowd(4).at_work() as crowd:
            crowd.until(2)
            while sum(purge.run().values()):
                pass
            seconds = time.monotonic() - began
            crowd.until(2)
        with engine.connect() as connection:
            longest, held = waits(set(connection.execute(ours).scalars()))
            left = [
                connection.execute(text(f"SELECT count(*) FROM {name} WHERE expires_at <= 1")).scalar_one()  # noqa: S608 - ours
                for name in PARTS
            ]
    engine.dispose()
    everybody_is_still_signed_in(crowd.held)
    assert [0] * len(PARTS) == left
    assert 400 == person.application.redeem(code, person.dossier).status
    case.tell(
        rows=rows, seconds=f"{seconds:.0f}", longest_wait_for_a_lock_of_the_tidying=shown(held),
        longest_wait_for_any_lock=shown(longest), longest_delete=f"{max(deletes.took):.0f} ms",
        p95_of_tokens=f"{case.history.p95('redeem'):.2f} s",
    )  # fmt: skip
    assert not case.long or held < 100


def shown(waited: float) -> str:
    """Return a wait as the report has it; shorter ones are not in the log."""
    return f"{waited:.0f} ms" if waited else f"none over {REPORTED} ms"
