"""Administrators: the list, one of them, and the acts, each with a page that shows its form and takes it."""

from typing import Final
from urllib.parse import urlencode

from flask import abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.admins import Invitation
from idp.admin.acts.refusals import RefusedError
from idp.admin.console import nav
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import REFUSALS, TOO_LONG_OPEN, AdministratorForm
from idp.admin.console.relying import HOME
from idp.store.administrators import Administrator
from idp.web.i18n import mark as _

PATH: Final = f"{HOME}/administrateurs"
_HERE: Final = "administrators"
_SHOWN: Final = 50
_LONGEST: Final = 128
"""Characters of a login."""

_ENABLED: Final = ("done", _("Actif"))
_DISABLED: Final = ("none", _("Désactivé"))
_INVITED: Final = ("warning", _("Invité"))
_OVER: Final = ("warning", _("Invitation expirée"))


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/administrateurs: everybody, by login, in pages."""
    after = request.args.get("apres", "")[:_LONGEST]
    found = console.acts.admins.page(visit.actor, after, _SHOWN + 1)
    shown = found[:_SHOWN]
    return console.render(
        visit,
        "admin/administrators.html",
        _HERE,
        administrators=[_row(console, one) for one in shown],
        may=console.may(visit, "admins.create"),
        first=PATH if after else "",
        later=f"{PATH}?{urlencode({'apres': shown[-1].login})}" if len(found) > _SHOWN else "",
    )


def show(console: Console, visit: Visit, account: str) -> AnyResponse:
    """GET /administration/administrateurs/<account>: one administrator, and what may be done."""
    known = _known(console, visit, account)
    may = console.may(visit, "admins.change_roles")
    row = _row(console, known)
    return console.render(visit, "admin/administrator.html", _HERE, one=row, path=_path(known), may=may)


def new(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/administrateurs/nouveau: the form."""
    return _form(console, visit, AdministratorForm())


def create(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/administrateurs/nouveau: add somebody; the invitation's link is in this answer only."""
    form = AdministratorForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _form(console, visit, form.failed(TOO_LONG_OPEN))
    try:
        invitation = console.acts.admins.create(visit.actor, form.login, form.name, form.chosen)
    except RefusedError as refusal:
        return _form(console, visit, form.refused(refusal, *refusal.also))
    return _invited(console, visit, invitation)


def act_page(console: Console, visit: Visit, account: str, act: str) -> AnyResponse:
    """GET /administration/administrateurs/<account>/<act>: the form of roles, of an invitation, or of shutting out."""
    known = _known(console, visit, account)
    return _act(console, visit, known, act, AdministratorForm(roles=known.roles))


def change_roles(console: Console, visit: Visit, account: str) -> AnyResponse:
    """POST /administration/administrateurs/<account>/roles."""
    return _do(console, visit, account, "roles")


def invite(console: Console, visit: Visit, account: str) -> AnyResponse:
    """POST /administration/administrateurs/<account>/inviter: another invitation; what the person had ends at once."""
    return _do(console, visit, account, "inviter")


def disable(console: Console, visit: Visit, account: str) -> AnyResponse:
    """POST /administration/administrateurs/<account>/desactiver: with a reason, kept on record."""
    return _do(console, visit, account, "desactiver")


_FIELDS: Final = {"roles": ("roles",), "inviter": (), "desactiver": ("reason",)}


def _do(console: Console, visit: Visit, account: str, act: str) -> AnyResponse:
    known = _known(console, visit, account)
    form = AdministratorForm.parse(request.form, *_FIELDS[act])
    if not console.check_csrf(visit, _HERE):
        return _act(console, visit, known, act, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _act(console, visit, known, act, form)
    try:
        if act == "inviter":
            return _invited(console, visit, console.acts.admins.invite(visit.actor, known.login))
        if act == "roles":
            console.acts.admins.change_roles(visit.actor, known.login, form.chosen)
        else:
            console.acts.admins.disable(visit.actor, known.login, form.reason)
    except RefusedError as refusal:
        return _act(console, visit, known, act, form.failed(REFUSALS[refusal.code]))
    return console.edge.go(_path(known))


def _known(console: Console, visit: Visit, account: str) -> Administrator:
    found = next((one for one in console.acts.admins.list(visit.actor) if one.account_id == account), None)
    return found if found is not None else abort(404)


def _path(known: Administrator) -> str:
    return f"{PATH}/{known.account_id}"


def _row(console: Console, one: Administrator) -> dict[str, object]:
    language, now = console.edge.language(), console.clock()
    if not one.enabled:
        state = _DISABLED
    elif one.ready:
        state = _ENABLED
    else:
        state = _INVITED if one.invited_until is not None and one.invited_until > now else _OVER
    return {
        "login": one.login,
        "name": one.name,
        "provider": one.provider,
        "href": _path(one),
        "roles": nav.titles(one.roles),
        "state": state,
        "enabled": one.enabled,
        "created": moments.moment(one.created_at, language),
        "disabled": moments.moment(one.disabled_at, language) if one.disabled_at else "",
        "invited_until": moments.moment(one.invited_until, language) if state is _INVITED and one.invited_until else "",
    }


def _form(console: Console, visit: Visit, form: AdministratorForm) -> AnyResponse:
    return console.render(
        visit,
        "admin/administrator_new.html",
        _HERE,
        form=form,
        all_roles=_roles(),
        action=f"{PATH}/nouveau",
        csrf=console.csrf(visit, _HERE),
    )


def _act(console: Console, visit: Visit, known: Administrator, act: str, form: AdministratorForm) -> AnyResponse:
    return console.render(
        visit,
        "admin/administrator_act.html",
        _HERE,
        one=_row(console, known),
        act=act,
        form=form,
        all_roles=_roles(),
        own=known.account_id == visit.administrator.account_id,
        action=f"{_path(known)}/{act}",
        csrf=console.csrf(visit, _HERE),
    )


def _invited(console: Console, visit: Visit, invitation: Invitation) -> AnyResponse:
    until = moments.moment(invitation.expires_at, console.edge.language())
    known = invitation.administrator
    return console.render(
        visit, "admin/invited.html", _HERE, url=invitation.url, until=until, one=_row(console, known), path=_path(known)
    )


def _roles() -> list[tuple[str, nav.RoleWords]]:
    return [(role.value, words) for role, words in nav.ROLES.items()]
