"""Who may open an account page: a signed-in member; for identities, contacts and factors, one who just proved it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.services.sessions import Session
from idp.web import forms
from idp.web.http import Edge

P = ParamSpec("P")

Page = Callable[Concatenate[Edge, Session, P], AnyResponse]
View = Callable[Concatenate[Edge, P], AnyResponse]

ROOT: Final = "/compte"


def signed_in(page: Page[P]) -> View[P]:
    """Give a page the live session; without one, ask for a sign-in and come back."""
    return _guarded(page, fresh=False)


def fresh(page: Page[P]) -> View[P]:
    """Give a page a session whose sign-in is recent (`account.fresh_for`); else ask for one and come back (N-093)."""
    return _guarded(page, fresh=True)


def purpose(session: Session, form: str) -> str:
    """Return the purpose of an anti-forgery token: one form, one session."""
    return forms.account_purpose(session.sid, form)


def _guarded(page: Page[P], *, fresh: bool) -> View[P]:
    @wraps(page)
    def view(edge: Edge, /, *args: P.args, **kwargs: P.kwargs) -> AnyResponse:
        session = edge.live_session()
        within = edge.settings.account.fresh_for if fresh else 0
        if session is not None and (not within or edge.front.fresh(session, within)):
            return page(edge, session, *args, **kwargs)
        # A form that comes too late is asked for again: its page, not its content, waits behind the sign-in.
        visit = edge.front.interactions.visit(edge.browser_id(), request.path, within)
        return edge.go(f"/connexion/{visit.id}")

    return view
