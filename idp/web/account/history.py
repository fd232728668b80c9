"""The history of sign-ins, and « Ce n'était pas moi » (N-100)."""

from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.members.report import Reported
from idp.services.sessions import Session
from idp.services.sign_in_history import Entry
from idp.web.account import gate, notices, sign_in_words
from idp.web.http import Edge

PATH: Final = "/compte/historique"
DONE: Final = "/compte/protege"

_SECURED: Final = "secured"
_SUSPENDED: Final = "secured_suspended"
"""What the last page says: the account is secured, and where the sign-in was an upstream's, its link suspended."""


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/historique: one page of it; `page` is its number."""
    asked = request.args.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 1
    found = edge.history.page(session, number)
    if edge.devices.waiting(session):
        edge.devices.acknowledge(session)
    return edge.render(
        "account/history.html",
        here="history",
        entries=[row(edge, entry) for entry in found.entries],
        newer=found.number - 1,
        older=found.number + 1 if found.older else 0,
        kept_days=edge.settings.account.history // 86400,
    )


@gate.signed_in
def question(edge: Edge, session: Session, entry_id: str) -> AnyResponse:
    """GET /compte/historique/<entry>/signaler: what will happen, before it does."""
    entry = edge.history.entry(session, entry_id)
    return edge.go(PATH) if entry is None else _ask(edge, session, entry)


@gate.signed_in
def report(edge: Edge, session: Session, entry_id: str) -> AnyResponse:
    """POST /compte/historique/<entry>/signaler: secure the account; this session ends with all the others."""
    entry = edge.history.entry(session, entry_id)
    if entry is None:
        return edge.go(PATH)
    if not edge.check_csrf(gate.purpose(session, f"signaler:{entry.id}")):
        return _ask(edge, session, entry)
    reported = Reported(
        entry=entry.id,
        sign_in_id=entry.id[1:] if entry.opened else "",
        provider=entry.provider,
        doubted_since=_doubted_since(edge, session, entry),
        network=edge.network(),
        reference=edge.reference(),
    )
    # Refused only where the account was secured, or its password changed, a moment before: this session is over too.
    edge.reports.disown(session.account_id, session.epoch, reported)
    edge.front.sessions.end(session)
    by_upstream = entry.opened and entry.provider in edge.upstreams
    response = edge.go(notices.last(edge, DONE, _SUSPENDED if by_upstream else _SECURED))
    edge.clear_session(response)
    return response


def done(edge: Edge) -> AnyResponse:
    """GET /compte/protege: what the member does now, in the browser that reported: nobody is signed in any more."""
    suspended = notices.holds(edge, _SUSPENDED)
    if not suspended and not notices.holds(edge, _SECURED):
        return edge.go(gate.ROOT)
    return edge.render("account/secured.html", suspended=suspended)


def row(edge: Edge, entry: Entry) -> dict[str, object]:
    """Return an entry as the pages show it."""
    client = edge.front.find_client(entry.client_id) if entry.client_id else None
    return {
        "id": entry.id,
        "opened": entry.opened,
        "live": entry.outcome == "live",
        "here": entry.here,
        "new_device": entry.new_device,
        "disowned": entry.disowned,
        "at": moments.moment(entry.at, edge.language()),
        "ended": moments.moment(entry.ended_at, edge.language()) if entry.ended_at is not None else "",
        "outcome": sign_in_words.outcome(entry),
        "device": sign_in_words.device(entry.browser, entry.system) if entry.opened else "",
        "network": entry.network,
        "method": sign_in_words.method(entry.provider, entry.amr),
        "level": sign_in_words.level(entry.acr),
        "service": client.name if client is not None else "",
    }


def _doubted_since(edge: Edge, session: Session, entry: Entry) -> int | None:
    """Return from when on the second step is doubted: from the sign-in on, but not before an old proof of this session.

    A member whom an intruder's factor keeps out has proved nothing since it was added.
    """
    if not entry.opened:
        return None
    recent = edge.front.fresh(session, edge.settings.account.fresh_for)
    return entry.at if recent else max(entry.at, session.auth_time)


def _ask(edge: Edge, session: Session, entry: Entry) -> AnyResponse:
    doubted = edge.reports.doubted(session.account_id, _doubted_since(edge, session, entry))
    return edge.render(
        "account/report.html",
        here="history",
        entry=row(edge, entry),
        action=f"{PATH}/{entry.id}/signaler",
        csrf=edge.csrf(gate.purpose(session, f"signaler:{entry.id}")),
        harmless=not entry.opened and entry.reason not in sign_in_words.RIGHT_SECRET,
        by_upstream=entry.opened and entry.provider in edge.upstreams,
        factors=[one.label for one in doubted.factors],
        codes=doubted.codes,
    )
