"""Is the process alive, and may it be given work? Two questions that a supervisor must not confuse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp.protocol.messages import Reply, Request, json_reply

Readiness = Callable[[], Mapping[str, bool]]
"""Returns each thing the process needs and whether it is there; must not raise."""


def healthz(_request: Request) -> Reply:
    """GET /healthz: the process answers."""
    return json_reply(200, {"status": "ok"})


@dataclass(frozen=True, slots=True)
class Readyz:
    """GET /readyz: 200 when all that is needed is there, else 503, with the names of what is missing."""

    readiness: Readiness

    def __call__(self, _request: Request) -> Reply:
        """Ask and answer."""
        state = self.readiness()
        ready = all(state.values())
        body = {"status": "ready" if ready else "not ready", "checks": dict(state)}
        return json_reply(200 if ready else 503, body)
