"""Pictures of counts: what stands where."""

import pytest

from idp.admin.console.charts import HEIGHT, PATTERNS, WIDTH, ceiling, columns, short


def test_columns_are_stacked_within_the_picture() -> None:
    """Each part stands on the one below it, the highest column ends below the top, and nothing leaves the picture."""
    drawn = columns([[3, 1], [0, 0], [5, 5]], ["a", "", "c"])
    assert [0, 1, 0, 1] == [bar.pattern for bar in drawn.bars]
    low, high = drawn.bars[2:]
    assert (high.y + high.height, low.y + low.height) == pytest.approx((low.y, drawn.bottom))
    assert low.height == pytest.approx(high.height)
    assert all(0 <= bar.x and bar.x + bar.width <= WIDTH and 0 <= bar.y <= HEIGHT for bar in drawn.bars)
    assert ["a", "c"] == [word.text for word in drawn.words]
    assert ["0", "5", "10"] == [line.text for line in drawn.lines]


def test_nothing_to_draw() -> None:
    """Columns without a count have no part, and the picture is still one."""
    drawn = columns([[0], [0]], ["", ""])
    assert ([], ["0", "1", "2"]) == (list(drawn.bars), [line.text for line in drawn.lines])


def test_series_beyond_the_patterns() -> None:
    """There is no pattern that the style sheet does not know."""
    assert set(range(PATTERNS)) == {bar.pattern for bar in columns([[1] * (PATTERNS + 3)], ["x"]).bars}


@pytest.mark.parametrize(("most", "top"), [(0, 2), (2, 2), (3, 4), (11, 20), (201, 400), (335_000, 400_000)])
def test_the_top(most: int, top: int) -> None:
    """A round number that nothing exceeds, whose half is whole."""
    assert top == ceiling(most)


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (500, "500"), (2000, "2k"), (5_000_000, "5M")])
def test_numbers_beside_lines(number: int, text: str) -> None:
    """They are short."""
    assert text == short(number)
