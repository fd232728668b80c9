"""What is done to an application beside its registration: stopped, let go again, deleted, given a secret."""

from collections.abc import Mapping
from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.acts.refusals import RefusedError
from idp.admin.console.applications import HERE, PATH, path_of
from idp.admin.console.client_edit import known, secret_page
from idp.admin.console.client_words import said
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN, ReasonForm
from idp.web.i18n import mark as _

ACTS: Final = ("desactiver", "reactiver", "supprimer", "secret", "anciens-secrets")
"""The last part of each path."""

_DAY: Final = 86400
OVERLAPS: Final[Mapping[str, tuple[int, str]]] = {
    "7": (7 * _DAY, _("7 jours")),
    "30": (30 * _DAY, _("30 jours")),
    "1": (_DAY, _("1 jour")),
    "0": (0, _("Il cesse tout de suite")),
}
"""How long the present secret works beside the new one, by what the form sends."""


def act_page(console: Console, visit: Visit, client_id: str, act: str) -> AnyResponse:
    """GET /administration/applications/<client_id>/<act>: what it means, and the button."""
    return _page(console, visit, client_id, act, ReasonForm())


def do(console: Console, visit: Visit, client_id: str, act: str) -> AnyResponse:
    """POST /administration/applications/<client_id>/<act>: do it; a new secret is in this answer only."""
    form = ReasonForm.parse(request.form, needed=act == "supprimer")
    if not console.check_csrf(visit, HERE):
        return _page(console, visit, client_id, act, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _page(console, visit, client_id, act, form)
    acts, actor = console.acts.clients, visit.actor
    known(console, visit, client_id)
    try:
        if act == "secret":
            overlap, _words = OVERLAPS.get(request.form.get("overlap", ""), OVERLAPS["7"])
            version = request.form.get("version", "")
            seen = int(version) if version.isdecimal() and len(version) < 10 else 0
            made = acts.rotate_secret(actor, client_id, overlap, form.reason, version=seen)
            return secret_page(console, visit, made.kept, made.secret)
        if act == "supprimer":
            acts.delete(actor, client_id, form.reason)
            return console.edge.go(PATH)
        {"desactiver": acts.disable, "reactiver": acts.enable, "anciens-secrets": acts.end_older_secrets}[act](
            actor, client_id, form.reason
        )
    except RefusedError as refusal:
        return _page(console, visit, client_id, act, form.failed(said(refusal.code, 0)))
    return console.edge.go(path_of(client_id))


def _page(console: Console, visit: Visit, client_id: str, act: str, form: ReasonForm) -> AnyResponse:
    kept = known(console, visit, client_id)
    client = kept.client
    path = path_of(client_id)
    return console.render(
        visit,
        "admin/client_act.html",
        HERE,
        form=form,
        name=client.name,
        client_id=client_id,
        act=act,
        path=path,
        overlaps=[(value, words) for value, (_seconds, words) in OVERLAPS.items()],
        held=len(client.secrets),
        version=kept.version,
        action=f"{path}/{act}",
        csrf=console.csrf(visit, HERE),
    )
