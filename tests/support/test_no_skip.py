"""The switch that makes a skip a failure, tried on small runs of pytest itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPING = """
import pytest

def test_that_runs():
    pass

def test_that_needs_a_browser():
    pytest.skip("no Chromium")

@pytest.mark.xfail(strict=True)
def test_expected_to_fail():
    raise ValueError
"""


def run(folder: Path, source: str, switch: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plugin alone on one file."""
    (folder / "test_it.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.no_skip"]
    return subprocess.run(
        [*command, "--rootdir", folder, "-c", os.devnull, "-p", "no:cacheprovider", "test_it.py"],
        env=os.environ | {"IDP_TEST_NO_SKIP": switch, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_with_the_switch_a_skip_fails_the_run(tmp_path: Path) -> None:
    """The run fails and names the skipped test with its reason, and no other."""
    result = run(tmp_path, SKIPPING, "1")
    assert result.returncode == 1
    assert "test_it.py::test_that_needs_a_browser: Skipped: no Chromium" in result.stdout
    assert "test_expected_to_fail:" not in result.stdout


@pytest.mark.parametrize(("switch", "source"), [("", SKIPPING), ("1", "def test_one():\n    pass")])
def test_else_the_run_passes(tmp_path: Path, switch: str, source: str) -> None:
    """Without the switch, or without a skip, nothing changes."""
    assert run(tmp_path, source, switch).returncode == 0


def test_a_file_that_skips_itself_counts(tmp_path: Path) -> None:
    """Skipping a whole file is a skip too."""
    source = "import pytest\npytest.skip('no server', allow_module_level=True)\n"
    result = run(tmp_path, source, "1")
    assert result.returncode != 0
    assert "no server" in result.stdout
