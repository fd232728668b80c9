"""Health: alive and ready are two questions."""

from idp.endpoints.health import Readyz, healthz
from idp.protocol.messages import Request
from tests.support.back_channel import body_of

ASK = Request("GET", "/")


def test_alive() -> None:
    """The process answers, whatever else is down."""
    assert 200 == healthz(ASK).status


def test_ready_names_what_is_missing() -> None:
    """503 while one thing is missing, and it is named."""
    assert 200 == Readyz(lambda: {"database": True})(ASK).status
    reply = Readyz(lambda: {"database": False, "keys": True})(ASK)
    assert 503 == reply.status
    assert {"database": False, "keys": True} == body_of(reply)["checks"]
