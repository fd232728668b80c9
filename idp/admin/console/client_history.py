"""What became of an application: its versions with what each changed, and the way back to one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.client_history import Version
from idp.admin.acts.refusals import RefusedError, UnknownError
from idp.admin.console.applications import HERE, may_change, path_of
from idp.admin.console.client_values import change
from idp.admin.console.client_words import said
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN, ReasonForm
from idp.admin.registration.differences import Difference, weighs
from idp.web.i18n import Filled, Message
from idp.web.i18n import mark as _

_ACTS: Final = {
    "create": _("Enregistrée"),
    "update": _("Modifiée"),
    "enable": _("Réactivée"),
    "disable": _("Désactivée"),
    "rotate_secret": _("Secret renouvelé"),
    "end_older_secrets": _("Anciens secrets terminés"),
    "roll_back": _("Version rétablie"),
    "": _("Hors de l’administration"),
}
_DOORS: Final = {
    "console": _("console"),
    "api": _("API"),
    "command": _("ligne de commande"),
    "": "",
}
_PAGE: Final = 20
_OF: Final = _("%(member)s : %(said)s")


def page(console: Console, visit: Visit, client_id: str) -> AnyResponse:
    """GET /administration/applications/<client_id>/historique: the versions, the newest first, in pages."""
    before = request.args.get("avant", "")
    below = int(before) if before.isdecimal() and 0 < len(before) < 10 else None
    try:
        found = console.acts.client_history.list(visit.actor, client_id, below, _PAGE)
        client = console.acts.clients.show(visit.actor, client_id)
    except UnknownError:
        abort(404)
    language = console.edge.language()
    return console.render(
        visit,
        "admin/client_history.html",
        HERE,
        name=client.name,
        path=path_of(client_id),
        versions=[_row(one, language) for one in found],
        may=may_change(console, visit, "clients.roll_back", client),
        newest=found[0].number if found and below is None else 0,
        older=found[-1].number if len(found) == _PAGE else 0,
    )


def roll_back_page(console: Console, visit: Visit, client_id: str, number: int) -> AnyResponse:
    """GET /administration/applications/<client_id>/historique/<number>: what would change, and the button.

    What asks for a recent sign-in asks before anything is typed.
    """
    if weighs(_differing(console, visit, client_id, number)):
        visit.actor.prove(console.clock())
    return _confirm(console, visit, client_id, number, ReasonForm())


def roll_back(console: Console, visit: Visit, client_id: str, number: int) -> AnyResponse:
    """POST /administration/applications/<client_id>/historique/<number>: go back to it, by today's rules."""
    form = ReasonForm.parse(request.form)
    if not console.check_csrf(visit, HERE):
        return _confirm(console, visit, client_id, number, form.failed(TOO_LONG_OPEN))
    version = request.form.get("version", "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else 0
    try:
        console.acts.client_history.roll_back(visit.actor, client_id, number, version=seen, reason=form.reason)
    except UnknownError:
        abort(404)
    except RefusedError as refusal:
        message = said(refusal.code, refusal.position, refusal.value, refusal.member)
        member = refusal.member if refusal.member not in {"number", "version", "client_id"} else ""
        return _confirm(console, visit, client_id, number, form.failed(_of(member, message) if member else message))
    return console.edge.go(f"{path_of(client_id)}/historique")


def _of(member: str, message: Message) -> Message:
    return Filled(_OF, {"member": member, "said": message if isinstance(message, Filled) else Filled(message)})


def _confirm(console: Console, visit: Visit, client_id: str, number: int, form: ReasonForm) -> AnyResponse:
    try:
        kept = console.acts.clients.kept(visit.actor, client_id)
        version = console.acts.client_history.show(visit.actor, client_id, number)
    except UnknownError:
        abort(404)
    # From today to then, which is what the button does.
    differing = _differing(console, visit, client_id, number)
    changes = [Difference(one.member, one.after, one.before) for one in differing]
    path = path_of(client_id)
    return console.render(
        visit,
        "admin/client_roll_back.html",
        HERE,
        form=form,
        name=kept.client.name,
        path=path,
        one=_row(version, console.edge.language()),
        changes=[change(one) for one in changes],
        seen=kept.version,
        action=f"{path}/historique/{number}",
        csrf=console.csrf(visit, HERE),
    )


def _differing(console: Console, visit: Visit, client_id: str, number: int) -> Sequence[Difference]:
    """Return what differs from a version to today; that lets no stopped application work again."""
    try:
        found = console.acts.client_history.compare(visit.actor, client_id, number)
    except UnknownError:
        abort(404)
    return [one for one in found if one.member != "enabled"]


def _row(one: Version, language: str) -> Mapping[str, Any]:
    return {
        "number": one.number,
        "act": _ACTS.get(one.act, one.act),
        "who": one.who,
        "door": _DOORS.get(one.door, one.door),
        "reason": one.reason,
        "made": moments.moment(one.made_at, language),
        "changes": [change(each) for each in one.changes],
    }
