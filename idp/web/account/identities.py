"""The identities from elsewhere: seen by whoever is signed in, tied and untied after a fresh sign-in (N-093)."""

from typing import Final

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.members.own_identities import OwnIdentity
from idp.services.sessions import Session
from idp.upstream import Member
from idp.web.account import gate, notices
from idp.web.http import Edge
from idp.web.i18n import mark as _

PATH: Final = "/compte/identites"
_UNTIE: Final = "delier"

_METHODS: Final = {
    "auto": _("Automatiquement, votre identité correspondant exactement à votre dossier"),
    "proof": _("Par vous, après vérification de votre dossier"),
    "account": _("Par vous, depuis votre compte"),
    "desk": _("Par la CARPIMKO, après vérification"),
}


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/identites."""
    return edge.render(
        "account/identities.html",
        here="identities",
        notice=notices.of(edge, session),
        identities=[_shown(edge, one) for one in edge.identities.all(session.account_id)],
    )


@gate.fresh
def tie(edge: Edge, session: Session, provider: str) -> AnyResponse:
    """GET /compte/identites/<provider>/relier: what linking changes, and the upstream's own button."""
    found = edge.identities.one(session.account_id, provider)
    if found is None:
        raise NotFound
    if found.identity is not None:
        return edge.go(PATH)
    member = Member(session.account_id, session.sid)
    shown = _shown(edge, found)
    if shown["available"]:
        shown["start_url"] = found.upstream.link_path(edge.browser_id(), member)
    return edge.render("account/identity_tie.html", here="identities", upstream=shown)


@gate.fresh
def untie(edge: Edge, session: Session, provider: str) -> AnyResponse:
    """GET /compte/identites/<provider>/delier: what unlinking changes, or why it cannot be done yet."""
    found = edge.identities.one(session.account_id, provider)
    if found is None:
        raise NotFound
    if found.identity is None:
        return edge.go(PATH)
    return edge.render(
        "account/identity_untie.html",
        here="identities",
        upstream=_shown(edge, found),
        possible=edge.identities.another_way(session.account_id, provider),
        csrf=edge.csrf(gate.purpose(session, _UNTIE)),
    )


@gate.fresh
def untie_confirmed(edge: Edge, session: Session, provider: str) -> AnyResponse:
    """POST /compte/identites/<provider>/delier."""
    if not edge.check_csrf(gate.purpose(session, _UNTIE)):
        return edge.go(f"{PATH}/{provider}/{_UNTIE}" if provider in edge.upstreams else PATH)
    outcome = edge.identities.untie(session.account_id, provider, edge.devices.ending_others(session))
    if outcome == "last_way":
        return edge.go(f"{PATH}/{provider}/{_UNTIE}")
    return notices.then(edge, session, PATH, "unlinked") if outcome == "done" else edge.go(PATH)


def _shown(edge: Edge, one: OwnIdentity) -> dict[str, object]:
    upstream, identity, language = one.upstream, one.identity, edge.language()
    return {
        "name": upstream.name,
        "label": upstream.label,
        "linked": identity is not None,
        "since": moments.day(identity.linked_at, language) if identity else "",
        "used": moments.moment(one.used_at, language) if one.used_at else "",
        "method": _METHODS[identity.method] if identity else "",
        "available": upstream.outage() is None,
    }
