"""Applications that are told of logouts: servers on loopback that note what they were sent and answer as told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from idp.protocol.client import Client
from tests.support.cast import ESPACE
from tests.support.relying_party import claims_of
from tests.support.upstream_world import serving


@dataclass
class Call:
    """One request: its method, content type and form."""

    method: str
    content_type: str
    form: list[tuple[str, str]]

    @property
    def token(self) -> str:
        """The logout token; fails the test when anything else was sent."""
        ((name, value),) = self.form
        assert "logout_token" == name
        return value

    @property
    def claims(self) -> dict[str, Any]:
        """The claims of the logout token."""
        return claims_of(self.token)


@dataclass
class Receiver:
    """An application's address for logouts; `status`, `delay` (seconds) and `location` say how it answers."""

    status: int = 200
    delay: float = 0
    location: str = ""
    address: str = ""
    calls: list[Call] = field(default_factory=list)
    answered: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request (WSGI)."""
        request = Request(environ)
        body = request.get_data(as_text=True)
        with self._arrived:
            self.calls.append(Call(request.method, request.mimetype, parse_qsl(body, keep_blank_values=True)))
            self._arrived.notify_all()
        self.over.wait(self.delay)
        self.answered += 1
        response = Response("", self.status, headers={"Location": self.location} if self.location else None)
        return response(environ, start_response)

    def client(self, base: Client = ESPACE, **changes: Any) -> Client:
        """Return a client whose logout address this is."""
        return replace(base, backchannel_logout_uri=self.address, **changes)

    def wait(self, count: int, seconds: float = 5) -> None:
        """Wait until so many calls have arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.calls) >= count, seconds), self.calls


@contextmanager
def receiver(**answers: Any) -> Iterator[Receiver]:
    """Run a receiver while the block runs."""
    made = Receiver(**answers)
    with serving(made) as address:
        made.address = f"{address}/back-channel"
        try:
            yield made
        finally:
            made.over.set()
