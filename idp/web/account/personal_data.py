"""What is kept of a member, why and for how long; and a copy of all of it, as a file (GDPR articles 13, 15 and 20)."""

from datetime import UTC, datetime
from typing import Final, Literal

from flask import make_response
from werkzeug.wrappers import Response as AnyResponse

from idp.services.sessions import Session
from idp.web.account import gate
from idp.web.http import Edge

PATH: Final = "/compte/donnees"
_YEAR: Final = 365
_FEW_DAYS: Final = 60


def span(seconds: int) -> tuple[Literal["day", "month", "year"], int]:
    """Return in which unit a time of keeping is told, and how many of it: never less than it is.

    Whole years from two on, days below two months; a year is twelve months.
    """
    days = -(-seconds // 86400)
    if days < _FEW_DAYS:
        return "day", days
    if days >= 2 * _YEAR and days % _YEAR == 0:
        return "year", days // _YEAR
    return "month", -(-12 * days // _YEAR)


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/donnees."""
    return edge.render(
        "account/personal_data.html",
        here="data",
        history=span(edge.settings.account.history),
        security=span(edge.settings.audit.keep),
        csrf=edge.csrf(gate.purpose(session, "donnees")),
    )


@gate.fresh
def download(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/donnees: the copy. After a sign-in the browser comes back to the page, not into the file."""
    if not edge.check_csrf(gate.purpose(session, "donnees")):
        return edge.go(PATH)
    response = make_response(edge.own.data.copy(session.account_id, edge.network()))
    today = datetime.fromtimestamp(edge.front.clock(), UTC).date().isoformat()
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="mes-donnees-carpimko-{today}.json"'
    return response
