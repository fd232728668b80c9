"""No file is too long to be read at one sitting."""

import statistics

from tests.support import sources

LONGEST = 400
MEDIAN = 150


def test_no_file_is_longer_than_400_lines() -> None:
    """Python, HTML, CSS and JavaScript files stay within 400 lines."""
    lengths = {
        sources.name(path): path.read_text(encoding="utf-8").count("\n")
        for path in sources.files(".py", ".html", ".css", ".js")
    }
    assert {} == {path: lines for path, lines in lengths.items() if lines > LONGEST}


def test_most_modules_are_short() -> None:
    """Half of the product's modules have fewer than 150 lines."""
    lengths = [path.read_text(encoding="utf-8").count("\n") for path in sources.product_modules()]
    assert MEDIAN > statistics.median(lengths)
