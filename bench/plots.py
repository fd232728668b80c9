"""Plots as SVG, written by hand: legible on light and on dark, told in words for who does not see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import count
from math import log10
from typing import Final

WIDTH: Final = 860
LABELS: Final = 250
_RIGHT: Final = 130
_ROW: Final = 18
_TOP: Final = 64
_BOTTOM: Final = 52
_STYLE: Final = """
  svg { --page: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --a: #0b6bcb; --b: #b35900; --mark: #a40e26 }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d }
    svg { --a: #58a6ff; --b: #f0a35e; --mark: #ff8f98 }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink) }
  .title { font-size: 15px; font-weight: 600 } .soft { fill: var(--soft) } .end { text-anchor: end }
  .page { fill: var(--page) } .line { stroke: var(--line) } .mark { stroke: var(--mark); stroke-width: 2 }
  .a { fill: var(--a) } .b { fill: var(--b) } .s { fill: none; stroke: var(--a); stroke-width: 2 }
  .o1 { opacity: 1 } .o2 { opacity: .62 } .o3 { opacity: .34 }"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it says, how long it is, whose (`a` or `b`), how strong (1 to 3), and a mark to reach, if any."""

    value: float
    said: str
    whose: str = "a"
    strength: int = 1
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Bars under one name."""

    name: str
    bars: Sequence[Bar]


def bars(title: str, legend: str, groups: Sequence[Group], foot: Sequence[str], *, scale: str = "linear") -> str:
    """Return bars as SVG, the longest as wide as there is room; `scale` is `linear` or `log`.

    Args:
        title: what is shown.
        legend: what colours and marks mean, in a sentence.
        groups: what is drawn, from above.
        foot: the machine and the versions, on lines of their own.
        scale: `log` where the values differ by more than a hundredfold.
    """
    reach = max((max(bar.value, bar.mark or 0) for group in groups for bar in group.bars), default=1)
    least = min((bar.value for group in groups for bar in group.bars if bar.value > 0), default=1)
    room = WIDTH - LABELS - _RIGHT

    def length(value: float) -> float:
        if scale == "log":
            floor = log10(least) - 0.3
            return room * max(0.0, log10(max(value, 1e-9)) - floor) / (log10(reach) - floor)
        return room * value / reach

    parts, top = [], _TOP
    for group in groups:
        parts.append(f'<text x="{LABELS - 10}" y="{top + 13}" class="end">{escape(group.name)}</text>')
        for bar in group.bars:
            end = LABELS + length(bar.value)
            after = max(end, LABELS + length(bar.mark or 0))
            parts.append(
                f'<rect x="{LABELS}" y="{top + 2}" width="{max(1, end - LABELS):.1f}" height="{_ROW - 4}" '
                f'rx="2" class="{bar.whose} o{bar.strength}"/>'
                f'<text x="{after + 6:.1f}" y="{top + 13}">{escape(bar.said)}</text>'
            )
            if bar.mark is not None:
                at = LABELS + length(bar.mark)
                parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top - 1}" y2="{top + _ROW - 1}" class="mark"/>')
            top += _ROW
        top += 8
    words = "; ".join(f"{group.name}: {', '.join(bar.said for bar in group.bars)}" for group in groups)
    return _document(title, legend, words, parts, foot, top)


def line(
    title: str, legend: str, points: Sequence[tuple[float, float]], units: tuple[str, str], foot: Sequence[str]
) -> str:
    """Return a curve as SVG, from zero; `units` name the two axes."""
    height, right, top = 200, WIDTH - 30, max(value for _, value in points) * 1.15
    span = max(at for at, _ in points) or 1
    room = right - 70

    def place(at: float, value: float) -> tuple[float, float]:
        return 70 + room * at / span, _TOP + height * (1 - value / top)

    parts = []
    for step in count():
        value = step * _step(top)
        if value > top:
            break
        y = place(0, value)[1]
        parts.append(f'<line x1="70" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" class="line"/>')
        parts.append(f'<text x="62" y="{y + 4:.1f}" class="end soft">{value:g}</text>')
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
    parts.append(f'<polyline points="{drawn}" class="s"/>')
    below = _TOP + height + 18
    parts.append(f'<text x="70" y="{below}" class="soft">0</text>')
    parts.append(f'<text x="{right}" y="{below}" class="end soft">{span:.1f} {escape(units[0])}</text>')
    words = f"from {points[0][1]:.0f} to {points[-1][1]:.0f} {units[1]} in {span:.1f} {units[0]}"
    return _document(title, legend, words, parts, foot, below + 10)


def _step(top: float) -> float:
    size: float = 10.0 ** int(log10(top))
    return next(size * part for part in (0.1, 0.2, 0.5, 1, 2) if top / (size * part) <= 6)


def _document(title: str, legend: str, words: str, parts: Sequence[str], foot: Sequence[str], top: float) -> str:
    height = top + _BOTTOM + 16 * max(0, len(foot) - 1)
    feet = "".join(
        f'<text x="20" y="{top + 28 + 16 * number}" class="soft">{escape(text)}</text>'
        for number, text in enumerate(foot)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-labelledby="t d"><title id="t">{escape(title)}</title>'
        f'<desc id="d">{escape(legend)} {escape(words)}</desc>'
        f'<style>{_STYLE}</style><rect width="{WIDTH}" height="{height:.0f}" class="page"/>'
        f'<text x="20" y="26" class="title">{escape(title)}</text>'
        f'<text x="20" y="46" class="soft">{escape(legend)}</text>' + "".join(parts) + feet + "</svg>\n"
    )
