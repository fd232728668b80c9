"""The list of statements is whole, and each names tests that exist."""

import ast
import re

from tests.support.sources import ROOT

STATEMENTS = [
    *(
        f"N-{number:03}"
        for block in (
            (1, 17),
            (20, 29),
            (30, 37),
            (40, 49),
            (50, 56),
            (60, 68),
            (70, 73),
            (90, 98),
            (100, 101),
            (110, 119),
            (124, 124),
        )
        for number in range(block[0], block[1] + 1)
    ),
    *("C-03", "R-33", "R-34", "R-35"),
]
"""The numbers leave gaps, so that each group of statements can grow. C- is a choice between sources that disagree, R-
what happens when something breaks."""

NUMBER = r"[NCR]-\d{2,3}"


def rows() -> dict[str, list[str]]:
    """Return the tests named for each statement."""
    text = (ROOT / "docs" / "statements.md").read_text(encoding="utf-8")
    lines = re.findall(rf"^\| ({NUMBER}) \|.*$", text, re.MULTILINE)
    found = {number: re.findall(rf"^\| {number} \|(.*)$", text, re.MULTILINE) for number in lines}
    return {number: re.findall(r"`(tests/[^`]+)`", " ".join(cells)) for number, cells in found.items()}


def names_of(path: str) -> set[str]:
    """Return the tests of a file; none when there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_statement_is_listed_once_and_in_order() -> None:
    """No statement is missing, none is invented."""
    text = (ROOT / "docs" / "statements.md").read_text(encoding="utf-8")
    assert STATEMENTS == re.findall(rf"^\| ({NUMBER}) \|", text, re.MULTILINE)


def test_every_statement_has_a_test_that_exists() -> None:
    """Each named test is there under that name."""
    listed = rows()
    assert [] == [number for number, tests in listed.items() if not tests]
    named = sorted({test for tests in listed.values() for test in tests})
    assert [] == [test for test in named if test.partition("::")[2] not in names_of(test.partition("::")[0])]
