"""Relying applications: the list with its search, and one with everything that is registered of it."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from flask import abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.refusals import UnknownError
from idp.admin.acts.usage import Glance
from idp.admin.console import usage
from idp.admin.console.client_values import members
from idp.admin.console.desk import Console, Visit
from idp.admin.console.relying import HOME
from idp.admin.registration.document import administers
from idp.admin.registration.snippets import Snippet, snippets
from idp.admin.roles import ACTS
from idp.protocol.client import Client, ClientSecret
from idp.protocol.client_notes import DAYS
from idp.protocol.scope_slips import slips
from idp.web.i18n import mark as _

HERE: Final = "applications"
PATH: Final = f"{HOME}/applications"

_ENABLED: Final = ("done", _("Active"))
_DISABLED: Final = ("none", _("Désactivée"))
_WITH_SECRET: Final = ("client_secret_basic", "client_secret_post")
_KINDS: Final = {
    "staff": _("du personnel"),
    "first_party": _("de la caisse"),
    "registered_dynamically": _("enregistrée par elle-même"),
}


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/applications: all, or those that a search finds."""
    search = request.args.get("recherche", "").strip()[:128]
    applications = console.acts.clients.list(visit.actor, search)
    glances = console.acts.usage.glances(visit.actor, [one.client_id for one in applications])
    language = console.edge.language()
    found = [_row(one) | _glance(glances[one.client_id], language) for one in applications]
    return console.render(
        visit,
        "admin/applications.html",
        HERE,
        applications=found,
        search=search,
        may=console.may(visit, "clients.create"),
        looks_up=console.may(visit, "clients.refused"),
        days=DAYS,
    )


def show(console: Console, visit: Visit, client_id: str) -> AnyResponse:
    """GET /administration/applications/<client_id>: what is registered; of secrets when they were made, no more."""
    try:
        client = console.acts.clients.show(visit.actor, client_id)
    except UnknownError:
        abort(404)
    language = console.edge.language()
    return console.render(
        visit,
        "admin/application.html",
        HERE,
        one=_row(client),
        path=path_of(client_id),
        may=may_change(console, visit, "clients.update", client),
        stops=console.may(visit, "clients.disable") and not client.staff,
        changed=request.args.get("fait") == "modifiee",
        secret=client.token_endpoint_auth_method in _WITH_SECRET,
        copied=bool(snippet_rows(console, client)),
        description=client.description,
        secrets=[_secret(one, language) for one in client.secrets],
        members=members(client),
        slips=slips(client.scopes),
        usage=usage.panel(console, visit, client_id),
        doctor=ACTS["clients.doctor"].open_to(visit.actor.roles),
    )


def integration(console: Console, visit: Visit, client_id: str) -> AnyResponse:
    """GET /administration/applications/<client_id>/integration: what a developer copies, library by library."""
    try:
        client = console.acts.clients.show(visit.actor, client_id)
    except UnknownError:
        abort(404)
    return console.render(
        visit,
        "admin/client_integration.html",
        HERE,
        name=client.name,
        client_id=client_id,
        path=path_of(client_id),
        issuer=console.edge.settings.issuer,
        snippets=snippet_rows(console, client),
    )


def path_of(client_id: str) -> str:
    """Return the path of an application's page."""
    return f"{PATH}/{quote(client_id, safe='')}"


def may_change(console: Console, visit: Visit, act: str, client: Client) -> bool:
    """Whether a page offers an act on an application: one that may administer is the security role's to change."""
    by_role = console.may(visit, act) and (not administers(client) or console.may(visit, "clients.administer"))
    return by_role and not client.staff


def snippet_rows(console: Console, client: Client) -> Sequence[Snippet]:
    """Return what a developer copies to set an application up."""
    return snippets(client, console.edge.settings.issuer)


def _row(client: Client) -> dict[str, object]:
    return {
        "id": client.client_id,
        "name": client.name,
        "enabled": client.enabled,
        "state": _ENABLED if client.enabled else _DISABLED,
        "kinds": [words for member, words in _KINDS.items() if getattr(client, member)],
        "authentication": client.token_endpoint_auth_method,
        "redirect_uris": client.redirect_uris,
    }


def _glance(glance: Glance, language: str) -> dict[str, object]:
    last = "" if glance.last_used is None else moments.moment(glance.last_used, language)
    return {"last_used": last, "never_used": glance.never_used, "refused": glance.refused}


def _secret(secret: ClientSecret, language: str) -> dict[str, str]:
    ends = moments.moment(secret.expires_at, language) if secret.expires_at is not None else ""
    return {"created": moments.moment(secret.created_at, language), "ends": ends}
