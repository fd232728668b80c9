"""Health: alive and ready are two questions."""

from idp.endpoints.health import Part, Readyz, healthz
from idp.protocol.messages import Request
from tests.support.back_channel import body_of

ASK = Request("GET", "/")
DATABASE, GONE = Part("database", "ok", needed=True), Part("database", "down", needed=True)
REDIS, MAIL = Part("redis", "ok", needed=False), Part("mail", "waiting", needed=False)


def test_alive() -> None:
    """The process answers, whatever else is down."""
    assert 200 == healthz(ASK).status


def test_ready_names_what_is_missing() -> None:
    """503 while something needed is missing, 200 while something else is, and each part has its state."""
    whole = Readyz(lambda: (DATABASE, REDIS))(ASK)
    degraded = Readyz(lambda: (DATABASE, MAIL))(ASK)
    missing = Readyz(lambda: (GONE, REDIS, MAIL))(ASK)
    assert [200, 200, 503] == [reply.status for reply in (whole, degraded, missing)]
    said = [body_of(reply)["status"] for reply in (whole, degraded, missing)]
    assert ["ready", "degraded", "not ready"] == said
    assert {"database": "down"} == body_of(missing)["needed"]
    assert {"redis": "ok", "mail": "waiting"} == body_of(missing)["beside"]
