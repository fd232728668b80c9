"""The Makefile explains itself and runs where make is old."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.sources import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def make(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run make in the repository, with another PATH if one is given."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    return subprocess.run(
        [shutil.which("make") or "make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=environment | ({} if path is None else {"PATH": path}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_task() -> None:
    """`make` without a word lists each task with a sentence."""
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    listed = [line.split()[1] for line in make().stdout.splitlines()]
    assert sorted(phony[1].split()) == sorted(listed)


def test_no_python_is_said_plainly(tmp_path: Path) -> None:
    """Without a Python of the system or on PATH the error names the packages to install."""
    (tmp_path / "sh").symlink_to("/bin/sh")
    python = tmp_path / "venv/bin/python"
    result = make("SYSTEM=", f"VENV={tmp_path}/venv", str(python), path=str(tmp_path))
    assert result.returncode != 0
    assert "Python 3.11 or later is needed" in result.stderr
    assert "python3-venv" in result.stderr


def test_a_missing_venv_module_is_said_plainly(tmp_path: Path) -> None:
    """With a Python that lacks `venv`, as Debian splits it, the error names the package."""
    python = tmp_path / "python"
    # New enough, but it cannot import what the second question asks for.
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *) exit 0;; esac\n')
    python.chmod(0o700)
    venv = tmp_path / "venv"
    result = make(f"PYTHON={python}", f"VENV={venv}", f"{venv}/bin/python")
    assert result.returncode != 0
    assert "apt-get install python3-venv" in result.stderr


@pytest.mark.parametrize(("whole", "taken"), [(True, "system"), (False, "bin")])
def test_the_python_of_the_system_comes_first_if_it_is_whole(tmp_path: Path, whole: bool, taken: str) -> None:
    """Distributions compile theirs with a profile of its work; one without `venv`, as Debian splits it, is passed."""
    for place, answer in (("system", "exit 0" if whole else 'case "$2" in *ensurepip*) exit 1;; esac'), ("bin", "")):
        python = tmp_path / place / "python3"
        python.parent.mkdir()
        python.write_text(f'#!/bin/sh\nif test "$1" = -m; then echo "made by {place}"; fi\n{answer}\n')
        python.chmod(0o700)
    venv, path = tmp_path / "venv", f"{tmp_path}/bin:/usr/bin:/bin"
    result = make(f"SYSTEM={tmp_path}/system/python3", f"VENV={venv}", f"{venv}/bin/python", path=path)
    assert f"made by {taken}" in result.stdout, result.stderr
