"""Signing out: asked for by a client, or by the person on our own pages; of everything, or of one service."""

from collections.abc import Sequence
from dataclasses import replace

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.end_session import LogoutRequest, frame_url, read_logout, return_url
from idp.authorize.missed import after_logout, before_logout
from idp.protocol.client import Client
from idp.protocol.client_notes import Kind
from idp.protocol.logout_party import Party
from idp.protocol.messages import Parameters
from idp.protocol.redirect_uri import target
from idp.services.receipts import Line, Receipt
from idp.services.sessions import Session
from idp.web import receipt_words
from idp.web.asked import now
from idp.web.cross_site import as_address
from idp.web.http import Edge, targets_of

END = "/deconnexion/fin"


def end_session(edge: Edge) -> AnyResponse:
    """GET or POST /logout (OpenID Connect RP-Initiated Logout 1.0)."""
    parameters = edge.parameters()
    again = as_address(edge, parameters)
    if again is not None:
        return again
    asked = read_logout(parameters, edge.front.find_client, edge.read_logout_hint)
    now().ui_locales = asked.ui_locales
    _note(edge, parameters, asked)
    session = _session(edge)
    if session is not None and asked.needs_question(session.sid):
        parked = edge.front.interactions.park(parameters, edge.browser_id())
        return _ask(edge, session, asked.client, parked.id)
    return _end(edge, session, asked)


def _session(edge: Edge) -> Session | None:
    """Return this browser's session, whoever's, to end it: the live one, or one that is renewed, went on or is lost."""
    cookie, out = edge.session_cookie(), edge.sign_out
    found = edge.any_session() or out.renewing(cookie)
    return found or edge.devices.followed(cookie, edge.browser_id()) or out.lost(cookie)


def _note(edge: Edge, parameters: Parameters, asked: LogoutRequest) -> None:
    """Note that an application asked for a sign-out, and what of it did not count."""
    if asked.client is not None:
        edge.front.note(asked.client.client_id, Kind.LOGGED_OUT)
        if asked.refused is not None:
            after_logout(asked.refused, asked.client).tell(edge.front.note, asked.client)
        return
    named = edge.front.find_client(parameters.get("client_id") or "")
    if named is not None:
        for fault in before_logout(parameters, named):
            fault.tell(edge.front.note, named)


def page(edge: Edge) -> AnyResponse:
    """GET /deconnexion: the person's own wish to sign out."""
    session = _session(edge)
    return edge.go(END) if session is None else _ask(edge, session, None, "")


def confirm(edge: Edge) -> AnyResponse:
    """POST /deconnexion: the person confirmed, for everything or for the one service that `service` names."""
    ticket, service = request.form.get("ticket", ""), request.form.get("service", "")
    session = _session(edge)
    parked = edge.front.interactions.get(ticket, edge.browser_id())
    parameters = parked.parameters if parked else Parameters()
    asked = read_logout(parameters, edge.front.find_client, edge.read_logout_hint)
    if session is not None and not edge.check_csrf("deconnexion"):
        return _ask(edge, session, asked.client, ticket)
    if session is not None and service:
        return _leave(edge, session, asked, service)
    return _end(edge, session, asked)


def done(edge: Edge) -> AnyResponse:
    """GET /deconnexion/fin: the receipt, or on to the application when back from the upstream and all is closed."""
    back = edge.sign_out.resolve_return(request.args.get("retour"))
    if back is not None:
        edge.receipts.came_back(edge.browser_id())
    receipt = edge.receipts.of(edge.browser_id())
    if back is not None and back.then is not None and not (receipt and edge.receipts.troubled(receipt)):
        return edge.go(back.then)
    shown = receipt_words.shown(edge, receipt) if receipt is not None else None
    return edge.render("web/signed_out.html", receipt=shown, signed_in=edge.any_session() is not None)


def _ask(edge: Edge, session: Session, client: Client | None, ticket: str) -> AnyResponse:
    upstream_url = edge.sign_out.upstream_origin(session)
    known = [edge.front.find_client(client_id) for client_id in session.clients]
    services = [one for one in known if one is not None and client in (None, one)]
    addresses = [address for one in services for address in targets_of(one)]
    targets = (*targets_of(client), *addresses, *((upstream_url,) if upstream_url else ()))
    return edge.render(
        "web/logout.html",
        targets=targets,
        service=edge.service(client),
        services=[{"id": one.client_id, "name": one.name} for one in services],
        csrf=edge.csrf("deconnexion"),
        ticket=ticket,
    )


def _end(edge: Edge, session: Session | None, asked: LogoutRequest) -> AnyResponse:
    then = return_url(asked)
    if session is None:
        response = edge.go(then or END)
    else:
        parties = edge.sign_out.end(session)
        upstream_url = edge.sign_out.upstream_url(session, then)
        receipt = _receipt(edge, parties, asked, then)
        if edge.sign_out.has_upstream(session):
            receipt = replace(
                receipt, upstream=session.upstream_name, upstream_state="open" if upstream_url is None else "asked"
            )
        response = _part(edge, receipt, parties, upstream_url)
    edge.clear_session(response)
    return response


def _leave(edge: Edge, session: Session, asked: LogoutRequest, client_id: str) -> AnyResponse:
    parties = edge.sign_out.leave(session, client_id)
    receipt = _receipt(edge, parties, asked, return_url(asked))
    return _part(edge, replace(receipt, only=client_id), parties, None)


def _receipt(edge: Edge, parties: Sequence[Party], asked: LogoutRequest, then: str | None) -> Receipt:
    lines = tuple(
        Line(
            client_id=party.client.client_id,
            task_id=party.task_id,
            until=party.until,
            framed=party.client.frontchannel_logout_uri is not None,
        )
        for party in parties
    )
    asked_by = asked.client.client_id if asked.client is not None else ""
    return Receipt(edge.front.clock(), lines, asked_by=asked_by, then=then)


def _part(edge: Edge, receipt: Receipt, parties: Sequence[Party], upstream_url: str | None) -> AnyResponse:
    """Send the person on: by way of the applications' frames, then the upstream, then back or to the receipt."""
    edge.receipts.keep(edge.browser_id(), receipt)
    then = receipt.then if receipt.then is not None and not edge.receipts.troubled(receipt) else END
    following = upstream_url or then
    found = (frame_url(party.client, edge.settings.issuer, party.sid) for party in parties)
    frames = tuple(url for url in found if url is not None)
    if not frames:
        return edge.go(following)
    # A browser runs what it finds in a link where it only follows a redirect: nothing but addresses go into this one.
    safe = following if following.startswith("/") or target(following) else END
    return edge.render("web/logout_frames.html", frames=frames, following=safe)
