"""Storms: everybody signs in at once, many sessions live, a million rows are over."""

import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from idp.protocol.messages import Parameters
from idp.upstream import LoginOutcome
from idp.worker.purge import Purge
from tests.faults.conftest import Case
from tests.faults.test_crashes import everybody_is_still_signed_in
from tests.support.harness import vitals
from tests.support.harness.house import House, open_stores
from tests.support.harness.people import Person, at_once

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
    """Memory stays bounded; who finds no turn is told so, tries again, and gets in."""
    people = [Person(case.house.port, case.history, dossier) for dossier in MANY]
    forms = [person.browser.get(person.application.authorize_url()) for person in people]
    memory, over = [max(vitals.memory(case.house))], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            memory.append(max(vitals.memory(case.house), default=0))

    watcher = threading.Thread(target=watch)
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
    )  # fmt: skip
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
    outcome = LoginOutcome(
        account_id=account, auth_time=application.clock(), acr="eidas1", amr=("pwd",), provider="password"
    )
    with application.store.reading() as unit:
        stored = unit.accounts.by_id(account)
    assert stored is not None
    cookies = [
        application.sessions.start(outcome, epoch=stored.epoch, interaction="", previous=None)[0] for _ in range(10_000)
    ]
    for number in range(10_000):
        application.edge.front.interactions.park(Parameters(), f"browser-{number}")
    (tmp_path / "cookies").write_text("\n".join(cookies), encoding="ascii")
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


@pytest.mark.case("R-42", "rows that are over are tidied away under sign-ins, and a week of them is left lying")
def test_much_to_tidy(case: Case) -> None:
    """No statement waits for a lock that the tidying holds, and what was spent stays spent."""
    rows, engine = case.rounds(3_000, 1_000_000), create_engine(case.house.stores.direct_url)
    person = case.person()
    code = person.code()
    assert 200 == person.application.redeem(code, person.dossier).status
    fill = text(
        "INSERT INTO spent (purpose, digest, expires_at) "
        "SELECT 'storm', md5(n::text), 1 + n % 1000 FROM generate_series(1, :rows) n"
    )
    with engine.begin() as connection:
        connection.execute(fill, {"rows": rows})
    waits, over = [0.0], threading.Event()
    query = text(
        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def watch() -> None:
        with engine.connect() as connection:
            while not over.wait(0.02):
                waits.append(float(connection.execute(query).scalar_one()))
                connection.rollback()

    watcher = threading.Thread(target=watch)
    watcher.start()
    purge: Any = Purge(case.house.application.store, case.house.application.clock, 10**8)
    gone, began = 0, time.monotonic()
    with case.crowd(4).at_work() as crowd:
        crowd.until(2)
        while (now := purge.run()["spent"]) > 0:
            gone += now
        crowd.until(2)
    over.set()
    watcher.join()
    engine.dispose()
    everybody_is_still_signed_in(crowd.held)
    assert gone >= rows
    assert 400 == person.application.redeem(code, person.dossier).status
    case.tell(
        rows=gone, seconds=f"{time.monotonic() - began:.0f}", longest_wait_for_a_lock=f"{max(waits) * 1000:.0f} ms",
        p95_of_tokens=f"{case.history.p95('redeem'):.2f} s",
    )  # fmt: skip
    assert not case.long or max(waits) < 0.1
