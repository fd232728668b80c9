"""The letters' rows, on both databases."""

from idp.store.db import Store
from idp.store.letters import LETTERS
from keys.sealing import Sealer
from tests.support.letters import DAY, ask
from tests.support.threads import at_once

SEALER = Sealer([bytes(range(32))])
NOW = 1_700_000_000


def test_letters_wait_in_the_order_they_were_asked_for(store: Store) -> None:
    """The oldest first, with its account; one whose password was cancelled is wiped and waits no more."""
    for number, asked in ((1, 30), (2, 10), (3, 20)):
        ask(store, SEALER, number, NOW + asked)
    ask(store, SEALER, 2, NOW + 40)
    with store.reading() as unit:
        waiting = unit.letters.waiting()
        assert [NOW + 20, NOW + 30, NOW + 40] == unit.letters.waiting_since()
    assert ["1000003", "1000001", "1000002"] == [letter.account.dossier for letter in waiting]
    assert [None, None, None] == [letter.over for letter in waiting]
    assert NOW + 20 + 21 * DAY == waiting[0].expires_at


def test_a_printed_letter_has_no_secret_and_does_not_come_back(store: Store) -> None:
    """Printing wipes; a second marking takes nothing."""
    one, two = ask(store, SEALER, 1, NOW), ask(store, SEALER, 2, NOW + 1)
    with store.begin() as unit:
        assert 2 == unit.letters.mark_printed([one, two], "2023-11-14-01", NOW + 5)
    with store.begin() as unit:
        assert 0 == unit.letters.mark_printed([one, two], "2023-11-14-02", NOW + 6)
        assert 0 == unit.letters.wipe([one])
    with store.reading() as unit:
        assert [] == unit.letters.waiting()
        assert [one, two] == unit.letters.in_batch("2023-11-14-01")
        assert ["2023-11-14-01"] == unit.letters.batches_of_day("2023-11-14")
        assert [] == unit.letters.batches_of_day("2023-11-15")
        rows = unit.session.execute(LETTERS.select()).all()
        (batch,) = unit.letters.batches_since(NOW)
    assert {None} == {row.sealed for row in rows}
    assert (2, NOW + 5, NOW) == (batch.letters, batch.printed_at, batch.first_asked)


def test_a_wiped_letter_has_no_batch(store: Store) -> None:
    """What was not worth printing neither waits nor counts as printed."""
    one = ask(store, SEALER, 1, NOW)
    with store.begin() as unit:
        assert 1 == unit.letters.wipe([one])
        assert [] == unit.letters.waiting_since()
        assert [] == unit.letters.batches_since(0)


def test_of_two_printers_one_marks_a_letter(store: Store) -> None:
    """The database is the judge: a letter is in one batch."""
    ids = [ask(store, SEALER, number, NOW + number) for number in range(20)]

    def mark(number: int) -> int:
        with store.begin() as unit:
            return unit.letters.mark_printed(ids, f"2023-11-14-{number:02}", NOW)

    assert [0, 0, 0, 20] == sorted(at_once(4, mark))


def test_old_letters_go_and_waiting_ones_stay(store: Store) -> None:
    """Only a wiped letter is deleted, and its provisional password after it."""
    one, two = ask(store, SEALER, 1, NOW), ask(store, SEALER, 2, NOW)
    with store.begin() as unit:
        unit.letters.mark_printed([one], "2023-11-14-01", NOW)
    with store.begin() as unit:
        assert 0 == unit.letters.purge(NOW)
        assert 1 == unit.letters.purge(NOW + 1)
    with store.reading() as unit:
        assert [two] == [letter.id for letter in unit.letters.waiting()]
