"""What `/readyz` says of each part."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from idp.endpoints.health import Part
from idp.readiness import FRESH, OLDEST, Check, Readiness
from idp.services.notifications import MAIL
from tests.support.provider import Provider, copied_provider, running
from tests.support.redis_server import RedisServer
from tests.support.servers import directory, redis_program

DAY = 86400


def states(provider: Provider) -> dict[str, str]:
    """Return every part's state, asked anew."""
    vars(provider.application).pop("readiness", None)
    return {part.name: part.state for part in provider.application.readiness()}


def test_a_part_that_hangs_is_late_and_holds_up_nobody() -> None:
    """However many probes come, it is asked once; the others answer, and it is heard when it comes back."""
    released, asked, now = Event(), [0], [0.0]

    def hangs() -> str:
        asked[0] += 1
        released.wait()
        return "ok"

    checks = (Check("database", True, hangs), Check("redis", False, lambda: "ok"))
    readiness = Readiness(lambda: checks, deadline=0.05, beside=60, timer=lambda: now[0])
    try:
        for _ in range(3):
            assert (Part("database", "late", True), Part("redis", "ok", False)) == readiness()
            now[0] += FRESH
        assert 1 == asked[0]
    finally:
        released.set()
    patient = Readiness(lambda: checks, deadline=60, beside=60, timer=lambda: now[0])
    assert "ok" == patient()[0].state


def test_what_only_degrades_is_not_waited_for_long() -> None:
    """A balancer must hear of a fit node before it gives up asking."""
    released = Event()
    checks = (Check("database", True, lambda: "ok"), Check("mail", False, lambda: "ok" if released.wait() else ""))
    readiness = Readiness(lambda: checks, deadline=60, beside=0.05)
    try:
        assert (Part("database", "ok", True), Part("mail", "late", False)) == readiness()
    finally:
        released.set()


def test_a_busy_pool_does_not_pass_for_a_lost_database(tmp_path: Path) -> None:
    """Else every node would leave service in the busiest minute, one after the other."""
    with running(copied_provider(tmp_path, database={"pool_size": 1, "pool_overflow": 0})) as provider:
        house = provider.application
        assert "ok" == states(provider)["database"]  # what is read once at a start is read
        with house.engine.connect():
            assert ("ok", "ok") == (states(provider)["database"], states(provider)["mail"])


def test_probes_that_come_together_share_an_answer() -> None:
    """A part is asked once a second, whoever probes; one that raises is down."""
    asked, now = [0], [0.0]

    def fails() -> str:
        asked[0] += 1
        raise OSError

    readiness = Readiness(lambda: (Check("disk", True, fails),), timer=lambda: now[0])
    with ThreadPoolExecutor(8) as probes:
        answers = list(probes.map(lambda _: readiness(), range(24)))
    assert {(Part("disk", "down", True),)} == set(answers)
    assert 1 == asked[0]
    now[0] += FRESH
    readiness()
    assert 2 == asked[0]


def test_a_burst_of_probes_holds_one_thread() -> None:
    """While a part hangs, whoever comes beside the one that looks gets the answer before, at once."""
    released, entered, now = Event(), Event(), [0.0]

    def asked() -> str:
        entered.set()
        return "ok" if now[0] < FRESH or released.wait(30) else "stuck"

    readiness = Readiness(lambda: (Check("database", True, asked),), deadline=60, timer=lambda: now[0])
    assert "ok" == readiness()[0].state
    entered.clear()
    now[0] += FRESH
    with ThreadPoolExecutor(1) as looks, ThreadPoolExecutor(1) as comes:
        try:
            first = looks.submit(readiness)
            assert entered.wait(30)
            assert (Part("database", "ok", True),) == comes.submit(readiness).result(10)
            assert not first.done()
        finally:
            released.set()
        assert "ok" == first.result(30)[0].state


def test_an_old_answer_is_not_given_again() -> None:
    """Where nobody has probed for a while, whoever comes beside the one that looks waits for the look."""
    released, entered, now = Event(), Event(), [0.0]

    def asked() -> str:
        if not now[0]:
            return "ok"
        entered.set()
        return "lost" if released.wait(30) else "stuck"

    readiness = Readiness(lambda: (Check("database", True, asked),), deadline=60, timer=lambda: now[0])
    assert "ok" == readiness()[0].state
    now[0] += OLDEST + 1
    with ThreadPoolExecutor(2) as hands:
        first = hands.submit(readiness)
        assert entered.wait(30)
        second = hands.submit(readiness)
        released.set()
        assert ["lost", "lost"] == [one.result(30)[0].state for one in (first, second)]


def test_a_redis_that_hangs_or_is_gone_degrades(tmp_path: Path) -> None:
    """The node stays in service: much goes on without Redis, and no other node would have it."""
    redis = RedisServer(directory() / "readiness", redis_program())
    redis.start()
    try:
        with running(copied_provider(tmp_path, cache={"redis_url": redis.url})) as provider:
            browser = provider.browser()
            assert "ready" == browser.raw("GET", "/readyz").get_json()["status"]
            process = redis.program.process if redis.program else None
            assert process is not None
            process.send_signal(signal.SIGSTOP)
            assert "down" == states(provider)["redis"]
            process.send_signal(signal.SIGCONT)
            assert "ok" == states(provider)["redis"]
            redis.stop()
            assert "down" == states(provider)["redis"]
            parts = provider.application.readiness()
            assert [] == [part.name for part in parts if part.needed and part.state != "ok"]
    finally:
        redis.stop()


def test_mail_that_waits_degrades(tmp_path: Path) -> None:
    """No probe calls the mail server: what it does not take stays in the outbox, which is looked at."""
    with running(copied_provider(tmp_path)) as provider:
        house, now = provider.application, provider.clock()
        assert "ok" == states(provider)["mail"]
        with house.store.begin() as unit:
            unit.outbox.add(MAIL, "one", {}, task_id="1" * 32, now=now)
        assert "ok" == states(provider)["mail"]
        provider.clock.forward(DAY)
        assert "waiting" == states(provider)["mail"]


def test_a_full_disk_takes_the_node_out_of_service(tmp_path: Path) -> None:
    """What it writes could not be kept."""
    with running(copied_provider(tmp_path, server={"least_disk_mib": 2**40})) as provider:
        assert "full" == states(provider)["disk"]
        assert 503 == provider.browser().raw("GET", "/readyz").status_code


def test_a_paused_upstream_is_shown(tmp_path: Path) -> None:
    """What an operator decided is no fault, and the node is ready."""
    (tmp_path / "secret").write_text("s" * 64, "ascii")
    franceconnect = {
        "enabled": True,
        "environment": "emulator",
        "issuer": "http://127.0.0.1:9",
        "client_id": "carpimko",
        "client_secret_file": tmp_path / "secret",
    }
    with running(copied_provider(tmp_path / "house", franceconnect=franceconnect)) as provider:
        assert "ok" == states(provider)["franceconnect"]
        provider.application.upstream_switch.pause("franceconnect")
        assert "paused" == states(provider)["franceconnect"]
