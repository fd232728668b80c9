"""A run that is killed takes the programs along that it started."""

import subprocess
import sys
import time
from pathlib import Path

from tests.support.processes import answers, free_port

_RUN = """
import sys, time
from pathlib import Path
from tests.support import processes
server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
first, second = (processes.start([*server, port], Path(sys.argv[1])) for port in sys.argv[2:])
for program, port in zip((first, second), sys.argv[2:]):
    program.wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}/"), 30)
first.stop()
print("up", flush=True)
time.sleep(600)
"""


def test_a_killed_run_leaves_no_program_behind(tmp_path: Path) -> None:
    """Killed without a word, as by the machine that has no memory left: its servers end all the same."""
    first = free_port(2)
    command = [sys.executable, "-c", _RUN, str(tmp_path / "log"), str(first), str(first + 1)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert "up\n" == run.stdout.readline(), (tmp_path / "log").read_text()
    assert [False, True] == [answers(f"http://127.0.0.1:{port}/") for port in (first, first + 1)]
    run.kill()
    run.wait()
    run.stdout.close()
    deadline = time.monotonic() + 60
    while answers(f"http://127.0.0.1:{first + 1}/"):
        assert time.monotonic() < deadline, "the server outlived its run"
        time.sleep(0.05)
