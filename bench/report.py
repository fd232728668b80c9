"""The report: goal and figure side by side, what falls short, then the figures behind it, and plots."""

import statistics
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench import goals
from bench.journeys.sign_ins import SignIn
from bench.measured import Row, longer, times
from bench.peers.ours import NAME as OURS
from bench.peers.peer import NAME as PEER
from bench.peers.scenarios import SCENARIOS
from bench.plots import Bar, Group, bars, line
from bench.results import PARTS, Results

SIDES: Final = ((OURS, "a"), (PEER, "b"))
PERCENTILES: Final = ("p50", "p95", "p99")


def table(results: Results) -> str:
    """Return the goals with their figures, and what falls short, as Markdown."""
    words = {True: "yes", False: "**no**", None: "–"}
    rows = [f"| {one.work} | {one.wanted} | {one.figure} | {words[one.reached]} |" for one in goals.lines(results)]
    short = [f"- {one.work}: {one.figure}; wanted: {one.wanted}." for one in goals.missed(results)]
    unknown = [one.work for one in goals.lines(results) if one.reached is None]
    parts = [
        "\n".join(("| work | goal | figure | reached |", "|---|---|---|---|", *rows)),
        "## What falls short",
        "\n".join(short) or "Nothing.",
    ]
    if unknown:
        parts.append(f"Nothing can be said yet of: {', '.join(unknown)}.")
    return "\n\n".join(parts)


def report(results: Results, plots: Path | None) -> str:
    """Return the whole report; its plots are written to a folder, where one is given."""
    drawn = dict(_plots(results)) if plots is not None else {}
    if plots is not None:
        plots.mkdir(exist_ok=True)
        for name, (svg, _) in drawn.items():
            (plots / f"{name}.svg").write_text(svg, encoding="utf-8")

    def shown(name: str) -> str:
        return f"![{drawn[name][1]}]({plots.name}/{name}.svg)" if plots is not None and name in drawn else ""

    parts = [
        "# Goals and figures",
        "Written by `make bench` and `make bench-peers`; docs/performance.md says how to read it.",
        table(results),
        "## What was measured, when and on what",
        _when(results),
    ]
    if results.found("peers"):
        found = results.found("peers")
        parts += ["## Beside the npm package oidc-provider", _beside(found), shown("ratios"), shown("latencies")]
        parts += ["What one answer costs", _costs(found), _same(found), _bare(found)]
    if few := results.found("few"):
        parts += [f"## The same, {few['connections']} at a time", _few(few), _beside(few)]
    if results.found("sign-ins"):
        parts += ["## Whole sign-ins", _sign_ins(results.found("sign-ins"))]
    if results.found("growth"):
        parts += ["## A thousand times as much", _growth(results.found("growth")), shown("growth")]
    if results.found("memory"):
        parts += ["## Memory over time", shown("memory")]
    return "\n\n".join(part for part in parts if part) + "\n"


def _when(results: Results) -> str:
    return "\n".join(
        f"- {name}: {kept['measured']}, `{kept['how']}`; {kept['machine']}."
        for name in PARTS
        if (kept := results.parts.get(name))
    )


def _beside(found: Any) -> str:
    lines = [
        (
            "Answers a second, and milliseconds within which 50, 95 and 99 % of them came; medians of the rounds, in "
            "which the sides took turns. Times is the median of each round's own, with the least and the most. The "
            "last column is how far the rounds lie apart.\n"
        ),
        "| work | ours, 1/s | peer, 1/s | times | p50 | p95 | p99 | peer p50 | p95 | p99 | spread ours, peer |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found["rows"]:
        own, other = (Row.of(one["sides"][name]) for name, _ in SIDES)
        taken = [" | ".join(f"{row.latency(name):.1f}" for name in PERCENTILES) for row in (own, other)]
        lines.append(
            f"| {one['name']} | {own.rate():.0f} | {other.rate():.0f} | {times(own, other)} "
            f"| {taken[0]} | {taken[1]} | {own.spread():.0%}, {other.spread():.0%} |"
        )
    return "\n".join(lines)


def _bare(found: Any) -> str:
    """Return how much is left for the provider's own work: what an application reaches that has none."""
    if "bare" not in found:
        return ""
    exchanges = {scenario.name: " + ".join(scenario.bare) or "none" for scenario in SCENARIOS}
    lines = [
        (
            "## An application that does nothing else\n\nUnder the same server, in as many processes and threads: it "
            "makes the exchanges that the work cannot do without (a signature, a read of PostgreSQL, a durable write, "
            "a call of Redis) and answers with a constant. Measured after both sides, not in turn with them. What "
            "is left between it and ours is the provider's own work; the last column is the share that ours reaches.\n"
        ),
        "| work | exchanges | 1/s | times the peer | goal | ours, of it |",
        "|---|---|---|---|---|---|",
    ]
    for one in found["rows"]:
        own, other = (Row.of(one["sides"][name]).rate() for name, _ in SIDES)
        rate = statistics.median(found["bare"][one["name"]])
        lines.append(
            f"| {one['name']} | {exchanges[one['name']]} | {rate:.0f} | {rate / other:.2f} | {one['times']:g} "
            f"| {own / rate:.0%} |"
        )
    return "\n".join(lines)


def _few(found: Any) -> str:
    named: dict[str, list[str]] = {"ahead of the peer": [], "level with it": [], "behind it": []}
    for one in found["rows"]:
        ratio = times(*(Row.of(one["sides"][name]) for name, _ in SIDES))
        place = "ahead of the peer" if ratio.least > 1 else "behind it" if ratio.most < 1 else "level with it"
        named[place].append(one["name"])
    said = "; ".join(f"{what}: {', '.join(names)}" for what, names in named.items() if names)
    return (
        "The table above asks both sides for all they have, 32 requests at a time. This is the same work with so few "
        "under way that a request waits for its own exchanges more than for others, as it does in a busy hour of a "
        f"fund. Ours is {said} (ahead and behind in every round, level when rounds differ)."
    )


def _costs(found: Any) -> str:
    lines = [
        (
            "Milliseconds of processors in the provider's own processes, in PostgreSQL and in Redis; SQL statements, "
            "and apart what begins and ends transactions; calls of Redis. The last three are counted, not averaged.\n"
        ),
        "| work | side | own | PostgreSQL | Redis | statements | begin, end | calls of Redis |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_cost(one["name"], name, Row.of(one["sides"][name])) for one in found["rows"] for name, _ in SIDES]
    held = ", ".join(
        f"{name} {one['peak'] / 1024:.0f} MiB resident at most, at the end {one['resident'] / 1024:.0f} MiB, "
        f"{one['share'] / 1024:.0f} MiB as its share (PSS)"
        for name, one in found["memory"].items()
    )
    lines.append(f"\nMemory of the largest serving process: {held}.")
    return "\n".join(lines)


def _cost(work: str, side: str, row: Row) -> str:
    times = " | ".join(f"{row.cost(what):.2f}" for what in ("own", "postgres", "redis"))
    return f"| {work} | {side} | {times} | {row.statements} | {row.turns} | {row.calls} |"


def _same(found: Any) -> str:
    told = "; ".join(
        f"{work}: {', '.join(f'{name} {value}' for name, value in shape.items())}"
        for work, shape in found["same"].items()
    )
    return (
        "Both sides were asked the same before the clock ran, answered the same, and refused the same (a wrong client "
        f"secret, a wrong code verifier, a code twice, a request without a challenge). What they answered: {told}."
    )


def _sign_ins(found: Any) -> str:
    lines = [
        (
            "From the application's request over the pages to its tokens, in a browser that the provider knows: own "
            "processes, PostgreSQL and Redis. The hash alone was computed in the same rounds, in as many processes.\n"
        ),
        (
            "| way | 1/s | ms of processors | of them own | hash alone | beside the hash | p50 | p95 | p99 "
            "| statements | begin, end | calls of Redis | spread |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, kept in found.items():
        one = SignIn.of(kept)
        row = one.row
        alone = f"{one.hash():.1f} | {one.beside():.0%}" if one.hash_ms else "– | –"
        taken = " | ".join(f"{row.latency(percentile):.0f}" for percentile in PERCENTILES)
        lines.append(
            f"| {name} | {row.rate():.1f} | {row.cost():.1f} | {row.cost('own'):.1f} | {alone} | {taken} "
            f"| {row.statements} | {row.turns} | {row.calls} | {row.spread():.0%} |"
        )
    return "\n".join(lines)


def _growth(found: Any) -> str:
    small, large = (", ".join(f"{count:,} {what}" for what, count in found[size].items()) for size in ("few", "many"))
    lines = [
        (
            f"Few: {small}. Many: {large}; filled in {found['fill_seconds']:.0f} s. Medians of the rounds, which took "
            "turns; each request is about another member, application or token.\n"
        ),
        (
            "| work | few p50 | p99 | many p50 | p99 | times (least to most) | few, ms of processors | many "
            "| few, 1/s | many, 1/s | spread few, many |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found["rows"]:
        few, many = Row.of(one["small"]), Row.of(one["large"])
        grown = longer(many, few)
        taken = [f"{row.latency('p50'):.2f} | {row.latency('p99'):.2f}" for row in (few, many)]
        lines.append(
            f"| {one['name']} | {taken[0]} | {taken[1]} | {grown} | {few.cost():.2f} | {many.cost():.2f} "
            f"| {few.rate():.0f} | {many.rate():.0f} | {few.spread():.0%}, {many.spread():.0%} |"
        )
    return "\n".join(lines)


def _plots(results: Results) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each plot by its name: the SVG, and its text alternative."""
    if peers := results.found("peers"):
        foot = _foot(results, "peers")
        yield (
            "ratios",
            (bars(*_ratios(peers), foot), "Our throughput as a multiple of the peer's, for each kind of work"),
        )
        yield "latencies", (bars(*_latencies(peers), foot, scale="log"), "Latencies of both sides: 50, 95 and 99 %")
    if growth := results.found("growth"):
        yield "growth", (bars(*_grown(growth), _foot(results, "growth")), "Median latencies with few and many rows")
    if memory := results.found("memory"):
        points = [(sample[0] / 60, sample[1] / 1024) for sample in memory["samples"]]
        legend = "MiB resident in the largest worker, under mixed load."
        svg = line("Memory over time", legend, points, ("min", "MiB"), _foot(results, "memory"))
        yield "memory", (svg, "Memory of the largest worker over time")


def _ratios(found: Any) -> tuple[str, str, list[Group]]:
    groups = []
    for one in found["rows"]:
        own, other = (Row.of(one["sides"][name]) for name, _ in SIDES)
        rate = times(own, other).middle
        groups.append(Group(one["name"], [Bar(rate, f"{rate:.2f}, goal {one['times']:g}", mark=one["times"])]))
    return "Throughput, as a multiple of the peer's", "The line in each row is the goal; longer is better.", groups


def _latencies(found: Any) -> tuple[str, str, list[Group]]:
    groups = []
    for one in found["rows"]:
        made = []
        for name, colour in SIDES:
            row = Row.of(one["sides"][name])
            for strength, percentile in enumerate(PERCENTILES, 1):
                value = row.latency(percentile)
                made.append(Bar(value, f"{value:.1f}, {percentile} {name}", colour, strength))
        groups.append(Group(one["name"], made))
    legend = "Ours above, the peer below; p50, p95, p99; a logarithmic scale, shorter is better."
    return "Latencies in milliseconds", legend, groups


def _grown(found: Any) -> tuple[str, str, list[Group]]:
    groups = []
    for one in found["rows"]:
        few, many = (Row.of(one[size]).latency("p50") for size in ("small", "large"))
        made = [
            Bar(few, f"{few:.2f} ms, few", "b"),
            Bar(many, f"{many:.2f} ms, many", mark=few * (1 + goals.GROWTH)),
        ]
        groups.append(Group(one["name"], made))
    return "Median latency with a thousand times as much", "The line is the most that it may be.", groups


def _foot(results: Results, part: str) -> list[str]:
    kept = results.parts[part]
    return textwrap.wrap(f"{kept['measured']}; {kept['machine']}", 125)
