"""The pages of an invitation: who is invited, a password, a second factor, and the recovery codes, shown once."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

import segno
from flask import abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.acts.admins import digest_of
from idp.admin.console.desk import Console
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.relying import HOME
from idp.admin.welcome import Chosen, GoneError, Waiting
from idp.members.factors.enrolment import Refusal
from idp.members.passwords import Busy
from idp.store.administrators import Administrator
from idp.web.forms_activation import PasswordForm
from idp.web.forms_factors import FactorForm
from idp.web.i18n import gettext
from idp.web.i18n import mark as _

P = ParamSpec("P")
View = Callable[Concatenate[Console, P], AnyResponse]

PATH: Final = "/administration/invitation"
WELCOME: Final = "/administration/bienvenue"

_BUSY: Final = _("Beaucoup de personnes se connectent en ce moment. Veuillez réessayer dans un instant.")
REFUSED: Final = _("Cette clé d’accès n’a pas pu être enregistrée. Réessayez, ou choisissez une application.")
WRONG: Final = _(
    "Ce code n’est pas celui attendu. Saisissez le code affiché maintenant, et vérifiez que l’heure de votre téléphone "
    "est réglée automatiquement."
)
NAMES: Final = {"code": _("Application sur mon téléphone"), "credential": _("Clé d’accès")}
"""How the first second factor of each kind is called."""


def _while_it_lasts(view: View[P]) -> View[P]:
    """Say plainly that an invitation is over, wherever that is noticed."""

    @wraps(view)
    def guarded(console: Console, /, *args: P.args, **kwargs: P.kwargs) -> AnyResponse:
        try:
            return view(console, *args, **kwargs)
        except GoneError:
            return console.edge.render("admin/invitation_over.html", status=410)

    return guarded


@_while_it_lasts
def page(console: Console, token: str) -> AnyResponse:
    """GET /administration/invitation/<token>: who is invited, and the password to choose; as often as it is opened."""
    return _password(console, token, _invited(console, token), PasswordForm())


@_while_it_lasts
def choose(console: Console, token: str) -> AnyResponse:
    """POST /administration/invitation/<token>: on to the second factor; nothing is written yet."""
    edge, known = console.edge, _invited(console, token)
    form = PasswordForm.parse({name: request.form.get(name, "") for name in ("password", "confirmation")})
    if not edge.check_csrf(PATH):
        return _password(console, token, known, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _password(console, token, known, form)
    try:
        chosen = console.welcome.choose(token, form.password, edge.browser_id())
    except Busy:
        busy = _password(console, token, known, form.failed(_BUSY), status=503)
        busy.headers["Retry-After"] = "5"
        return busy
    if not isinstance(chosen, Chosen):
        return _password(console, token, known, form.refused(chosen))
    return edge.go(f"{WELCOME}/{chosen.ticket}")


@_while_it_lasts
def by_upstream(console: Console, token: str, provider: str) -> AnyResponse:
    """POST /administration/invitation/<token>/<provider>: out to an upstream, whose answer takes the invitation."""
    edge, known = console.edge, _invited(console, token)
    if provider not in {one.name for one in console.arrivals.offered()}:
        abort(404)
    if not edge.check_csrf(PATH):
        return _password(console, token, known, PasswordForm().failed(TOO_LONG_OPEN))
    response = edge.go(console.relying.begin(HOME, edge.browser_id(), fresh=True))
    return console.arrivals.begin(response, digest_of(token), provider)


@_while_it_lasts
def factor_page(console: Console, ticket: str) -> AnyResponse:
    """GET /administration/bienvenue/<ticket>: an application or a passkey."""
    waiting = _waiting(console, ticket)
    if waiting.codes:
        return console.edge.go(f"{WELCOME}/{ticket}/codes")
    return _factor(console, ticket, waiting, FactorForm())


@_while_it_lasts
def add_factor(console: Console, ticket: str) -> AnyResponse:
    """POST /administration/bienvenue/<ticket>: the first code or the passkey makes everything count, at once."""
    edge, waiting = console.edge, _waiting(console, ticket)
    form = FactorForm.parse(request.form)
    if waiting.codes:
        return edge.go(f"{WELCOME}/{ticket}/codes")
    if not edge.check_csrf(_purpose(ticket)):
        return _factor(console, ticket, waiting, form.failed(TOO_LONG_OPEN))
    if form.errors or form.way not in {"code", "credential"}:
        return _factor(console, ticket, waiting, form)
    refusal = _add(console, ticket, waiting, form)
    if refusal is None:
        return edge.go(f"{WELCOME}/{ticket}/codes")
    return _factor(console, ticket, waiting, form.wrong(WRONG) if form.way == "code" else form.failed(REFUSED))


@_while_it_lasts
def codes_page(console: Console, ticket: str) -> AnyResponse:
    """GET /administration/bienvenue/<ticket>/codes: the recovery codes, on show for some minutes in this browser."""
    edge = console.edge
    codes = console.welcome.codes(_waiting(console, ticket), edge.browser_id())
    if codes is None:
        raise GoneError
    csrf = edge.csrf(_purpose(ticket))
    return edge.render("admin/welcome_codes.html", codes=codes, action=f"{WELCOME}/{ticket}/codes", csrf=csrf)


@_while_it_lasts
def codes_kept(console: Console, ticket: str) -> AnyResponse:
    """POST /administration/bienvenue/<ticket>/codes: they are kept; on to the console, which asks for a sign-in."""
    waiting = _waiting(console, ticket)
    if not console.edge.check_csrf(_purpose(ticket)):
        return console.edge.go(f"{WELCOME}/{ticket}/codes")
    console.welcome.kept(ticket, waiting)
    return console.edge.go("/administration")


def _add(console: Console, ticket: str, waiting: Waiting, form: FactorForm) -> Refusal | None:
    edge = console.edge
    add = console.welcome.by_code if form.way == "code" else console.welcome.by_passkey
    return add(ticket, waiting, edge.browser_id(), form.typed, gettext(NAMES[form.way]), edge.network())


def _invited(console: Console, token: str) -> Administrator:
    known = console.welcome.invited(token)
    if known is None:
        raise GoneError
    return known


def _waiting(console: Console, ticket: str) -> Waiting:
    found = console.welcome.waiting(ticket, console.edge.browser_id())
    if found is None:
        raise GoneError
    return found


def _purpose(ticket: str) -> str:
    return f"{WELCOME}:{ticket}"


def _password(
    console: Console, token: str, known: Administrator, form: PasswordForm, *, status: int = 200
) -> AnyResponse:
    edge = console.edge
    return edge.render(
        "admin/invitation.html",
        status=status,
        form=form,
        action=f"{PATH}/{token}",
        csrf=edge.csrf(PATH),
        name=known.name,
        login=known.login,
        minimum=console.welcome.minimum,
        upstreams=[{"name": one.name, "label": one.label} for one in console.arrivals.offered()],
    )


def _factor(console: Console, ticket: str, waiting: Waiting, form: FactorForm) -> AnyResponse:
    edge = console.edge
    setup = console.welcome.setup(ticket, waiting, edge.browser_id())
    picture = segno.make(setup.address, micro=False, error="m").svg_inline(border=2, omitsize=True)
    return edge.render(
        "admin/welcome_factor.html",
        form=form,
        secret=setup.secret,
        picture=picture,
        passkey=json.dumps(console.welcome.passkey_options(waiting, edge.browser_id())),
        action=f"{WELCOME}/{ticket}",
        csrf=edge.csrf(_purpose(ticket)),
    )
