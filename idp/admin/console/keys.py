"""The signing keys: every key, which applications have read the newest, and a rotation without waiting."""

from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.keys import KeysNow, KeyState, ReaderState
from idp.admin.acts.refusals import RefusedError
from idp.admin.console.desk import PROPOSALS, Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.forms_keys import CROWDED, NOT_KEPT, UNDER_WAY, EmergencyForm, RotationForm
from idp.admin.console.relying import HOME
from idp.admin.roles import ACTS
from idp.web.i18n import mark as _

PATH: Final = f"{HOME}/cles"
_HERE: Final = "keys"

_STATES: Final = {
    "next": ("none", _("Prochaine")),
    "active": ("done", _("En service")),
    "retired": ("none", _("Retirée")),
}
_OVERDUE: Final = ("warning", _("En service, en retard"))
_NEXT_STEPS: Final = {
    "next": _("mise en service le %(when)s"),
    "active": _("renouvelée le %(when)s"),
    "retired": _("supprimée le %(when)s"),
}
_YES: Final = ("done", _("Oui"))
_PERHAPS: Final = ("none", _("Probablement"))
_NO: Final = ("warning", _("Non"))
_USES: Final = {"sig": _("Signature"), "enc": _("Chiffrement")}


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/cles: every key, and whether each application that calls has read the newest."""
    found = console.acts.keys.status(visit.actor)
    return console.render(
        visit,
        "admin/keys.html",
        _HERE,
        keys=[_row(console, one) for one in found.keys],
        newest=moments.moment(found.newest_at, console.edge.language()),
        readers=[_reader(console, one) for one in found.readers],
        stranded=found.stranded,
        resealed=all(one.key.kek_current for one in found.keys),
        acts=ACTS["keys.rotate"].open_to(visit.actor.roles),
    )


def rotate_page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/cles/renouveler: which algorithm, and what happens to whoever has not read the keys."""
    return _form(console, visit, RotationForm())


def rotate(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/cles/renouveler: the new key is published at once and signs shortly after."""
    form = RotationForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _form(console, visit, form.failed(TOO_LONG_OPEN))
    try:
        done = console.acts.keys.rotate(visit.actor, form.algorithm or None)
    except RefusedError:
        return _form(console, visit, form.failed(NOT_KEPT))
    if not done.changes:
        return _form(console, visit, form.failed(UNDER_WAY))
    return console.edge.go(PATH)


def emergency_page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/cles/urgence: whose keys, and what dies with them."""
    kept = tuple(_kept(console.acts.keys.status(visit.actor)))
    return _emergency(console, visit, EmergencyForm(algorithms=kept))


def prepare(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/cles/urgence: the plan becomes a proposal, and nothing is dropped yet."""
    form = EmergencyForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _emergency(console, visit, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _emergency(console, visit, form)
    try:
        made = console.acts.keys.prepare_emergency(visit.actor, form.algorithms, form.reason)
    except RefusedError as refusal:
        return _emergency(console, visit, form.failed(NOT_KEPT if refusal.member == "algorithms" else CROWDED))
    return console.edge.go(f"{PROPOSALS}/{made.proposal.id}")


def _emergency(console: Console, visit: Visit, form: EmergencyForm) -> AnyResponse:
    found = console.acts.keys.status(visit.actor)
    return console.render(
        visit,
        "admin/keys_emergency.html",
        _HERE,
        form=form,
        algorithms=sorted({one.key.algorithm for one in found.keys}),
        action=f"{PATH}/urgence",
        csrf=console.csrf(visit, _HERE),
    )


def _form(console: Console, visit: Visit, form: RotationForm) -> AnyResponse:
    found = console.acts.keys.status(visit.actor)
    return console.render(
        visit,
        "admin/keys_rotate.html",
        _HERE,
        form=form,
        algorithms=_kept(found),
        behind=found.behind,
        unsure=found.unsure,
        action=f"{PATH}/renouveler",
        csrf=console.csrf(visit, _HERE),
    )


def _kept(found: KeysNow) -> list[str]:
    return sorted({one.key.algorithm for one in found.keys if not one.key.withdrawn})


def _row(console: Console, one: KeyState) -> dict[str, object]:
    language, key = console.edge.language(), one.key
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "use": _USES[key.use],
        "state": _OVERDUE if key.overdue else _STATES[key.state],
        "withdrawn": key.withdrawn,
        "since": moments.moment(one.since, language),
        "step": _NEXT_STEPS[key.state],
        "until": moments.moment(one.until, language),
    }


def _reader(console: Console, one: ReaderState) -> dict[str, object]:
    language, read_at = console.edge.language(), one.reader.read_at
    return {
        "client_id": one.reader.client_id,
        "address": one.reader.address,
        "called": moments.moment(one.reader.called_at, language),
        "read": "" if read_at is None else moments.moment(read_at, language),
        "state": _YES if one.sure else _PERHAPS if one.has_newest else _NO,
        "applications": one.applications,
        "shared": one.has_newest and not one.sure,
    }
