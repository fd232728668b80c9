"""The contact address: seen, changed after a fresh sign-in, confirmed by its link, given up (N-119, N-124)."""

from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.members.own_email import Outcome
from idp.services.sessions import Session
from idp.web.account import gate, notices
from idp.web.account.password import TOO_LONG
from idp.web.forms_account import EmailForm
from idp.web.http import Edge

PATH: Final = "/compte/adresse-e-mail"
_DAY: Final = 86400


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/adresse-e-mail."""
    return _show(edge, session, EmailForm())


@gate.signed_in
def follow_up(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/adresse-e-mail: send the link again, or give the new address up; neither changes the account."""
    if not edge.check_csrf(gate.purpose(session, "adresse-e-mail")):
        return edge.go(PATH)
    if request.form.get("action") == "cancel":
        edge.own.email.cancel(session.account_id, edge.network())
        return notices.then(edge, session, PATH, "cancelled")
    return _answer(edge, session, edge.own.email.again(session.account_id, edge.network()))


@gate.fresh
def change(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/adresse-e-mail/changer."""
    return _ask(edge, session, EmailForm())


@gate.fresh
def submit(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/adresse-e-mail/changer: send a link to the new address."""
    form = EmailForm.parse(request.form)
    if not edge.check_csrf(gate.purpose(session, "changer-adresse")):
        return _ask(edge, session, form.failed(TOO_LONG))
    if form.address is None:
        return _ask(edge, session, form)
    outcome = edge.own.email.ask(session.account_id, form.address, edge.network())
    return _ask(edge, session, form.too_often()) if outcome == "often" else _answer(edge, session, outcome)


def _answer(edge: Edge, session: Session, outcome: Outcome) -> AnyResponse:
    if outcome == "often":
        return _show(edge, session, EmailForm().too_often())
    return edge.go(PATH) if outcome == "none" else notices.then(edge, session, PATH, outcome)


def _show(edge: Edge, session: Session, form: EmailForm) -> AnyResponse:
    account = edge.own.look(session.account_id)
    if account is None:
        return edge.go("/connexion")
    email, language = account.email, edge.language()
    return edge.render(
        "account/email.html",
        here="email",
        notice=notices.of(edge, session),
        form=form,
        email=email,
        pending_until=moments.moment(email.pending_until, language),
        rests_until=moments.day(email.rests_until, language) if email.rests_until else "",
        rest_days=edge.settings.activation.contact_rest // _DAY,
        csrf=edge.csrf(gate.purpose(session, "adresse-e-mail")),
    )


def _ask(edge: Edge, session: Session, form: EmailForm) -> AnyResponse:
    account = edge.own.look(session.account_id)
    if account is None:
        return edge.go("/connexion")
    return edge.render(
        "account/email_change.html",
        here="email",
        form=form,
        email=account.email,
        rest_days=edge.settings.activation.contact_rest // _DAY,
        csrf=edge.csrf(gate.purpose(session, "changer-adresse")),
    )
