"""Is the process alive, and may it be given work? Two questions that a supervisor must not confuse."""

from collections.abc import Callable

from idp.protocol.messages import Reply, Request, json_reply
from idp.records import dataclass

OK = "ok"
"""The state of a part that is as it should be."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that the process works with. `state` is one word; without what is `needed` it must get no work."""

    name: str
    state: str
    needed: bool


Readiness = Callable[[], tuple[Part, ...]]
"""Returns every part; must not raise, nor wait for one that hangs."""


def healthz(_request: Request) -> Reply:
    """GET /healthz: the process answers."""
    return json_reply(200, {"status": "ok"})


@dataclass(frozen=True, slots=True)
class Readyz:
    """GET /readyz: 200 when all that is needed is there, else 503; each part with its state in either case.

    `degraded` is ready: what lacks is something that sign-ins go on without, in part at least.
    """

    readiness: Readiness

    def __call__(self, _request: Request) -> Reply:
        """Ask and answer."""
        parts = self.readiness()
        ready = all(part.state == OK for part in parts if part.needed)
        whole = all(part.state == OK for part in parts)
        body = {
            "status": ("ready" if whole else "degraded") if ready else "not ready",
            "needed": {part.name: part.state for part in parts if part.needed},
            "beside": {part.name: part.state for part in parts if not part.needed},
        }
        return json_reply(200 if ready else 503, body)
