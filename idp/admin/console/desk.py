"""What the console's views are given: the edge, the acts, and who is there."""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from itertools import chain
from typing import Any, Final

from flask import abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.actor import Actor, ForbiddenError, ProposedError, StaleSignInError
from idp.admin.acts.house import Acts
from idp.admin.acts.own import OwnAccess
from idp.admin.console import nav
from idp.admin.console.arrival import Arrivals
from idp.admin.console.relying import HOME, Relying, register
from idp.admin.console.sessions import ConsoleSession, ConsoleSessions, Outlived
from idp.admin.roles import ACTS, Role
from idp.admin.welcome import Welcome
from idp.clock import Clock
from idp.members.tickets import Tickets
from idp.parts import Parts
from idp.protocol.messages import Reply, Request
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.store.administrators import Administrator
from idp.web.http import Edge

log = logging.getLogger("idp.console")

COOKIE: Final = "console"
DRAFTS: Final = 3600
"""Seconds for which what somebody typed waits behind a sign-in."""
PROPOSALS: Final = f"{HOME}/propositions"
"""Where an act leads that waits for a second person."""


@dataclass(frozen=True, slots=True)
class Visit:
    """An administrator at the console, in one request."""

    session: ConsoleSession
    administrator: Administrator
    actor: Actor


@dataclass(frozen=True, slots=True)
class Console:
    """The collaborators of the views, wired once at start."""

    edge: Edge
    welcome: Welcome
    arrivals: Arrivals
    sessions: ConsoleSessions
    relying: Relying
    acts: Acts
    own: OwnAccess
    drafts: Tickets
    trail: AuditLog
    clock: Clock

    @classmethod
    def over(cls, house: Parts, edge: Edge, acts: Acts, token: Callable[[Request], Reply]) -> "Console":
        """Return the console over the provider's parts; `token` is the token endpoint."""
        welcome = Welcome(
            house.store,
            house.kv,
            house.sealer,
            house.passwords,
            house.factors.enrolment,
            minimum=house.settings.passwords.minimum_length,
            clock=house.clock,
            trail=house.audit,
        )
        relying = Relying(
            issuer=house.settings.issuer,
            secret=_secret(house),
            kv=house.kv,
            seal=house.sealer,
            token=token,
            ring=house.ring,
            store=house.store,
            clock=house.clock,
        )
        sessions = ConsoleSessions(house.kv, house.store, house.clock)
        arrivals = Arrivals(edge, welcome, house.store, house.kv, house.sealer, house.audit)
        own = OwnAccess(house.factors.enrolment, house.clock)
        drafts = Tickets(house.kv, house.sealer, "console-draft", DRAFTS)
        return cls(edge, welcome, arrivals, sessions, relying, acts, own, drafts, house.audit, house.clock)

    def visit(self) -> Visit | None:
        """Return who is at the console in the request being answered, or None.

        Raises:
            Outlived: somebody who was there till the provider's session of this browser ended; once.
        """
        found = self.sessions.get(request.cookies.get(self.edge.cookie(COOKIE)))
        if found is None:
            return None
        session, administrator = found
        actor = Actor(
            id=administrator.account_id,
            roles=frozenset(Role(role) for role in administrator.roles),
            door="console",
            auth_time=session.auth_time,
            network=self.edge.network(),
            reference=self.edge.reference(),
        )
        return Visit(session, administrator, actor)

    def csrf(self, visit: Visit, form: str) -> str:
        """Return an anti-forgery token for one form of one session."""
        return self.edge.csrf(_purpose(visit, form))

    def check_csrf(self, visit: Visit, form: str) -> bool:
        """Whether the POST being answered is this session's own form."""
        return self.edge.check_csrf(_purpose(visit, form))

    def may(self, visit: Visit, act: str) -> bool:
        """Whether a page offers an act: the visitor's roles open it. The act itself asks again."""
        return ACTS[act].open_to(visit.actor.roles)

    def render(self, visit: Visit, template: str, here: str, *, status: int = 200, **context: Any) -> AnyResponse:
        """Render a page in the console's frame: the menu of what these roles open, and the way out."""
        return self.edge.render(
            template,
            status=status,
            here=here,
            menu=nav.menu(visit.actor.roles),
            who=visit.administrator,
            leave_csrf=self.csrf(visit, "leave"),
            **context,
        )


def register_console(house: Parts) -> None:
    """Register the console as an application; its ID tokens are signed with the quick algorithm where there is it."""
    known = house.settings.keys.algorithms
    algorithm = "ES256" if "ES256" in known else known[0]
    register(house.clients, house.settings.issuer, algorithm, _secret(house))


def _secret(house: Parts) -> str:
    """Return the console's secret at the token endpoint: the same on every node, and in no file."""
    return house.secret.derive(b"console").hex()


View = Callable[..., AnyResponse]


def guarded(console: Console, view: View, act: str) -> View:
    """Return a view that only an administrator sees whose roles open its act; an empty act is anybody's of them.

    The acts ask again what is asked here: this guard is for pages that only show the form of an act, and to say each
    refusal once, plainly.
    """

    @wraps(view)
    def answer(**arguments: Any) -> AnyResponse:
        if _unkeepable(arguments):
            abort(404)
        try:
            visit = console.visit()
        except Outlived:
            if console.edge.live_session() is not None:
                # A member has signed in here meanwhile.
                return console.edge.render("admin/displaced.html", status=403, back=_back())
            visit = None
        if visit is None:
            return console.edge.go(console.relying.begin(_back(), console.edge.browser_id()))
        try:
            if act:
                visit.actor.permit(act, console.clock())
            return view(console, visit, **arguments)
        except ProposedError as waits:
            return console.edge.go(f"{PROPOSALS}/{waits.proposal}")
        except ForbiddenError as refusal:
            return _forbidden(console, visit, refusal)
        except StaleSignInError:
            return console.edge.go(console.relying.begin(_back(), console.edge.browser_id(), fresh=True))

    return answer


def _forbidden(console: Console, visit: Visit, refusal: ForbiddenError) -> AnyResponse:
    facts = {"act": refusal.act.name, **visit.actor.facts()}
    console.trail("act_refused", account_id=visit.actor.id, outcome="forbidden", **facts)
    role = nav.ROLES[refusal.act.role]
    return console.render(visit, "admin/forbidden.html", "", status=403, role=role.title)


def _unkeepable(places: Mapping[str, object]) -> bool:
    """Whether an address names what PostgreSQL refuses to look for: a NUL, or a number beyond its own.

    Fields of a form are each form's to read: one of them raises how much may be sent first.
    """
    sent = (*places.values(), *chain(*request.args.listvalues()))
    return any("\x00" in one if isinstance(one, str) else isinstance(one, int) and one >> 31 for one in sent)


def _back() -> str:
    """Return the path of the page to come back to: every form is sent to the address of the page that shows it.

    A form that comes too late is asked for again: its page, not its content, waits behind the sign-in.
    """
    path = request.path if request.path == HOME or request.path.startswith(f"{HOME}/") else HOME
    query = request.query_string.decode("ascii", "ignore")
    return f"{path}?{query}" if query and request.method == "GET" else path


def _purpose(visit: Visit, form: str) -> str:
    return f"console:{visit.session.handle}:{form}"
