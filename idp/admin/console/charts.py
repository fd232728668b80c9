"""Pictures of counts, drawn on the server: columns stacked by series. Pure; numbers in, places in a picture out.

A picture is 360 units wide, so that its words can be read on the narrowest screen. Series differ by pattern, not by
colour alone; the style sheet paints them.
"""

from collections.abc import Sequence
from typing import Final

from idp.records import dataclass

WIDTH: Final = 360
HEIGHT: Final = 190
PATTERNS: Final = 4
"""Series that look different; further ones are drawn together, as the last."""
_LEFT: Final = 34
_RIGHT: Final = 16
"""Room for the half of the last word."""
_TOP: Final = 10
_BOTTOM: Final = 22
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a column: a rectangle, and which pattern fills it."""

    x: float
    y: float
    width: float
    height: float
    pattern: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A number beside its line, or a word below its column, at a place."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of columns: bars, lines across with their numbers, words below."""

    bars: Sequence[Bar]
    lines: Sequence[Tick]
    words: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    bottom: int = HEIGHT - _BOTTOM


def columns(values: Sequence[Sequence[int]], words: Sequence[str]) -> Chart:
    """Draw one column for each group of values, stacked from the bottom in their order.

    Args:
        values: for each column the value of each series; every column has as many.
        words: below each column; an empty one leaves the place free.
    """
    top = ceiling(max((sum(column) for column in values), default=0))
    room, high = (WIDTH - _LEFT - _RIGHT) / max(1, len(values)), HEIGHT - _TOP - _BOTTOM
    bars = []
    for number, column in enumerate(values):
        base = float(HEIGHT - _BOTTOM)
        for series, value in enumerate(column):
            tall = high * value / top
            base -= tall
            if value:
                x = _LEFT + number * room + room * 0.1
                bars.append(
                    Bar(round(x, 2), round(base, 2), round(room * 0.8, 2), round(tall, 2), min(series, PATTERNS - 1))
                )
    lines = [Tick(round(HEIGHT - _BOTTOM - high * part / 2, 2), short(top * part // 2)) for part in range(3)]
    below = [Tick(round(_LEFT + (number + 0.5) * room, 2), word) for number, word in enumerate(words) if word]
    return Chart(bars, lines, below)


def ceiling(most: int) -> int:
    """Return the round number at the top of a picture, at least 2, so that its half is a whole number too."""
    scale = 1
    while True:
        for step in _STEPS:
            if most <= 2 * step * scale:
                return 2 * step * scale
        scale *= 10


def short(number: int) -> str:
    """Return a number as it stands beside a line: `1,5 k` takes less room than `1500`."""
    for size, sign in ((1_000_000, "M"), (1000, "k")):
        if number >= size:
            return f"{number / size:g}{sign}"
    return str(number)
