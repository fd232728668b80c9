"""Figures of one process."""

from threading import Thread

from idp.metrics import ledger
from idp.metrics.ledger import Counter, Histogram, Level


def test_no_count_is_lost_between_threads() -> None:
    """What eight threads count, observe, raise and lower is all there."""
    counter, histogram, level = Counter("a_total", "A.", ("b",)), Histogram("c_seconds", "C."), Level("d", "D.")

    def work() -> None:
        for _ in range(2000):
            counter.add("one")
            histogram.observe(0.003)
            level.move(1)
            level.move(-1)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(("one",), 16000)] == counter.cells()
    ((_, cell),) = histogram.cells()
    assert 16000 == sum(cell[:-1]) == cell[ledger.SECONDS.index(0.005)]
    assert 0 == level.value


def test_a_duration_falls_in_the_bucket_that_ends_with_it() -> None:
    """Bounds belong to the bucket below (Prometheus: `le`); what is longer than all is above the last."""
    histogram = Histogram("c_seconds", "C.")
    for seconds in (0.001, 0.0011, 60.0):
        histogram.observe(seconds)
    ((_, cell),) = histogram.cells()
    assert [1, 1, 1] == [cell[0], cell[1], cell[len(ledger.SECONDS)]]


def test_labels_are_bounded() -> None:
    """However many labels come, a figure keeps so many and counts the rest together."""
    counter, histogram = Counter("a_total", "A.", ("b", "c")), Histogram("c_seconds", "C.", ("b",))
    for number in range(ledger.MOST_SERIES + 7):
        counter.add(number, "x")
        histogram.observe(0.1, number)
    cells = dict(counter.cells())
    assert (ledger.MOST_SERIES + 1, 7) == (len(cells), cells["other", "other"])
    assert 7 == sum(dict(histogram.cells())["other",][:-1])
