"""« Mon accès »: the administrator's own second factors and recovery codes, each change after a fresh sign-in."""

import json
from typing import Final

import segno
from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.invitation import NAMES, REFUSED, WRONG
from idp.admin.console.relying import HOME
from idp.members.factors.enrolment import Added, Refusal, label_of
from idp.web.account.security import row
from idp.web.forms_factors import FactorForm
from idp.web.i18n import gettext
from idp.web.i18n import mark as _

PATH: Final = f"{HOME}/mon-acces"
CODES: Final = f"{PATH}/codes"
APPLICATION: Final = f"{PATH}/application"
PASSKEY: Final = f"{PATH}/cle"
_HERE: Final = "own"

_KEY: Final = NAMES["credential"]

_DONE: Final = {
    "ajoute": ("success", _("Le second moyen est ajouté.")),
    "retire": ("success", _("Le second moyen est retiré.")),
    "renomme": ("success", _("Le nom est changé.")),
    "codes": ("success", _("Vos anciens codes de secours ne valent plus rien : utilisez les nouveaux.")),
    "plein": ("warning", _("Vous avez autant de moyens qu’un compte peut en avoir.")),
    "passe": ("warning", _("La page n’était plus valable : recommencez.")),
    "dernier": ("warning", _("C’est votre dernier moyen : ajoutez-en un autre avant de le retirer.")),
}
"""What the page says of the step before, by its `fait` parameter."""


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/mon-acces: what there is."""
    ways = console.own.show(visit.actor)
    return console.render(
        visit,
        "admin/own.html",
        _HERE,
        factors=[row(console.edge, one) for one in ways.known.factors],
        codes_left=ways.known.codes_left,
        codes_made=ways.known.codes_made,
        few=ways.few,
        full=ways.full,
        done=_DONE.get(request.args.get("fait", "")),
    )


def factor_page(console: Console, visit: Visit, factor: str) -> AnyResponse:
    """GET /administration/mon-acces/moyen/<factor>: one second factor, to name or to remove."""
    visit.actor.prove(console.clock())
    ways = console.own.show(visit.actor)
    mine = next((one for one in ways.known.factors if one.id == factor), None)
    if mine is None:
        return console.edge.go(PATH)
    return console.render(
        visit,
        "admin/own_factor.html",
        _HERE,
        factor=row(console.edge, mine),
        last=ways.last,
        action=f"{PATH}/moyen/{mine.id}",
        csrf=console.csrf(visit, _HERE),
    )


def change_factor(console: Console, visit: Visit, factor: str) -> AnyResponse:
    """POST /administration/mon-acces/moyen/<factor>: another name, or its end, unless it is the last."""
    if not console.check_csrf(visit, _HERE):
        return console.edge.go(PATH)
    if request.form.get("do") == "rename":
        label = label_of(request.form.get("label", ""))
        renamed = bool(label) and console.own.rename(visit.actor, factor, label)
        return console.edge.go(f"{PATH}?fait=renomme" if renamed else PATH)
    if request.form.get("do") != "remove":
        return console.edge.go(PATH)
    removed = console.own.remove(visit.actor, factor)
    return console.edge.go(f"{PATH}?fait={'retire' if removed else 'dernier'}")


def begin_application(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/mon-acces/application: a new secret, which counts for nothing before its first code."""
    ticket = console.own.begin_application(visit.actor, console.edge.browser_id())
    return console.edge.go(f"{APPLICATION}/{ticket}")


def application(console: Console, visit: Visit, ticket: str) -> AnyResponse:
    """GET /administration/mon-acces/application/<ticket>: the QR code, and the secret for typing."""
    return _application(console, visit, ticket, FactorForm())


def add_application(console: Console, visit: Visit, ticket: str) -> AnyResponse:
    """POST /administration/mon-acces/application/<ticket>: the first code makes it count."""
    form = FactorForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _application(console, visit, ticket, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _application(console, visit, ticket, form)
    name = form.label or gettext(NAMES[form.way])
    added = console.own.add_application(visit.actor, ticket, console.edge.browser_id(), form.typed, name)
    if added == "wrong":
        return _application(console, visit, ticket, form.wrong(WRONG))
    return _after(console, added)


def passkey(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/mon-acces/cle: the button that makes a passkey."""
    return _passkey(console, visit, FactorForm())


def add_passkey(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/mon-acces/cle: keep the passkey that the browser has made."""
    form = FactorForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _passkey(console, visit, form.failed(TOO_LONG_OPEN))
    name = form.label or gettext(_KEY)
    added = console.own.add_passkey(visit.actor, form.typed, console.edge.browser_id(), name)
    if added == "refused":
        return _passkey(console, visit, form.failed(REFUSED))
    return _after(console, added)


def codes_page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/mon-acces/codes: how many recovery codes are left, and new ones for the asking."""
    visit.actor.prove(console.clock())
    left = console.own.show(visit.actor).known.codes_left
    csrf = console.csrf(visit, _HERE)
    return console.render(visit, "admin/own_codes.html", _HERE, codes=None, codes_left=left, action=CODES, csrf=csrf)


def renew_codes(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/mon-acces/codes: new recovery codes; the old ones are worth nothing from now on."""
    if not console.check_csrf(visit, _HERE):
        return console.edge.go(CODES)
    ticket = console.own.renew_codes(visit.actor, console.edge.browser_id())
    return console.edge.go(PATH if ticket is None else f"{CODES}/{ticket}")


def new_codes(console: Console, visit: Visit, ticket: str) -> AnyResponse:
    """GET /administration/mon-acces/codes/<ticket>: the new codes, on show for some minutes in this browser."""
    codes = console.own.codes(visit.actor, ticket, console.edge.browser_id())
    if codes is None:
        return console.edge.go(f"{PATH}?fait=passe")
    action, csrf = f"{CODES}/{ticket}", console.csrf(visit, _HERE)
    return console.render(visit, "admin/own_codes.html", _HERE, codes=codes, codes_left=0, action=action, csrf=csrf)


def codes_kept(console: Console, visit: Visit, ticket: str) -> AnyResponse:
    """POST /administration/mon-acces/codes/<ticket>: they are kept, and shown no more."""
    if not console.check_csrf(visit, _HERE):
        return console.edge.go(f"{CODES}/{ticket}")
    console.own.codes_kept(ticket)
    return console.edge.go(f"{PATH}?fait=codes")


def _after(console: Console, added: Added | Refusal) -> AnyResponse:
    if not isinstance(added, Added):
        return console.edge.go(f"{PATH}?fait={'plein' if added == 'many' else 'passe'}")
    return console.edge.go(f"{CODES}/{added.codes}" if added.codes else f"{PATH}?fait=ajoute")


def _application(console: Console, visit: Visit, ticket: str, form: FactorForm) -> AnyResponse:
    setup = console.own.setup(visit.actor, ticket, console.edge.browser_id())
    if setup is None:
        return console.edge.go(f"{PATH}?fait=passe")
    return console.render(
        visit,
        "admin/own_application.html",
        _HERE,
        form=form,
        secret=setup.secret,
        picture=segno.make(setup.address, micro=False, error="m").svg_inline(border=2, omitsize=True),
        action=f"{APPLICATION}/{ticket}",
        csrf=console.csrf(visit, _HERE),
    )


def _passkey(console: Console, visit: Visit, form: FactorForm) -> AnyResponse:
    options = console.own.passkey_options(visit.actor, console.edge.browser_id())
    return console.render(
        visit,
        "admin/own_passkey.html",
        _HERE,
        form=form,
        passkey=json.dumps(options),
        action=PASSKEY,
        csrf=console.csrf(visit, _HERE),
    )
