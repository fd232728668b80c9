"""The crash points: nothing without the variable, one process for each file with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from idp import crash_points

_PROGRAM = "from idp.crash_points import reached; reached('here'); reached('there'); print('went on')"


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program that passes two points."""
    env = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-c", _PROGRAM], env=env, capture_output=True, text=True, check=False)


def test_nobody_turned_them_on_here() -> None:
    """What the tests import, as what a house runs, goes on at every point."""
    assert crash_points.reached is crash_points._nothing
    crash_points.reached("code-exchange.before_commit")


def test_a_file_costs_one_process(tmp_path: Path) -> None:
    """The process that reaches the point is killed without tidying up; the next one passes, another point always."""
    (tmp_path / "there").touch()
    first, second = (run(IDP_CRASH_POINTS=str(tmp_path)) for _ in range(2))
    assert (-signal.SIGKILL, "") == (first.returncode, first.stdout)
    assert (0, "went on\n") == (second.returncode, second.stdout)
    assert "armed" in second.stderr
