"""What a member shares with third parties' applications: seen, and taken back (N-016)."""

from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.services.consents import Agreement
from idp.services.sessions import Session
from idp.web.account import gate, notices
from idp.web.consent import scope_words
from idp.web.http import Edge

PATH: Final = "/compte/autorisations"
_FORM: Final = "autorisations"


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/autorisations."""
    return edge.render(
        "account/consents.html",
        here="consents",
        notice=notices.of(edge, session),
        agreements=[_row(edge, one) for one in edge.consents.list(session.account_id)],
        csrf=edge.csrf(gate.purpose(session, _FORM)),
    )


@gate.signed_in
def withdraw(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/autorisations: take one agreement back; its tokens are revoked with it."""
    if not edge.check_csrf(gate.purpose(session, _FORM)):
        return edge.go(PATH)
    edge.consents.withdraw(session.account_id, request.form.get("client_id", ""))
    return notices.then(edge, session, PATH, "withdrawn")


def _row(edge: Edge, agreement: Agreement) -> dict[str, object]:
    words = scope_words()
    return {
        "client_id": agreement.client_id,
        "name": agreement.name,
        "shared": [words[scope]["title"] for scope in sorted(agreement.scope) if scope in words],
        "since": moments.day(agreement.granted_at, edge.language()),
    }
