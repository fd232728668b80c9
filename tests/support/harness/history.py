"""What every simulated browser and application sent and saw, with its time: the evidence that the invariants judge."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did and what came of it.

    Args:
        began: seconds on the monotonic clock when it was sent.
        ended: when the answer was there, or the connection was lost.
        who: a browser or an application, by a name of its own.
        act: what was done: `page`, `redeem`, `refresh`, `userinfo`, `revoke`, `jwks` and the like.
        status: of the answer; 0 when none came.
        facts: what was sent and seen, as far as a rule asks for it.
    """

    began: float
    ended: float
    who: str
    act: str
    status: int
    facts: dict[str, Any]

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return self.ended - self.began


@dataclass
class History:
    """The events of one case, in memory and in a file. Thread-safe."""

    file: Path
    events: list[Event] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, began: float, who: str, act: str, status: int, **facts: Any) -> Event:
        """Append an event that ends now."""
        event = Event(began, time.monotonic(), who, act, status, facts)
        line = json.dumps([round(event.began - self.began, 4), round(event.seconds, 4), who, act, status, facts])
        with self._lock:
            self.events.append(event)
            with self.file.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        return event

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Mark when a fault begins and when it is over."""
        began = time.monotonic()
        self.add(began, "harness", f"begin {name}", 0)
        try:
            yield
        finally:
            self.add(began, "harness", f"end {name}", 0)

    def of(self, *acts: str) -> list[Event]:
        """Return the events of some acts, in the order of their ends."""
        with self._lock:
            return [event for event in self.events if event.act in acts]

    def failures(self) -> list[Event]:
        """Return what people and applications saw fail: no answer, or 500 and above."""
        with self._lock:
            people = [event for event in self.events if event.who != "harness"]
        return [event for event in people if event.status == 0 or event.status >= 500]

    def rates(self) -> dict[str, str]:
        """Return how many sign-ins a second there were, of all kinds and by password, for the report."""
        done = [event for event in self.of("redeem") if event.status == 200]
        seconds = max(1.0, done[-1].ended - done[0].began) if done else 1.0
        forms = sum(event.status < 400 for event in self.of("page") if event.facts.get("method") == "POST")
        return {"a_second": f"{len(done) / seconds:.0f}", "by_password": f"{forms / seconds:.0f}"}

    def downtime(self) -> float:
        """Return the longest time in which nothing succeeded for anybody, in seconds, among times with attempts."""
        with self._lock:
            people = sorted((e for e in self.events if e.who != "harness"), key=lambda event: event.ended)
        longest, since = 0.0, None
        for event in people:
            good = 0 < event.status < 500
            if good:
                if since is not None:
                    longest = max(longest, event.ended - since)
                since = None
            elif since is None:
                since = event.began
        return longest

    def p95(self, act: str, *, since: float = 0.0, until: float = float("inf")) -> float:
        """Return the 95th percentile of an act's seconds, among those with an answer."""
        took = sorted(e.seconds for e in self.of(act) if e.status and since <= e.began <= until)
        return took[min(len(took) - 1, int(len(took) * 0.95))] if took else 0.0
