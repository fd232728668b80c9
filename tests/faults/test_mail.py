"""Mail servers that are down, put off, refuse, hang or vanish; workers that are killed between sending and marking."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from idp.store.tables import OutboxRow
from idp.store.tables_members import ProvisionalRow
from tests.faults.conftest import DOSSIERS, Case
from tests.support.activation import ask, choose
from tests.support.harness.house import House, open_stores
from tests.support.harness.people import Person
from tests.support.harness.proxy import FaultProxy
from tests.support.smtp_server import PostOffice, post_office

KEPT = "Votre demande est enregistrée"


@dataclass
class Post:
    """A mail server, and the proxy before it."""

    office: PostOffice
    between: FaultProxy


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """A mail server for the house of this file."""
    with post_office() as office:
        between = FaultProxy(("127.0.0.1", office.port))
        yield Post(office, between)
        between.close()


@pytest.fixture(scope="module")
def mailing(post: Post, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that sends real mail; its worker is a process of its own."""
    stores = open_stores("sqlite")
    mail = {"transport": "smtp", "host": "127.0.0.1", "port": post.between.port, "security": "none", "timeout": 2}
    sections: dict[str, dict[str, Any]] = {"mail": mail, "activation": {"requests_per_network": 10_000}}
    house = House(tmp_path_factory.mktemp("mailing") / "house", stores, 1, DOSSIERS, sections)
    house.start()
    house.start_worker()
    yield house
    house.close()
    stores.close()


@pytest.fixture
def house(mailing: House, post: Post) -> Iterator[House]:
    """The house of this file, its mail server whole and everything sent before and after."""
    mailing.work_again()
    yield mailing
    post.between.heal()
    post.office.answers.clear()
    mailing.work_again()
    hurry(mailing, lambda: waiting(mailing) == 0)


def waiting(house: House) -> int:
    """Return how many tasks wait."""
    with house.application.store.reading() as unit:
        query = select(func.count()).select_from(OutboxRow).where(OutboxRow.done_at.is_(None))
        return int(unit.session.execute(query).scalar_one())


def hurry(house: House, until: Callable[[], bool], seconds: float = 60) -> None:
    """Let the pauses between attempts pass at once, and leases with them, until something holds."""
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, house.log.read_text()[-2000:]
        with house.application.store.begin() as unit:
            unit.session.execute(update(OutboxRow).where(OutboxRow.done_at.is_(None)).values(not_before=0))
        time.sleep(1.5)


def asks_by(person: Person, channel: str) -> float:
    """Ask for a provisional password; return the seconds that the last page took, whatever becomes of the message."""
    offered = ask(person.browser, None, dossier=person.dossier)
    began = time.monotonic()
    assert KEPT in choose(person.browser, offered, channel).text
    return time.monotonic() - began


def down(post: Post) -> None:
    """Nobody listens."""
    post.between.refusing = True
    post.between.cut()


def put_off(post: Post) -> None:
    """The server knows nobody yet (greylisting)."""
    post.office.answers["RCPT"] = ["450 later", "450 later"]


def refuses(post: Post) -> None:
    """The server refuses for good, and thinks better of it."""
    post.office.answers["DATA"] = ["550 no"]


def hangs(post: Post) -> None:
    """The server takes connections and says nothing."""
    post.between.silent = True


def vanishes(post: Post) -> None:
    """The server takes the message and is gone before it says so."""
    post.office.cuts = 1


@pytest.mark.parametrize(
    "fault",
    # After a failure the transport rests for half a minute, so most are for the long rounds.
    [put_off, *(pytest.param(one, marks=pytest.mark.long) for one in (down, refuses, hangs, vanishes))],
    ids=lambda one: one.__name__,
)
@pytest.mark.case("R-33", "the mail server is down, greylists, refuses, hangs or vanishes after DATA")
def test_mail_arrives_in_the_end(case: Case, post: Post, fault: Callable[[Post], None]) -> None:
    """The member is answered at once, in the words of every day; the message comes once it can, twice at most."""
    faults = (down, put_off, refuses, hangs, vanishes)
    person, before = case.person(faults.index(fault)), len(post.office.taken)
    fault(post)
    took = asks_by(person, "email")
    hurry(case.house, lambda: post.office.cuts == 0 and (fault in (down, hangs) or len(post.office.taken) > before))
    if fault in (down, hangs):
        time.sleep(2.5)
        assert len(post.office.taken) == before
        post.between.heal()
    hurry(case.house, lambda: waiting(case.house) == 0)
    arrived = [one for one in post.office.taken[before:] if one["To"] == f"m{person.dossier}@example.org"]
    assert len(arrived) in ((1, 2) if fault in (vanishes, hangs) else (1,))
    assert 1 == len({one["Message-ID"] for one in arrived})
    case.tell(answered_in=f"{took:.2f} s", messages=len(arrived))


@pytest.mark.case("R-34", "kill -9 of the worker between sending and marking")
def test_worker_killed_after_sending(case: Case, post: Post) -> None:
    """One duplicate at most, with the same Message-ID, which holds the same password."""
    rounds = case.rounds(1, 10)
    for number in range(rounds):
        person, before = case.person(8 + number), len(post.office.taken)
        case.house.crash_at("outbox.after_handing_over")
        asks_by(person, "email")
        worker = case.house.worker
        assert worker is not None
        worker.process.wait(60)  # the first thing handed over may be the request itself, and no message yet
        case.house.work_again()
        hurry(case.house, lambda: waiting(case.house) == 0)
        arrived = [one for one in post.office.taken[before:] if one["To"] == f"m{person.dossier}@example.org"]
        assert len(arrived) in (1, 2)
        assert 1 == len({one["Message-ID"] for one in arrived})
    case.tell(rounds=rounds)


@pytest.mark.long
@pytest.mark.parametrize("point", ["letters.after_draft", "letters.after_mark"])
@pytest.mark.case("R-34", "kill -9 of the printing of letters before and after the letters are marked")
def test_printing_killed(case: Case, point: str) -> None:
    """The next run finishes it: each letter in one file, and one password that works for each member."""
    person = case.person(20 + (point == "letters.after_mark"))
    asks_by(person, "post")
    hurry(case.house, lambda: waiting(case.house) == 0)
    folder = Path(case.house.application.settings.letters.directory)
    before = printed(folder)
    case.house.crash_at(point)
    assert 0 != print_letters(case.house)
    assert before == printed(folder)
    assert 0 == print_letters(case.house)
    assert len(before) + 1 == len(printed(folder))
    assert 0 == print_letters(case.house)
    assert len(before) + 1 == len(printed(folder))
    live = (ProvisionalRow.spent_at.is_(None), ProvisionalRow.cancelled_at.is_(None))
    mine = ProvisionalRow.account_id == case.house.account_of(person.dossier)
    with case.house.application.store.reading() as unit:
        assert (
            1 == unit.session.execute(select(func.count()).select_from(ProvisionalRow).where(mine, *live)).scalar_one()
        )
    case.tell(files=1, passwords_that_work=1)


def printed(folder: Path) -> set[str]:
    """Return the published files."""
    return {path.name for path in folder.glob("[!.]*.pdf")}


def print_letters(house: House) -> int:
    """Run the printing; return its exit code."""
    line = [sys.executable, "-c", "from idp.cli import main; main()", "--config", str(house.file), "letters", "print"]
    return subprocess.run(line, env=house.environment(), capture_output=True, check=False).returncode
