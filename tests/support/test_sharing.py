"""Which tests stay together when several processes share a run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import sharing
from tests.support.sources import ROOT

STORY = 'import os\n\ndef test_{}():\n    with open("told", "a") as told: print(os.getpid(), "{}", file=told)\n'


def test_stories_stay_together() -> None:
    """All that is told to the demonstration has one name, and what breaks houses; everything else that of its file."""
    shares = [
        sharing.share(test)
        for test in (
            "tests/browser/test_password.py::test_one[a::b]",
            "tests/browser/more/test_client.py::test_two",
            "tests/store/test_kv.py::TestA::test_three[a/b::c]",
            "tests/faults/test_redis.py::test_gone",
        )
    ]
    assert ["demonstration", "demonstration", "tests/store/test_kv.py", "faults"] == shares


def test_the_scheduler_is_the_one_in_use(tmp_path: Path) -> None:
    """With two processes and our scheduler, stories of two folders are told by one process, the first ones first."""
    for place, name in (("tests/browser", "one"), ("tests/browser/more", "two"), ("tests/other", "three")):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        (folder / f"test_{name}.py").write_text(STORY.format(name, name))
    (tmp_path / "conftest.py").write_text(
        "from tests.support.sharing import ByFile\n"
        "def pytest_xdist_make_scheduler(config, log):\n    return ByFile(config, log)\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "xdist",
        "-n",
        "2",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
    ]
    done = subprocess.run(
        [*command, "-c", "/dev/null", "--rootdir", tmp_path],
        cwd=tmp_path,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout
    lines = [line.split() for line in (tmp_path / "told").read_text().splitlines()]
    told = {name: process for process, name in lines}
    assert {"one", "two", "three"} == set(told)
    assert told["one"] == told["two"] != told["three"]


def test_the_long_ones_come_first(request: pytest.FixtureRequest) -> None:
    """Stories and tests with a browser are moved to the front; the others keep their order."""
    mine = request.node

    class Story(pytest.Item):
        def runtest(self) -> None:
            raise NotImplementedError

    items = [mine, Story.from_parent(mine.session, name="late", nodeid="tests/browser/test_a.py::test_late")]
    sharing.begin_with_the_long(items)
    assert ["test_late", mine.name] == [re.sub(".*::", "", item.nodeid) for item in items]
