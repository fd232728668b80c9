"""A demonstration in a directory of the test's own."""

from pathlib import Path

import pytest

from idp.demo.plan import Plan


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """The plan of a demonstration that nobody serves."""
    return Plan(port=9000, data=tmp_path / "var")
