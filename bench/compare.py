"""Two runs beside each other: what differs by more than the turns of each differ among themselves."""

from collections.abc import Iterator
from typing import Final

from bench.measured import Row
from bench.results import Results

LEAST: Final = 0.05
"""Share below which nothing is called a difference."""


def compared(before: Results, after: Results) -> str:
    """Return a table of the rates of both, as Markdown."""
    lines = [
        "## Beside another run\n",
        "A difference counts where it is more than the spread of the turns in both runs.\n",
        "| work | then, 1/s | now, 1/s | difference | spread then, now | |",
        "|---|---|---|---|---|---|",
    ]
    old = dict(_rows(before))
    for name, row in _rows(after):
        if name not in old:
            continue
        then = old[name]
        change, noise = row.rate() / then.rate() - 1, max(LEAST, row.spread(), then.spread())
        word = "" if abs(change) <= noise else "**faster**" if change > 0 else "**slower**"
        lines.append(
            f"| {name} | {then.rate():.0f} | {row.rate():.0f} | {change:+.0%} "
            f"| {then.spread():.0%}, {row.spread():.0%} | {word} |"
        )
    return "\n".join(lines)


def _rows(results: Results) -> Iterator[tuple[str, Row]]:
    for one in (results.found("peers") or {}).get("rows", ()):
        for side, row in one["sides"].items():
            yield f"{one['name']}, {side}", Row.of(row)
    for name, one in (results.found("sign-ins") or {}).items():
        yield f"sign-in, {name}", Row.of(one["row"])
    for one in (results.found("growth") or {}).get("rows", ()):
        for size in ("small", "large"):
            yield f"{one['name']}, {size}", Row.of(one[size])
