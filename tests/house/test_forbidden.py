"""What the product must not contain, whatever a linter's settings say."""

import ast
import re

from tests.support import sources
from tests.support.sources import ROOT

GUESSABLE_OR_RUNNING = {"random", "pickle", "marshal", "shelve", "dill"}
EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)$")
REASONED = re.compile(r"(:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*|\[[a-z-, ]+\])\s*(#|--?)\s*\S+")


def test_no_assert_in_the_product() -> None:
    """`python -O` drops assertions, so the product never relies on one."""
    found = [
        f"{sources.name(path)}:{node.lineno}"
        for path in sources.product_modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert [] == found


def test_no_guessable_random_and_no_pickle() -> None:
    """No module of the product imports `random`, or a format that runs what it reads."""
    found = []
    for path in sources.product_modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if {name.partition(".")[0] for name in names} & GUESSABLE_OR_RUNNING:
                found.append(f"{sources.name(path)}: {ast.unparse(node)}")
    assert [] == found


def test_every_exception_to_a_rule_gives_its_code_and_reason() -> None:
    """A silenced linter or type checker says which rule, and why."""
    found = []
    for path in sources.files(".py"):
        if path.is_relative_to(ROOT / "tests" / "house"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = EXCEPTION.search(line)
            if match and not REASONED.match(match["rest"]):
                found.append(f"{sources.name(path)}:{number}: {match.group()}")
    assert [] == found
