"""A day's printing, with what may go wrong in between."""

import hashlib
import io
import json
import logging
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from idp import config
from idp.members.letter_files import PrintFolder
from idp.members.letters import LetterPrinting, PrintRun
from idp.services.audit import AuditLog
from idp.store.db import Store, Unit
from idp.store.letters import LETTERS
from idp.store.provisionals import PROVISIONALS
from keys.sealing import Sealer
from tests.support.held import closed
from tests.support.letters import DAY, ask, member, secret_of
from tests.support.stores import Clock

SEALER = Sealer([bytes(range(32))])
TODAY = "2023-11-14"  # of the tests' clock
SETTINGS = config.load(letters={"batch_size": 600})


class PowerCut(BaseException):
    """The process dies here."""


class DyingTrail(AuditLog):
    """An audit in whose transaction the process dies."""

    def within(
        self, unit: Unit, event: str, *, account_id: str | None = None, outcome: str = "ok", **details: str | int
    ) -> None:
        """Die after the letters were marked, before anything is kept."""
        super().within(unit, event, account_id=account_id, outcome=outcome, **details)
        raise PowerCut


def printing(store: Store, clock: Clock, settings: config.Settings = SETTINGS) -> LetterPrinting:
    """Return the printing under test."""
    return LetterPrinting(store, SEALER, settings, clock, AuditLog(store, clock))


def texts(run: PrintRun) -> list[str]:
    """Return the text of every sheet of a run."""
    files = [PdfReader(io.BytesIO(file.path.read_bytes())) for file in run.files]
    return [" ".join(page.extract_text().split()) for file in files for page in file.pages]


def passwords(run: PrintRun) -> list[str]:
    """Return the passwords that a member reads on the sheets of a run."""
    found = [re.findall(r"\b(\w{4}) - (\w{4}) - (\w{4}) - (\w{4})\b", text) for text in texts(run)]
    return ["-".join(groups) for sheet in found for groups in sheet]


def sealed_left(store: Store) -> int:
    """Return how many letters still hold a secret."""
    with store.reading() as unit:
        return len(unit.session.execute(LETTERS.select().where(LETTERS.c.sealed.is_not(None))).all())


@pytest.fixture
def clock() -> Clock:
    """The present."""
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> PrintFolder:
    """Where the print files go."""
    return PrintFolder(tmp_path / "letters")


def test_a_days_letters_are_one_file_and_their_secrets_are_gone(
    store: Store, clock: Clock, folder: PrintFolder
) -> None:
    """In the order they were asked for; the manifest agrees with the file; nothing sealed is left."""
    for number in (3, 1, 2):
        ask(store, SEALER, number, clock() + number)
    run = printing(store, clock).run(folder)
    assert [secret_of(number) for number in (1, 2, 3)] == passwords(run)
    assert [f"{TODAY}-01.pdf"] == [file.path.name for file in run.files]
    beside = json.loads((folder.path / f"{TODAY}-01.json").read_text(encoding="utf-8"))
    assert (3, TODAY) == (beside["sheets"], beside["date"])
    assert hashlib.sha256(run.files[0].path.read_bytes()).hexdigest() == beside["sha256"] == run.files[0].sha256
    assert 0 == sealed_left(store)


def test_a_second_run_prints_only_what_came_since(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """The same day gets a second file for new letters, and no file for none."""
    ask(store, SEALER, 1, clock())
    printing(store, clock).run(folder)
    assert () == printing(store, clock).run(folder).files
    ask(store, SEALER, 2, clock())
    second = printing(store, clock).run(folder)
    assert [secret_of(2)] == passwords(second)
    assert f"{TODAY}-02.pdf" == second.files[0].path.name


def test_the_date_may_be_chosen(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """Letters printed in the evening may bear the date of the morning they leave."""
    ask(store, SEALER, 1, clock())
    run = printing(store, clock).run(folder, date(2023, 11, 15))
    assert "2023-11-15-01.pdf" == run.files[0].path.name
    assert "le 15 novembre 2023" in texts(run)[0]
    assert "Valable jusqu’au 4 décembre 2023 inclus" in texts(run)[0]


def test_a_password_that_works_no_more_is_not_printed(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """Cancelled, spent, expired, about to expire, tried out, or of a closed account."""
    ask(store, SEALER, 1, clock())
    cancelled = ask(store, SEALER, 7, clock())
    spent = ask(store, SEALER, 2, clock())
    ask(store, SEALER, 3, clock())
    with store.begin() as unit:
        assert unit.provisionals.spend(spent, 5, clock())
        for _ in range(5):
            unit.provisionals.count_attempt("a3", clock())
        # As rows were left before the one who cancels a password wiped its letter too.
        unit.session.execute(update(PROVISIONALS).where(PROVISIONALS.c.id == cancelled).values(cancelled_at=clock()))
    ask(store, SEALER, 4, clock() - 30 * DAY)
    ask(store, SEALER, 5, clock() - 18 * DAY)
    ask(store, SEALER, 6, clock(), status="closed")
    run = printing(store, clock).run(folder)
    assert {"cancelled": 1, "spent": 1, "tried_out": 1, "expired": 1, "too_late": 1, "closed": 1} == run.wiped
    assert [secret_of(1)] == passwords(run)
    assert 0 == sealed_left(store)


def test_a_letter_of_a_dossier_closed_while_it_is_drawn_is_left_out(
    store: Store, clock: Clock, folder: PrintFolder
) -> None:
    """Closing wipes the secret there and then, so that the draft is thrown away and drawn again without it."""
    ask(store, SEALER, 1, clock())
    ask(store, SEALER, 2, clock())

    def close(done: int, _todo: int) -> None:
        if done == 1:
            closed(store, clock, "1000001")

    run = printing(store, clock).run(folder, progress=close)
    assert [secret_of(2)] == passwords(run)
    assert 0 == sealed_left(store)


def test_a_member_without_an_address_is_reported_and_waits(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """The letter is held, and printed once the fund knows where the member lives."""
    ask(store, SEALER, 1, clock(), address=None)
    ask(store, SEALER, 2, clock())
    run = printing(store, clock).run(folder)
    assert {"no_address": ("1000001",)} == run.held
    assert [secret_of(2)] == passwords(run)
    with store.begin() as unit:
        unit.accounts.upsert(member(1), account_id="a1", subject="s1", now=clock())
    assert [secret_of(1)] == passwords(printing(store, clock).run(folder))


def test_a_letter_sealed_under_another_key_is_reported(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """One that cannot be opened stops no other and is not wiped."""
    ask(store, Sealer([bytes(32)]), 1, clock())
    ask(store, SEALER, 2, clock())
    run = printing(store, clock).run(folder)
    assert {"unreadable": ("1000001",)} == run.held
    assert [secret_of(2)] == passwords(run)
    assert 1 == sealed_left(store)


def test_a_printer_that_drops_repeats_or_cuts_is_noticed(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """Each sheet bears its file's name, its number and how many there are; the manifest has the checksum (R-35)."""
    for number in range(5):
        ask(store, SEALER, number, clock() + number)
    run = printing(store, clock, config.load(letters={"batch_size": 3})).run(folder)
    marks = [found[0] for text in texts(run) if (found := re.search(r"\S+ – feuille \d+ sur \d+", text))]
    files = {f"{TODAY}-01": 3, f"{TODAY}-02": 2}
    assert [f"{name} – feuille {n} sur {many}" for name, many in files.items() for n in range(1, many + 1)] == marks
    for file in run.files:
        manifest = json.loads(file.path.with_suffix(".json").read_text(encoding="utf-8"))
        whole = file.path.read_bytes()
        for cut in (whole[:-1], whole + whole, b""):
            assert (manifest["bytes"], manifest["sha256"]) != (len(cut), hashlib.sha256(cut).hexdigest())
        assert (manifest["bytes"], manifest["sha256"]) == (len(whole), hashlib.sha256(whole).hexdigest())


def test_many_letters_make_several_files(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """No file is longer than the settings say, and the progress counts over all."""
    for number in range(5):
        ask(store, SEALER, number, clock() + number)
    told: list[tuple[int, int]] = []
    settings = config.load(letters={"batch_size": 2})
    run = printing(store, clock, settings).run(folder, progress=lambda done, todo: told.append((done, todo)))
    assert [2, 2, 1] == [file.sheets for file in run.files]
    assert [secret_of(number) for number in range(5)] == passwords(run)
    assert [(number, 5) for number in range(1, 6)] == told


def die_while_drawing(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """The power goes while the sheets are drawn."""

    def cut(_done: int, _todo: int) -> None:
        raise PowerCut

    printing(store, clock).run(folder, progress=cut)


def die_before_the_commit(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """The power goes when the draft is on disk and the transaction is not kept."""
    LetterPrinting(store, SEALER, SETTINGS, clock, DyingTrail(store, clock)).run(folder)


def die_after_the_commit(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """The power goes when the letters are marked and no file has its name."""

    def cut(_source: Path, _target: Path) -> None:
        raise PowerCut

    printing(store, clock).run(PrintFolder(folder.path, cut))


def die_between_the_names(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """The power goes when the manifest has its name and the file has not."""

    def cut(source: Path, target: Path) -> None:
        if target.suffix == ".pdf":
            raise PowerCut
        source.replace(target)

    printing(store, clock).run(PrintFolder(folder.path, cut))


@pytest.mark.parametrize("asked_again", [False, True])
@pytest.mark.parametrize("die", [die_while_drawing, die_before_the_commit, die_after_the_commit, die_between_the_names])
def test_wherever_a_run_dies_each_letter_is_printed_once(
    store: Store,
    clock: Clock,
    folder: PrintFolder,
    die: Callable[[Store, Clock, PrintFolder], None],
    asked_again: bool,
) -> None:
    """R-34: the next run finishes it; never two files with one letter, never two passwords that work."""
    ask(store, SEALER, 1, clock())
    ask(store, SEALER, 2, clock())
    with pytest.raises(PowerCut):
        die(store, clock, folder)
    assert [] == list(folder.path.glob("[!.]*.pdf"))
    if asked_again:
        ask(store, SEALER, 3, clock())
    run = printing(store, clock).run(folder)
    assert [secret_of(number) for number in ((1, 2, 3) if asked_again else (1, 2))] == passwords(run)
    published = sorted(path.name for path in folder.path.iterdir() if not path.name.startswith("."))
    assert sorted(name for file in run.files for name in (file.path.name, file.path.stem + ".json")) == published
    assert [] == folder.drafts()
    assert 0 == sealed_left(store)
    assert () == printing(store, clock).run(folder).files


def test_a_letter_cancelled_while_it_is_drawn_is_left_out(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """The member asks again during the run: only the new password is printed."""
    ask(store, SEALER, 1, clock())
    ask(store, SEALER, 2, clock())
    asked: list[str] = []

    def ask_again(done: int, _todo: int) -> None:
        if done == 1 and not asked:
            asked.append(ask(store, SEALER, 1, clock() + 1))

    run = printing(store, clock).run(folder, progress=ask_again)
    assert 1 == len(run.files)
    with store.reading() as unit:
        assert [*asked] == [one for one in unit.letters.in_batch(run.files[0].path.stem) if one.startswith("l1")]


def test_a_lost_draft_is_told(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """A marked batch whose file was damaged is named, and nothing false is published."""
    ask(store, SEALER, 1, clock())
    with pytest.raises(PowerCut):
        die_after_the_commit(store, clock, folder)
    assert (f"{TODAY}-01",) == printing(store, clock).status(folder).unpublished
    (folder.path / f".{TODAY}-01.pdf.draft").write_bytes(b"cut")
    run = printing(store, clock).run(folder)
    assert (f"{TODAY}-01",) == run.damaged
    assert () == run.files


def test_a_full_disk_marks_nothing(store: Store, clock: Clock, tmp_path: Path) -> None:
    """The letters wait for a folder that can be written."""
    ask(store, SEALER, 1, clock())
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(OSError, match="file"):
        printing(store, clock).run(PrintFolder(tmp_path / "file"))
    assert 1 == sealed_left(store)


def test_no_secret_is_logged(store: Store, clock: Clock, folder: PrintFolder, caplog: pytest.LogCaptureFixture) -> None:
    """N-152: neither log nor manifest nor audit holds a password, in groups or in one piece."""
    ask(store, SEALER, 1, clock())
    with caplog.at_level(logging.DEBUG):
        printing(store, clock).run(folder)
    with store.reading() as unit:
        rows = unit.session.connection().exec_driver_sql("SELECT * FROM audit").all()
    told = caplog.text + str(rows) + (folder.path / f"{TODAY}-01.json").read_text(encoding="utf-8")
    assert "letters_printed" in told
    assert secret_of(1)[:9] not in told
    assert secret_of(1).replace("-", "") not in told


def test_the_queue_against_the_promise(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """Late, pressing and in time are told apart; a batch says whether it kept the promise."""
    now = clock()  # Tuesday, 14 November 2023, 23:13 in Paris
    for number, age in enumerate((7 * DAY, 4 * DAY + 3600, DAY // 2)):
        ask(store, SEALER, number, now - age)
    status = printing(store, clock).status(folder)
    assert (3, 1, 1) == (status.waiting, status.late, status.pressing)
    assert now - 7 * DAY == status.oldest
    printing(store, clock).run(folder)
    after = printing(store, clock).status(folder)
    assert (0, None, ()) == (after.waiting, after.oldest, after.unpublished)
    assert [(f"{TODAY}-01", 3, False)] == [(one.batch, one.letters, one.kept) for one in after.batches]


def test_five_hundred_letters_take_little_room(store: Store, clock: Clock, folder: PrintFolder) -> None:
    """A large day is one small file: what its pages have in common is there once."""
    for number in range(500):
        ask(store, SEALER, number, clock())
    run = printing(store, clock).run(folder)
    assert [500] == [file.sheets for file in run.files]
    assert run.files[0].path.stat().st_size < 5_000_000
    pages = PdfReader(io.BytesIO(run.files[0].path.read_bytes())).pages
    assert 500 == len(pages)
    for page in (pages[0], pages[250], pages[499]):
        assert "Valable jusqu’au" in page.extract_text()
