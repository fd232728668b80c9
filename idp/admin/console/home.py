"""The console's own pages: coming in, the overview, going out."""

from contextlib import suppress

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.console import nav
from idp.admin.console.desk import COOKIE, Console, Visit
from idp.admin.console.relying import HOME
from idp.admin.console.sessions import Outlived
from idp.admin.roles import ACTS
from idp.store.administrators import Administrator

LEFT = f"{HOME}/fin"
_COUNTED = 100
"""Cases that the overview counts; the desk shows them all."""


def arrive(console: Console) -> AnyResponse:
    """GET /administration/retour: what the provider says of a sign-in that the console asked for."""
    edge = console.edge
    arrival = console.relying.finish(edge.parameters(), edge.browser_id(), edge.network(), edge.reference())
    if arrival is None:
        return edge.render("admin/not_arrived.html", status=400)
    with suppress(Outlived):
        before = console.sessions.get(request.cookies.get(edge.cookie(COOKIE)))
        if before is not None:
            console.sessions.end(before[0])
    cookie = console.sessions.start(arrival.administrator, arrival.sid, arrival.auth_time)
    response = edge.go(arrival.then)
    edge.set_cookie(response, COOKIE, cookie)
    return response


def overview(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration: who I am, what I may do, what waits for me."""
    language = console.edge.language()
    own = console.own.show(visit.actor)
    roles = visit.actor.roles
    may_list = ACTS["admins.list"].open_to(roles)
    waiting = [one for one in console.acts.admins.list(visit.actor) if _waits(one, console.clock())] if may_list else []
    return console.render(
        visit,
        "admin/overview.html",
        "overview",
        roles=[words for role, words in nav.ROLES.items() if role in visit.actor.roles],
        signed_in=moments.moment(visit.session.auth_time, language),
        codes_left=own.known.codes_left,
        few=own.few,
        factors=len(own.known.factors),
        waiting=waiting,
        cases=len(console.acts.cases.list(visit.actor, limit=_COUNTED)) if ACTS["cases.list"].open_to(roles) else 0,
        proposals=len(console.acts.proposals.list(visit.actor)) if ACTS["proposals.list"].open_to(roles) else 0,
        letters=_to_print(console, visit) if ACTS["letters.status"].open_to(roles) else 0,
        dashboard=ACTS["dashboard.read"].open_to(roles),
    )


def leave(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/deconnexion: end the console's session and the provider's behind it."""
    edge = console.edge
    if not console.check_csrf(visit, "leave"):
        return edge.go(HOME)
    behind = edge.live_session(staff=True)
    if behind is not None and behind.account_id == visit.administrator.account_id:
        edge.sign_out.end(behind)
    console.sessions.leave(visit.session)
    response = edge.go(LEFT)
    edge.clear_cookie(response, COOKIE)
    edge.clear_session(response)
    return response


def left(console: Console) -> AnyResponse:
    """GET /administration/fin: it is over, and how to come back."""
    return console.edge.render("admin/left.html")


def _waits(one: Administrator, now: int) -> bool:
    """Whether an invitation was made and not taken, and still can be."""
    return one.enabled and one.invited_until is not None and one.invited_until > now


def _to_print(console: Console, visit: Visit) -> int:
    return console.acts.desk.letters.status(visit.actor).queue.waiting
