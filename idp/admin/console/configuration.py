"""Configuration as code: how far the database is from the last file, a file compared and applied, those before it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.configuration import Applied, StoppedError
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.configuration import toml
from idp.admin.configuration.difference import Difference, Plan
from idp.admin.configuration.document import FaultyError
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.forms_configuration import FileForm
from idp.admin.console.relying import HOME
from idp.admin.roles import ACTS
from idp.store.configurations import Configuration
from idp.web.i18n import mark as _

PATH: Final = f"{HOME}/configuration"
_HERE: Final = "configuration"
_LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a form with a file: who sends one has the role and has just signed in."""

_KINDS: Final = {
    "clients": _("Application"),
    "administrators": _("Administrateur"),
    "upstreams": _("Fournisseur d’identité"),
}
_CHANGES: Final = {
    "create": ("done", _("À créer")),
    "change": ("warning", _("À modifier")),
    "disable": ("warning", _("À désactiver")),
}
_KEPT: Final = {"applied": _("Appliqué"), "found": _("Trouvé avant")}
_CHANGED: Final = _("Ce qui changerait n’est plus ce qui a été montré. Regardez les différences de nouveau.")


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/configuration: what differs from the file that was applied last, and the files kept."""
    acts = console.acts.configuration
    drift = acts.drift(visit.actor)
    return console.render(
        visit,
        "admin/configuration.html",
        _HERE,
        last=None if drift.last is None else _row(console, visit, drift.last),
        plan=None if drift.plan is None else _plan(drift.plan),
        faults=drift.faults,
        versions=[_row(console, visit, one) for one in acts.versions(visit.actor)],
        acts=ACTS["config.apply"].open_to(visit.actor.roles),
    )


def export(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/configuration/export: what the database holds, as a file."""
    return _file(console.acts.configuration.export(visit.actor), "configuration")


def version(console: Console, visit: Visit, number: int) -> AnyResponse:
    """GET /administration/configuration/versions/<number>: a file that is kept."""
    return _file(_kept(console, visit, number).text, f"configuration-{number}")


def apply_page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/configuration/appliquer: where a file is given; with `?version=`, one that is kept."""
    number = request.args.get("version", "")
    if not number:
        return _form(console, visit, FileForm())
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        abort(404)
    return _compare(console, visit, FileForm(_kept(console, visit, int(number)).text))


def apply(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/configuration/appliquer: first what would change, then, agreed to, the change itself."""
    request.max_content_length = request.max_form_memory_size = _LARGEST
    form = FileForm.parse(request.form, request.files)
    if not console.check_csrf(visit, _HERE):
        return _form(console, visit, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _form(console, visit, form)
    if not form.agreed:
        return _compare(console, visit, form)
    try:
        applied = console.acts.configuration.apply(visit.actor, form.text, prune=form.prune, seen=form.agreed)
    except FaultyError as error:
        return _form(console, visit, form, error)
    except ConflictError:
        return _compare(console, visit, form.failed(_CHANGED))
    except StoppedError as stopped:
        # What was made has its secrets in this answer or nowhere.
        return _done(console, visit, stopped.applied, str(stopped))
    except RefusedError as refusal:
        return _compare(console, visit, form, str(refusal))
    return _done(console, visit, applied)


def _form(console: Console, visit: Visit, form: FileForm, error: FaultyError | None = None) -> AnyResponse:
    return console.render(
        visit,
        "admin/configuration_file.html",
        _HERE,
        form=form,
        faults=() if error is None else error.faults,
        action=f"{PATH}/appliquer",
        csrf=console.csrf(visit, _HERE),
    )


def _compare(console: Console, visit: Visit, form: FileForm, refused: str = "") -> AnyResponse:
    try:
        plan = console.acts.configuration.diff(visit.actor, form.text, prune=form.prune)
    except FaultyError as error:
        return _form(console, visit, form, error)
    return console.render(
        visit,
        "admin/configuration_plan.html",
        _HERE,
        form=form,
        plan=_plan(plan),
        digest=plan.digest,
        refused=refused,
        action=f"{PATH}/appliquer",
        csrf=console.csrf(visit, _HERE),
    )


def _done(console: Console, visit: Visit, applied: Applied, stopped: str = "") -> AnyResponse:
    return console.render(
        visit,
        "admin/configuration_applied.html",
        _HERE,
        number=applied.number,
        plan=_plan(applied.plan),
        secrets=list(applied.secrets.items()),
        stopped=stopped,
    )


def _file(text: str, name: str) -> AnyResponse:
    file = Response(text, content_type="application/toml; charset=utf-8")
    file.headers["Content-Disposition"] = f'attachment; filename="{name}.toml"'
    return file


def _kept(console: Console, visit: Visit, number: int) -> Configuration:
    try:
        return console.acts.configuration.version(visit.actor, number)
    except UnknownError:
        abort(404)


def _plan(plan: Plan) -> Mapping[str, Any]:
    return {"differences": [_difference(one) for one in plan.differences], "unnamed": plan.unnamed}


def _difference(one: Difference) -> Mapping[str, Any]:
    members: Sequence[tuple[str, str, str]] = [
        (member.name, _value(member.before), _value(member.after)) for member in one.members
    ]
    return {"kind": _KINDS[one.kind], "name": one.name, "change": _CHANGES[one.change], "members": members}


def _value(value: Any) -> str:
    """Return a value as the file has it; empty for a default."""
    return "" if value is None else toml.written(value)


def _row(console: Console, visit: Visit, one: Configuration) -> Mapping[str, Any]:
    # Logins are for those who may list administrators, as whoever sees this page may.
    names = {known.account_id: known.login for known in console.acts.admins.list(visit.actor)} if one.actor else {}
    return {
        "number": one.number,
        "kind": _KEPT[one.kind],
        "at": moments.moment(one.kept_at, console.edge.language()),
        "by": names.get(one.actor, one.actor),
        "digest": one.digest[:12],
        "href": f"{PATH}/versions/{one.number}",
        "again": f"{PATH}/appliquer?version={one.number}",
    }
