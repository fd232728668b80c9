"""The lock files hold what pyproject.toml asks for, as hashes of files, from no named index."""

import re
import tomllib
from functools import cache
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.sources import ROOT

LOCKS = ("requirements.lock", "requirements-test.lock")
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)(\[[a-z0-9,._-]+\])?==(?P<version>[^ ;]+)", re.MULTILINE)


@cache
def project() -> dict[str, Any]:
    """Return the table `project` of pyproject.toml."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return dict(table)


def text(lock: str) -> str:
    """Return a lock file's text."""
    return (ROOT / lock).read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, set[str]]:
    """Return the versions that a lock names for each distribution."""
    found: dict[str, set[str]] = {}
    for match in PIN.finditer(text(lock)):
        found.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return found


def asked(lock: str) -> list[Requirement]:
    """Return what pyproject.toml asks of a lock."""
    extras = project()["optional-dependencies"]
    lines = project()["dependencies"] + extras["build"]
    if lock == "requirements-test.lock":
        lines += extras["test"] + extras["tracing"]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("lock", LOCKS)
def test_each_requirement_is_locked(lock: str) -> None:
    """Every requirement has a pin, and every pin of it is a version that it allows."""
    locked = pins(lock)
    for requirement in asked(lock):
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not in {lock}: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions), (
            f"{lock} has {requirement.name} {versions}: run `make lock`"
        )


def test_tests_run_on_what_is_deployed() -> None:
    """The tests' lock has the very versions of the other one."""
    tested = pins("requirements-test.lock")
    deployed = pins("requirements.lock")
    assert deployed == {name: tested.get(name) for name in deployed}


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_has_a_hash(lock: str) -> None:
    """Nothing can be installed that the lock does not name byte for byte."""
    blocks = re.split(r"^(?=[a-z0-9])", text(lock), flags=re.MULTILINE)[1:]
    assert [] == [block.split()[0] for block in blocks if "--hash=sha256:" not in block]


@pytest.mark.parametrize("lock", LOCKS)
def test_no_index_is_named(lock: str) -> None:
    """The locks carry no address, so that any index or mirror will do."""
    assert "://" not in text(lock)
    assert "--index" not in text(lock)


def test_what_is_borrowed_from_is_bounded() -> None:
    """The page lists libraries of which more is used than they promise: a next one comes in by a decision alone."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = page.partition("more is used than they promise")[2].partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
    bounded = {
        canonicalize_name(one.name)
        for one in map(Requirement, project()["dependencies"])
        if any(specifier.operator == "<" for specifier in one.specifier)
    }
    assert {name.strip().lower() for row in cells for name in row[0].split(",")} <= bounded
    named = [path for row in cells for path in re.findall(r"`([a-z_/0-9]+\.py)`", row[2] + row[3])]
    assert len(named) > 2 * len(cells) - 1
    assert [] == [path for path in named if not (ROOT / path).is_file()]
