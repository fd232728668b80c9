"""Node and the packages of its registry that a test needs: installed once into the cache, exactly as locked."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.sources import ROOT

CACHE = ROOT / ".pytest_cache" / "node"
SECONDS = 100
OLDEST = 20
"""The first version of Node that has everything the packages use."""


def node() -> Path:
    """Return the program; skips without it, with one that is too old, or without npm."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        pytest.skip(f"no Node on this machine: install nodejs ({OLDEST} or later) and npm")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    if int(said.lstrip("v").partition(".")[0]) < OLDEST:
        pytest.skip(f"Node {said.strip()} is too old for the relying party, which needs {OLDEST}")
    return Path(found)


def installed(package: Path) -> Path:
    """Return a folder with the files of `package` and all that its lock names; skips where npm cannot bring it."""
    content = b"".join(path.read_bytes() for path in sorted(package.iterdir()) if path.is_file())
    folder = CACHE / hashlib.sha256(content).hexdigest()[:16]
    if (folder / "complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(package, folder)
    npm = shutil.which("npm") or "npm"
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode:
        pytest.skip(f"npm could not install the relying party: {done.stderr[-300:]}")
    (folder / "complete").touch()
    return folder
