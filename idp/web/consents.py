"""What a member shares with third parties' applications: seen, and taken back (N-016)."""

from datetime import UTC, datetime

from babel.dates import format_date
from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.services.consents import Agreement
from idp.services.sessions import Session
from idp.web.consent import scope_words
from idp.web.http import Edge


def page(edge: Edge) -> AnyResponse:
    """GET /autorisations."""
    session = edge.live_session()
    return edge.go("/connexion") if session is None else _show(edge, session)


def withdraw(edge: Edge) -> AnyResponse:
    """POST /autorisations: take one agreement back; its tokens are revoked with it."""
    session = edge.live_session()
    if session is None:
        return edge.go("/connexion")
    if edge.check_csrf(_purpose(session)):
        edge.consents.withdraw(session.account_id, request.form.get("client_id", ""))
    return edge.go("/autorisations")


def _purpose(session: Session) -> str:
    return f"autorisations:{session.sid}"


def _show(edge: Edge, session: Session) -> AnyResponse:
    return edge.render(
        "web/consents.html",
        agreements=[_row(edge, one) for one in edge.consents.list(session.account_id)],
        csrf=edge.csrf(_purpose(session)),
    )


def _row(edge: Edge, agreement: Agreement) -> dict[str, object]:
    words = scope_words()
    given = datetime.fromtimestamp(agreement.granted_at, UTC)
    return {
        "client_id": agreement.client_id,
        "name": agreement.name,
        "shared": [words[scope]["title"] for scope in sorted(agreement.scope) if scope in words],
        "since": format_date(given, "long", locale=edge.language()),
    }
