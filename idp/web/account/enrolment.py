"""Adding a second factor: an application that shows codes, or a passkey."""

import json
from typing import Final

import segno
from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.members.factors.enrolment import Added, Refusal
from idp.services.sessions import Session
from idp.web.account import gate, notices
from idp.web.account.security import CODES, FORM, PATH
from idp.web.forms_factors import FactorForm
from idp.web.http import Edge
from idp.web.i18n import gettext
from idp.web.i18n import mark as _

APPLICATION: Final = f"{PATH}/application"
PASSKEY: Final = f"{PATH}/cle"

_TOO_LONG: Final = _("La page a été ouverte trop longtemps. Veuillez recommencer.")
_WRONG: Final = _(
    "Ce code n’est pas celui attendu. Saisissez le code affiché maintenant, et vérifiez que l’heure de votre téléphone "
    "est réglée automatiquement."
)
_REFUSED: Final = _("Cette clé d’accès n’a pas pu être enregistrée. Réessayez, ou choisissez une application.")
_APPLICATION_NAME: Final = _("Application sur mon téléphone")
_PASSKEY_NAME: Final = _("Clé d’accès")


@gate.fresh
def begin_application(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/securite/application: a new secret, which counts for nothing before its first code."""
    return edge.go(f"{APPLICATION}/{edge.factors.enrolment.begin_totp(session.account_id, edge.browser_id())}")


@gate.fresh
def application(edge: Edge, session: Session, ticket: str) -> AnyResponse:
    """GET /compte/securite/application/<ticket>: the QR code, and the secret for typing."""
    return _application(edge, session, ticket, FactorForm())


@gate.fresh
def add_application(edge: Edge, session: Session, ticket: str) -> AnyResponse:
    """POST /compte/securite/application/<ticket>: the first code makes it count."""
    form = FactorForm.parse(request.form)
    if not edge.check_csrf(gate.purpose(session, FORM)):
        return _application(edge, session, ticket, form.failed(_TOO_LONG))
    if form.errors:
        return _application(edge, session, ticket, form)
    added = edge.factors.enrolment.confirm_totp(
        ticket,
        session.account_id,
        edge.browser_id(),
        form.typed,
        form.label or gettext(_APPLICATION_NAME),
        edge.network(),
    )
    if added == "wrong":
        return _application(edge, session, ticket, form.wrong(_WRONG))
    return _after(edge, session, added)


@gate.fresh
def passkey(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/securite/cle: what a passkey is, and the button that makes one."""
    return _passkey(edge, session, FactorForm())


@gate.fresh
def add_passkey(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/securite/cle: keep the passkey that the browser has made."""
    form = FactorForm.parse(request.form)
    if not edge.check_csrf(gate.purpose(session, FORM)):
        return _passkey(edge, session, form.failed(_TOO_LONG))
    added = edge.factors.enrolment.add_passkey(
        form.typed, session.account_id, edge.browser_id(), form.label or gettext(_PASSKEY_NAME), edge.network()
    )
    if added == "refused":
        return _passkey(edge, session, form.failed(_REFUSED))
    return _after(edge, session, added)


def _after(edge: Edge, session: Session, added: Added | Refusal) -> AnyResponse:
    if not isinstance(added, Added):
        return notices.then(edge, session, PATH, "factors_full" if added == "many" else "factor_over")
    if added.codes:
        return edge.go(f"{CODES}/{added.codes}")
    return notices.then(edge, session, PATH, "factor_added")


def _application(edge: Edge, session: Session, ticket: str, form: FactorForm) -> AnyResponse:
    setup = edge.factors.enrolment.setup(ticket, session.account_id, edge.browser_id())
    if setup is None:
        return notices.then(edge, session, PATH, "factor_over")
    picture = segno.make(setup.address, micro=False, error="m").svg_inline(border=2, omitsize=True)
    return edge.render(
        "account/application.html",
        here="security",
        form=form,
        secret=setup.secret,
        picture=picture,
        action=f"{APPLICATION}/{ticket}",
        csrf=edge.csrf(gate.purpose(session, FORM)),
    )


def _passkey(edge: Edge, session: Session, form: FactorForm) -> AnyResponse:
    options = edge.factors.enrolment.passkey_options(session.account_id, edge.browser_id())
    return edge.render(
        "account/passkey.html",
        here="security",
        form=form,
        passkey=json.dumps(options),
        action=PASSKEY,
        csrf=edge.csrf(gate.purpose(session, FORM)),
    )
