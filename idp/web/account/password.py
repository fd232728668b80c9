"""The password: changed with the present one; a provisional one where there is none to change (N-093, N-096)."""

from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.members.passwords import Busy
from idp.services.sessions import Session, handle_of, new_cookie
from idp.web.account import gate, notices
from idp.web.captcha import judged, widget
from idp.web.forms_account import OwnPasswordForm
from idp.web.http import Edge
from idp.web.i18n import mark as _

PATH: Final = "/compte/mot-de-passe"
_FORM: Final = "mot-de-passe"
_ACTION: Final = "own-password"
"""What the captcha of this page is for: it tries passwords too (N-096)."""

TOO_LONG: Final = _("La page a été ouverte trop longtemps. Veuillez recommencer.")
_BUSY: Final = _("Beaucoup de personnes se connectent en ce moment. Veuillez réessayer dans un instant.")


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/mot-de-passe."""
    return _show(edge, session, OwnPasswordForm())


@gate.signed_in
def submit(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/mot-de-passe: change it; this session goes on under a new name, every other one ends."""
    form = OwnPasswordForm.parse(request.form)
    if not edge.check_csrf(gate.purpose(session, _FORM)):
        return _show(edge, session, form.failed(TOO_LONG))
    form = judged(edge, form, _ACTION)
    if form.errors:
        return _show(edge, session, form)
    cookie = new_cookie()
    try:
        done = edge.own.password.change(
            session.account_id,
            session.epoch,
            form.present,
            form.password,
            edge.network(),
            sid=session.sid,
            handle=session.handle,
            new_handle=handle_of(cookie),
        )
    except Busy as busy:
        shown = _show(edge, session, form.failed(_BUSY), status=503)
        shown.headers["Retry-After"] = str(busy.retry_after)
        return shown
    if done.refusal in {"gone", "none", "retired"}:
        return edge.go(PATH)
    if done.refusal is not None:
        return _show(edge, session, form.refused(done.refusal), delay=done.retry_after)
    renewed = edge.front.sessions.renew(session, cookie, done.epoch)
    if renewed is None:
        return edge.go(PATH)
    response = notices.then(edge, renewed, PATH, "password")
    edge.set_session(response, cookie)
    return response


@gate.signed_in
def provisional(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/mot-de-passe/provisoire: on to the delivery page, whose number is known already."""
    account = edge.own.look(session.account_id)
    if account is None or not edge.check_csrf(gate.purpose(session, _FORM)):
        return edge.go(PATH)
    return edge.go(edge.reset_url(account.situation, account.dossier, ""))


def _show(edge: Edge, session: Session, form: OwnPasswordForm, *, delay: int = 0, status: int = 200) -> AnyResponse:
    account = edge.own.look(session.account_id)
    if account is None:
        return edge.go("/connexion")
    changed = account.password_changed_at
    return edge.render(
        "account/password.html",
        status=status,
        here="password",
        notice=notices.of(edge, session),
        form=form,
        state=account.password,
        changed_on=moments.day(changed, edge.language()) if changed else "",
        dossier=account.dossier,
        minimum=edge.own.password.minimum,
        delay_seconds=delay,
        csrf=edge.csrf(gate.purpose(session, _FORM)),
        captcha=widget(edge, _ACTION),
        captcha_error=form.errors.get("captcha", ""),
    )
