"""The language of the messages, kept on the account; and of the pages, kept in this browser."""

from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.services.sessions import Session
from idp.web.account import gate, notices
from idp.web.cookies import LANGUAGES
from idp.web.http import Edge

PATH: Final = "/compte/langue"


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/langue."""
    account = edge.own.look(session.account_id)
    if account is None:
        return edge.go("/connexion")
    return edge.render(
        "account/language.html",
        here="language",
        notice=notices.of(edge, session),
        languages=LANGUAGES,
        chosen=account.language,
        csrf=edge.csrf(gate.purpose(session, "langue")),
    )


@gate.signed_in
def submit(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/langue: the page that follows is in the language, and so is every page after it."""
    chosen = request.form.get("language", "")
    if not edge.check_csrf(gate.purpose(session, "langue")) or chosen not in {"fr", "en"}:
        return edge.go(PATH)
    edge.own.speak(session.account_id, "en" if chosen == "en" else "fr")
    return notices.then(edge, session, f"{PATH}?lang={chosen}", "language")
