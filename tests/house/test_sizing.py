"""The page on sizing is what its figures give."""

import pytest

from bench.sizing import PAGE, computed, figures, written

PLAIN = {
    **dict.fromkeys(figures(PAGE.read_text(encoding="utf-8")), 0.0),
    "members": 3600,
    "come_that_day": 0.5,
    "sign_ins_each": 2,
    "share_of_peak_hour": 1,
    "peak_minute_over_hour": 4,
    "by_franceconnect": 0.25,
    "wrong_passwords_each": 1,
    "need_a_new_password": 0.5,
    "hash_ms": 100,
    "password_ms": 50,
    "franceconnect_ms": 100,
    "refresh_each": 10,
    "refresh_ms": 10,
    "franceconnect_seconds": 2,
    "cores_per_node": 2,
    "busy_at_most": 0.5,
    "threads": 8,
    "parallel_hashes": 2,
    "hash_mib": 20,
    "worker_mib": 100,
    "pool_size": 8,
    "pool_overflow": 3,
    "mail_workers": 1,
    "mail_seconds": 2,
}


def test_the_page_is_what_its_figures_give() -> None:
    """Whoever changes a figure lets the page be computed anew: `python -m bench.sizing`."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page, {})


def test_the_arithmetic() -> None:
    """By hand: one sign-in a second on the mean, four in the busiest minute, three of them by password."""
    found = computed(PLAIN)
    assert (3600, 4) == (found["day"], found["peak"])
    # Three right ones, three wrong ones, and two new passwords.
    assert [8, pytest.approx(0.8)] == [found["hashes"], found["hash_cores"]]
    # Six pages of 50 ms and one sign-in of 100 ms; forty refreshes of 10 ms.
    assert [pytest.approx(0.4)] * 2 == [found["sign_in_cores"], found["call_cores"]]
    # 1.6 processors, each half busy, two a node: two nodes, and one more.
    assert [pytest.approx(1.6), 3, 6] == [found[name] for name in ("cores", "nodes", "workers")]
    assert (40, 340) == (found["hash_mib"], found["node_mib"])
    assert 7 * 12 == found["connections"]
    # Half a message a second, two seconds each.
    assert (1800, 1) == (found["mails_hour"], found["mail_workers"])


def test_threads_that_wait_may_need_more_than_processors_do() -> None:
    """Forty seconds for one sign-in a second: forty threads, of which three a process may wait; and a node more."""
    slow = computed({**PLAIN, "franceconnect_seconds": 40})
    assert (40, 14 + 2) == (slow["waiting"], slow["workers"])
    assert 2 == computed({**PLAIN, "members": 1})["nodes"]
