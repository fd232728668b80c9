"""Connected devices: the member's live sessions, each of which may be ended from here."""

from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.services.devices import OpenSession
from idp.services.sessions import Session
from idp.web.account import gate, notices, sign_in_words
from idp.web.http import Edge

PATH: Final = "/compte/appareils"


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/appareils."""
    live = edge.devices.live(session)
    return edge.render(
        "account/devices.html",
        here="devices",
        notice=notices.of(edge, session),
        sessions=[_row(edge, one) for one in live],
        others=sum(not one.here for one in live),
        csrf=edge.csrf(gate.purpose(session, "appareils")),
    )


@gate.signed_in
def end(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/appareils: end one other session, or all the others; nothing for a form that is not ours."""
    if not edge.check_csrf(gate.purpose(session, "appareils")):
        return edge.go(PATH)
    if request.form.get("all"):
        edge.devices.end_others(session)
        return notices.then(edge, session, PATH, "devices_ended")
    edge.devices.end(session, request.form.get("id", ""))
    return notices.then(edge, session, PATH, "device_ended")


def _row(edge: Edge, one: OpenSession) -> dict[str, object]:
    sign_in = one.sign_in
    clients = [edge.front.find_client(client_id) for client_id in one.clients]
    return {
        "id": sign_in.id,
        "here": one.here,
        "device": sign_in_words.device(sign_in.browser, sign_in.system),
        "since": moments.moment(sign_in.started_at, edge.language()),
        "seen": moments.moment(one.seen_at, edge.language()),
        "network": sign_in.network,
        "method": sign_in_words.method(sign_in.provider, sign_in.amr),
        "level": sign_in_words.level(sign_in.acr),
        "services": [client.name for client in clients if client is not None],
    }
