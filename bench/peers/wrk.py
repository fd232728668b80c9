"""One measurement with `wrk`: a list of requests, a number of connections, some seconds."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.measured import Reading

SCRIPT: Final = Path(__file__).with_name("load.lua")
CONNECTIONS: Final = 32
TOLERANCE: Final = 0.03
"""Share by which the mean size of an answer may differ from that of the answer that was looked at."""
LONGEST: Final = 60
"""Seconds that a turn may take whose requests are used up."""
MEANT: Final = 200
"""Answers from which on a mean of sizes says something."""


class Spoiled(SystemExit):
    """A turn measured something else than it should: its figure would say nothing."""


def measure(
    port: int,
    requests: Sequence[bytes],
    folder: Path,
    *,
    seconds: int,
    once: bool = False,
    octets: int | None = None,
    connections: int = CONNECTIONS,
) -> Reading:
    """Send requests for so many seconds, in order and over again; or once each, however long that takes.

    Args:
        port: of this machine.
        requests: as they go over the wire.
        folder: takes the file that `wrk` reads them from.
        seconds: how long.
        once: each is used up by its answer.
        octets: the size of a right answer; others would be of another size.
        connections: how many at a time.

    Raises:
        Spoiled: there is no `wrk`, an answer was a refusal or of another size, or the requests did not run out.
    """
    program = shutil.which("wrk")
    if program is None:
        raise Spoiled("wrk is missing: apt-get install wrk")
    file = folder / "requests"
    file.write_bytes(b"".join(b"%d\n%s\n" % (len(one), one) for one in requests))
    told = {
        "IDP_BENCH_REQUESTS": str(file),
        "IDP_BENCH_CONNECTIONS": str(connections),
        "IDP_BENCH_ONCE": "1" if once else "0",
    }
    command = [program, "-t1", f"-c{connections}", f"-d{LONGEST if once else seconds}s", "--timeout", "10s"]
    command += ["--latency", "-s", str(SCRIPT), f"http://127.0.0.1:{port}/"]
    done = subprocess.run(  # noqa: S603 - by absolute path
        command, env=os.environ | told, capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("IDP_BENCH ")]
    if not lines:
        raise Spoiled(f"wrk said nothing: {done.stdout[-500:]} {done.stderr[-500:]}")
    read = json.loads(lines[0].removeprefix("IDP_BENCH "))
    if read["failed"] or read["refused"]:
        short = f"{read['refused']} refused and {read['failed']} failed of {read['requests']}"
        raise Spoiled(f"{short} in {read['seconds']:.0f} s {done.stderr.strip()}")
    if once and read["requests"] != len(requests):
        raise Spoiled(f"{read['requests']} answers to {len(requests)} requests, within {LONGEST} s")
    mean = read["octets"] / max(1, read["requests"])
    if octets is not None and read["requests"] >= MEANT and abs(mean / octets - 1) > TOLERANCE:
        raise Spoiled(f"answers of {mean:.0f} octets on the mean, where one that is right has {octets}")
    return Reading(read["requests"], read["seconds"], *(read[name] / 1000 for name in ("p50", "p95", "p99")))
