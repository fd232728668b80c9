"""The doctor's page: an application's checkup, and its test sign-in step by step."""

from typing import Final

from flask import abort
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.doctor import Examination, Step
from idp.admin.acts.refusals import UnknownError
from idp.admin.console import doctor_words, usage
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.relying import HOME
from idp.protocol.client import Client
from idp.protocol.client_words import entrance
from idp.protocol.redirect_uri import origin
from idp.services.checkup import Finding
from idp.web.i18n import mark as _

PATH: Final = f"{HOME}/diagnostic"
_HERE: Final = "applications"

_FINDINGS: Final = {
    "good": ("done", _("Bon")),
    "warning": ("warning", _("À voir")),
    "bad": ("warning", _("À corriger")),
}
_STEPS: Final = {
    "done": ("done", _("Fait")),
    "refused": ("warning", _("Refusé")),
    "waiting": ("none", _("Attendu")),
}


def page(console: Console, visit: Visit, client_id: str) -> AnyResponse:
    """GET /administration/diagnostic/<client_id>: the button, and what is known since the examination began."""
    return _show(console, visit, client_id)


def examine(console: Console, visit: Visit, client_id: str) -> AnyResponse:
    """POST /administration/diagnostic/<client_id>: check the application now, and begin to watch it."""
    if not console.check_csrf(visit, "doctor"):
        return _show(console, visit, client_id, TOO_LONG_OPEN)
    try:
        console.acts.doctor.examine(visit.actor, client_id)
    except UnknownError:
        abort(404)
    return console.edge.go(f"{PATH}/{client_id}")


def _show(console: Console, visit: Visit, client_id: str, wrong: str = "") -> AnyResponse:
    try:
        client = console.acts.doctor.client(visit.actor, client_id)
    except UnknownError:
        abort(404)
    found = console.acts.doctor.watch(visit.actor, client_id)
    return console.render(
        visit,
        "admin/doctor.html",
        _HERE,
        one={"id": client.client_id, "name": client.name, "path": f"{PATH}/{client.client_id}"},
        begin=_begin(console, client),
        found=None if found is None else _found(console, found),
        wrong=wrong,
        csrf=console.csrf(visit, "doctor"),
    )


def _begin(console: Console, client: Client) -> str:
    """Return where a test sign-in begins, where the application says it; only ever an http address."""
    address = entrance(client, console.edge.settings.issuer) or ""
    return address if origin(address) else ""


def _found(console: Console, found: Examination) -> dict[str, object]:
    language = console.edge.language()
    return {
        "since": moments.moment(found.started_at, language),
        "healthy": found.healthy,
        "findings": [_finding(one) for one in found.findings],
        "steps": [_step(one, language) for one in found.steps],
        "faults": [usage.fault_row(one, language) for one in found.faults],
    }


def _finding(one: Finding) -> dict[str, object]:
    return {
        "title": doctor_words.CHECKS[one.check],
        "state": _FINDINGS[one.state],
        "what": doctor_words.sentence(one),
        "fact": doctor_words.fact(one),
        "check": one.check,
    }


def _step(one: Step, language: str) -> dict[str, object]:
    return {
        "name": one.name,
        "title": doctor_words.STEPS[one.name],
        "state": _STEPS[one.state],
        "at": "" if one.at is None else moments.moment(one.at, language),
    }
