"""What the bench says of what it measured: goals reached, differences from another run, plots."""

import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bench.compare import compared
from bench.goals import growth_of, lines
from bench.measured import Cost, Reading, Row
from bench.plots import Bar, Group, bars, line
from bench.report import report
from bench.results import Results, plain

SVG = "{http://www.w3.org/2000/svg}"


def row(*rates: float, p50: float = 1.0, p99: float = 2.0, ms: float = 1.0) -> dict[str, Any]:
    """Return a row as it is kept: a reading of one second for each rate."""
    made = Row([Reading(int(rate), 1.0, p50, p50, p99) for rate in rates], [Cost(ms, 0.0, 0.0) for _ in rates], 1, 2, 3)
    kept: dict[str, Any] = plain(made)
    return kept


def peers(own: dict[str, Any], other: dict[str, Any], *, times: float = 3.0, tail: float | None = 1.0) -> Any:
    """Return what the part beside the peer found of one scenario."""
    sides = {"ours": own, "oidc-provider": other}
    held = {"peak": 100 << 10, "resident": 90 << 10, "share": 80 << 10}
    rows = [{"name": "refresh", "times": times, "tail": tail, "sides": sides}]
    return {
        "rows": rows,
        "absent": ["PAR"],
        "same": {"refresh": {"id_token": "JWT ES256"}},
        "memory": dict.fromkeys(sides, held),
    }


def measured(**parts: Any) -> Results:
    """Return results with some parts."""
    results = Results()
    for name, found in parts.items():
        results.add(name.replace("_", "-"), found, "python -m bench")
    return results


def reached(results: Results, work: str) -> bool | None:
    """Return whether a goal is reached."""
    return next(one.reached for one in lines(results) if one.work == work)


@pytest.mark.parametrize(
    ("own", "other", "good"),
    [
        (row(3000, p99=1.9), row(1000), True),
        (row(2900, p99=1.9), row(1000), False),
        (row(3000, p99=2.1), row(1000), False),
    ],
)
def test_a_ratio_and_the_slowest_answers_both_count(own: dict[str, Any], other: dict[str, Any], good: bool) -> None:
    """A scenario reaches its goal by its rate and by its 99th percentile, or not at all."""
    assert good is reached(measured(peers=peers(own, other)), "refresh")


def test_a_processor_is_one_of_the_machine_that_was_measured() -> None:
    """Whoever prints the table of another machine's results prints its figures."""
    results = measured(peers=peers(row(1240), row(1000)))
    results.parts["peers"]["machine"] = "4 processors (of another house), 64 GiB"
    (line_,) = [one for one in lines(results) if one.work == "refresh with a database transaction"]
    assert line_.figure.startswith("310,")
    assert line_.reached


def test_growth_is_told_with_its_rounds() -> None:
    """The figure is the median of each round's own, which is not the quotient of the medians shown beside it."""
    small, large = (row(*[1000] * 3) for _ in range(2))
    for reading, other, was, is_now in zip(
        small["readings"], large["readings"], (2.0, 4.0, 1.0), (2.1, 4.32, 2.0), strict=True
    ):
        reading["p50"], other["p50"] = was, is_now
    (told,) = [
        one
        for one in lines(measured(growth={"rows": [{"name": "refresh", "small": small, "large": large}]}))
        if one.work.startswith("growth")
    ]
    assert ("+8% (+5% to +100% by rounds); 2.00 and 2.10 ms", True) == (told.figure, told.reached)


def test_what_does_not_stand_and_what_was_not_measured_are_told_apart() -> None:
    """An endpoint that the peer has and we have not falls short; a part that was not measured says nothing."""
    results = measured(peers=peers(row(3000), row(1000)))
    assert reached(results, "PAR") is False
    assert reached(results, "memory") is None


@pytest.mark.parametrize(("ms", "good"), [(22.9, True), (23.1, False)])
def test_a_sign_in_is_judged_by_all_that_is_not_the_hash(ms: float, good: bool) -> None:
    """Fifteen percent beside a hash of 20 ms are 23 ms."""
    one = {"row": row(40, ms=ms), "hash_ms": [20.0]}
    found = {"keycloak": one, "default": one, "franceconnect": {"row": row(40, ms=12), "hash_ms": []}}
    results = measured(sign_ins=found)
    assert good is reached(results, "password sign-in, Argon2id 7 MiB, t = 5, p = 1")
    assert reached(results, "FranceConnect sign-in") is True


def test_memory_is_flat_only_over_ten_minutes() -> None:
    """A minute that is flat proves nothing; one that grows disproves."""
    flat = [[second, 100 << 10, 0] for second in range(10, 610, 10)]
    assert reached(measured(memory={"samples": flat, "peak": 110 << 10}), "memory") is True
    assert reached(measured(memory={"samples": flat[:6], "peak": 110 << 10}), "memory") is None
    assert reached(measured(memory={"samples": flat, "peak": 121 << 10}), "memory") is False
    growing = [[second, (100 << 10) + second * 20, 0] for second in range(10, 610, 10)]
    assert math.isclose(0.094, growth_of(growing), abs_tol=0.002)
    assert reached(measured(memory={"samples": growing, "peak": 110 << 10}), "memory") is False


def test_a_comparison_names_what_is_more_than_noise() -> None:
    """Of two differences of ten percent, the one within the spread of the rounds is none."""
    before = measured(peers=peers(row(1000, 1000), row(900, 1100)))
    after = measured(peers=peers(row(900, 900), row(810, 990)))
    text = compared(before, after)
    assert ["**slower**"] == re.findall(r"\*\*\w+\*\*", text)
    assert "| refresh, ours | 1000 | 900 | -10% | 0%, 0% | **slower** |" in text


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    """What was kept in a file is what the report is written from on another day."""
    results = measured(peers=peers(row(3000, 3100), row(1000, 1000)))
    results.write(tmp_path / "results.json")
    kept = Results.read(tmp_path / "results.json")
    assert results.parts == kept.parts
    text = report(kept, tmp_path / "plots")
    shown = re.findall(r"!\[[^\]]+\]\((plots/\w+\.svg)\)", text)
    assert ["plots/ratios.svg", "plots/latencies.svg"] == shown
    assert all((tmp_path / name).exists() for name in shown)


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (row(1100, 1300), "Ours is ahead of the peer: refresh (ahead"),
        (row(900, 1300), "Ours is level with it: refresh (ahead"),
        (row(900, 800), "Ours is behind it: refresh (ahead"),
    ],
)
def test_the_report_says_where_ours_is_ahead_with_a_few_at_a_time(own: dict[str, Any], words: str) -> None:
    """Ahead and behind need every round: two that differ say nothing."""
    found = {"connections": 4, **peers(own, row(1000, 1000))}
    text = report(measured(few=found), None)
    assert "## The same, 4 at a time" in text
    assert words in text


def test_a_plot_tells_in_words_what_it_draws() -> None:
    """Every bar has its figure as text, and the picture a title and a description that holds them all."""
    made = bars("Rates", "Longer is better.", [Group("a < b", [Bar(2, "2.00", mark=1), Bar(4, "4.00", "b")])], ["here"])
    drawn = ET.fromstring(made)  # noqa: S314 - our own
    described = drawn.findtext(f"{SVG}desc") or ""
    assert ("Rates", "img") == (drawn.findtext(f"{SVG}title"), drawn.get("role"))
    assert "a < b: 2.00, 4.00" in described
    widths = [float(bar.get("width", 0)) for bar in drawn.findall(f"{SVG}rect") if bar.get("class", "")[0] in "ab"]
    assert math.isclose(2 * widths[0], widths[1], rel_tol=0.01)


def test_a_curve_begins_at_zero() -> None:
    """The axis of a curve starts at nothing, so that what is flat looks flat."""
    drawn = ET.fromstring(line("Memory", "MiB.", [(0, 100), (10, 110)], ("min", "MiB"), ["here"]))  # noqa: S314 - own
    texts = [one.text for one in drawn.findall(f"{SVG}text")]
    assert "0" in texts
    assert "from 100 to 110 MiB in 10.0 min" in (drawn.findtext(f"{SVG}desc") or "")


def test_what_nothing_else_would_reach() -> None:
    """An application that only makes the exchanges stands beside both sides; without one, nothing is said."""
    found = peers(row(300), row(1000))
    text = report(measured(peers=found), None)
    assert "An application that does nothing else" not in text
    text = report(measured(peers=found | {"bare": {"refresh": [900.0, 1500.0, 1200.0]}}), None)
    assert "| refresh | sign + write | 1200 | 1.20 | 3 | 25% |" in text
