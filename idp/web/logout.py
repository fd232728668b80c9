"""Signing out: asked for by a client, or by the person on our own pages."""

from flask import g, request
from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.end_session import LogoutRequest, read_logout, return_url
from idp.protocol.client import Client
from idp.protocol.messages import Parameters
from idp.services.sessions import Session
from idp.web.cross_site import as_address
from idp.web.http import Edge, targets_of


def end_session(edge: Edge) -> AnyResponse:
    """GET or POST /logout (OpenID Connect RP-Initiated Logout 1.0)."""
    parameters = edge.parameters()
    again = as_address(edge, parameters)
    if again is not None:
        return again
    asked = read_logout(parameters, edge.front.find_client, edge.read_logout_hint)
    g.ui_locales = asked.ui_locales
    session = edge.live_session()
    if asked.needs_question(session.sid if session else None):
        parked = edge.front.interactions.park(parameters, edge.browser_id())
        return _ask(edge, asked.client, parked.id)
    return _end(edge, session, asked)


def page(edge: Edge) -> AnyResponse:
    """GET /deconnexion: the person's own wish to sign out."""
    if edge.live_session() is None:
        return edge.go("/deconnexion/fin")
    return _ask(edge, None, "")


def confirm(edge: Edge) -> AnyResponse:
    """POST /deconnexion: the person confirmed."""
    ticket = request.form.get("ticket", "")
    if not edge.check_csrf("deconnexion"):
        return _ask(edge, None, ticket)
    parked = edge.front.interactions.get(ticket, edge.browser_id())
    parameters = parked.parameters if parked else Parameters()
    asked = read_logout(parameters, edge.front.find_client, edge.read_logout_hint)
    return _end(edge, edge.live_session(), asked)


def done(edge: Edge) -> AnyResponse:
    """GET /deconnexion/fin: the last page, or on to the application when back from the upstream."""
    then = edge.sign_out.resolve_return(request.args.get("retour"))
    return edge.go(then) if then else edge.render("web/signed_out.html", service_url=None)


def _ask(edge: Edge, client: Client | None, ticket: str) -> AnyResponse:
    session = edge.live_session()
    upstream_url = edge.sign_out.upstream_origin(session) if session else None
    targets = (*targets_of(client), *((upstream_url,) if upstream_url else ()))
    return edge.render(
        "web/logout.html",
        targets=targets,
        service=edge.service(client),
        csrf=edge.csrf("deconnexion"),
        ticket=ticket,
    )


def _end(edge: Edge, session: Session | None, asked: LogoutRequest) -> AnyResponse:
    then = return_url(asked)
    upstream = None
    if session is not None:
        edge.sign_out.end(session)
        upstream = edge.sign_out.upstream_url(session, then)
    response = edge.go(upstream or then or "/deconnexion/fin")
    edge.clear_session(response)
    return response
