"""One measurement with `wrk`: a list of requests, a number of connections, some seconds."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SCRIPT: Final = Path(__file__).with_name("load.lua")
CONNECTIONS: Final = 32
THREADS: Final = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What one measurement gave: answers, seconds, and the latencies' percentiles in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def raw(method: str, target: str, headers: dict[str, str], body: str = "") -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def measure(port: int, requests: Sequence[bytes], folder: Path, *, seconds: int, spare: bytes | None = None) -> Reading:
    """Send the requests for so many seconds; with a spare one, once each, and that one after them.

    Raises:
        SystemExit: there is no `wrk`, or an answer was a refusal: a rate of refusals says nothing.
    """
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    once, file = spare is not None, folder / "requests"
    file.write_bytes(b"".join(b"%d\n%s\n" % (len(one), one) for one in (*requests, *([spare] if spare else []))))
    told = {"IDP_BENCH_REQUESTS": str(file), "IDP_BENCH_THREADS": str(THREADS), "IDP_BENCH_ONCE": "1" if once else "0"}
    command = [program, f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    command += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}/"]
    done = subprocess.run(  # noqa: S603 - by absolute path
        command, env=os.environ | told, capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("IDP_BENCH ")]
    if not lines:
        raise SystemExit(f"wrk said nothing: {done.stdout[-500:]} {done.stderr[-500:]}")
    read = json.loads(lines[0].removeprefix("IDP_BENCH "))
    if read["failed"] or read["refused"]:
        raise SystemExit(f"{read['refused']} refused and {read['failed']} failed of {read['requests']}")
    # At its end each connection waits for one answer that is not read any more.
    if once and read["requests"] < len(requests) - CONNECTIONS:
        raise SystemExit(f"only {read['requests']} of {len(requests)} were answered in {seconds} s")
    return Reading(read["requests"], read["seconds"], *(read[name] / 1000 for name in ("p50", "p95", "p99")))
