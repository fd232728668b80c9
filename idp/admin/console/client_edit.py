"""An application is registered and changed: the choice of a kind, the forms, and the one page that shows a secret."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.actor import StaleSignInError
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.console.applications import HERE, path_of, snippet_rows
from idp.admin.console.client_fields import KINDS, LOCALIZED, SCOPES, Group, all_groups, groups_of, told
from idp.admin.console.client_form import ClientForm
from idp.admin.console.client_values import change
from idp.admin.console.client_words import said, together
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.relying import HOME
from idp.admin.registration.document import written
from idp.admin.registration.kinds import MEMBER_SCOPES, METHODS, Kind
from idp.protocol.scope_slips import slips
from idp.store.clients import KeptClient
from idp.web.i18n import Filled

NEW: Final = f"{HOME}/nouvelle-application"
_DRAFT: Final = "saisie"
"""Names in an address what was typed before a sign-in that was asked for again."""


def new(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/nouvelle-application: which kind, then the form of one."""
    kind = _kind(request.args.get("type", ""))
    if kind is None:
        return console.render(visit, "admin/client_kinds.html", HERE, kinds=KINDS, path=NEW)
    begins: dict[str, Any] = {"token_endpoint_auth_method": METHODS[kind][0], "first_party": True}
    if kind != "machine":
        begins["scope"] = " ".join(MEMBER_SCOPES)
    return _new(console, visit, kind, ClientForm.of(begins, groups_of(kind)))


def create(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/nouvelle-application: register; the secret is in this answer only."""
    kind = _kind(request.form.get("type", ""))
    if kind is None:
        return console.edge.go(NEW)
    form = ClientForm.parse(request.form, groups_of(kind))
    if not console.check_csrf(visit, HERE):
        return _new(console, visit, kind, form.failed(TOO_LONG_OPEN))
    document, acts = dict(form.document), console.acts.clients
    client_id = document.pop("client_id") or ""
    if form.errors:
        return _new(console, visit, kind, _refused(form, *acts.faults(visit.actor, client_id, kind, document)))
    try:
        made = acts.create(visit.actor, client_id, kind, document, form.reason)
    except RefusedError as refusal:
        return _new(console, visit, kind, _refused(form, refusal, *refusal.also))
    return secret_page(console, visit, made.kept, made.secret, new=True, logo=made.logo)


def edit(console: Console, visit: Visit, client_id: str) -> AnyResponse:
    """GET /administration/applications/<client_id>/modifier: the form of everything that is registered, or a draft."""
    kept = known(console, visit, client_id)
    draft = _draft(console, visit, client_id)
    if draft is not None:
        return _edit(console, visit, kept, ClientForm.parse(draft, _groups(kept)), back=True)
    return _edit(console, visit, kept, ClientForm.of(written(kept.client), _groups(kept), kept.version))


def update(console: Console, visit: Visit, client_id: str) -> AnyResponse:
    """POST /administration/applications/<client_id>/modifier: change it, unless somebody was first.

    Where the sign-in is too old for what changes, another one leads back to the form as it was typed.
    """
    kept = known(console, visit, client_id)
    form = ClientForm.parse(request.form, _groups(kept))
    if not console.check_csrf(visit, HERE):
        return _edit(console, visit, kept, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _edit(console, visit, kept, form)
    gone = {name: None for name in written(kept.client) if "#" in name and LOCALIZED in request.form}
    try:
        console.acts.clients.update(
            visit.actor, client_id, gone | dict(form.document), version=form.version, reason=form.reason
        )
    except ConflictError as refusal:
        now = known(console, visit, client_id)
        since = _since(console, visit, client_id, form.version)
        return _edit(console, visit, now, _refused(form, refusal).seen(now.version), since)
    except RefusedError as refusal:
        return _edit(console, visit, kept, _refused(form, refusal, *refusal.also))
    except StaleSignInError:
        back = f"{path_of(client_id)}/modifier?{_DRAFT}={_keep_draft(console, visit, client_id)}"
        return console.edge.go(console.relying.begin(back, console.edge.browser_id(), fresh=True))
    return console.edge.go(f"{path_of(client_id)}?fait=modifiee")


def secret_page(
    console: Console, visit: Visit, kept: KeptClient, secret: str | None, *, new: bool = False, logo: bool = True
) -> AnyResponse:
    """Show a secret, once, and what is copied to set the application up."""
    return console.render(
        visit,
        "admin/client_secret.html",
        HERE,
        name=kept.client.name,
        client_id=kept.client.client_id,
        path=path_of(kept.client.client_id),
        secret=secret,
        new=new,
        logo=logo,
        issuer=console.edge.settings.issuer,
        slips=slips(kept.client.scopes),
        doctor=console.may(visit, "clients.doctor"),
        snippets=snippet_rows(console, kept.client) if new else (),
    )


def known(console: Console, visit: Visit, client_id: str) -> KeptClient:
    """Return an application; the page of what is not there where there is none."""
    try:
        return console.acts.clients.kept(visit.actor, client_id)
    except UnknownError:
        abort(404)


def _keep_draft(console: Console, visit: Visit, client_id: str) -> str:
    """Keep the form that was sent, sealed, for whoever sent it; return its ticket."""
    fields = [[name, value] for name, value in request.form.items(multi=True) if name != "csrf"]
    facts = {"client": client_id, "who": visit.actor.id, "fields": fields}
    return console.drafts.issue(facts, console.edge.browser_id())


def _draft(console: Console, visit: Visit, client_id: str) -> MultiDict[str, str] | None:
    """Return the form that this person had sent of this application; None where the address names none."""
    ticket = request.args.get(_DRAFT, "")
    found = console.drafts.read(ticket, console.edge.browser_id()) if ticket else None
    if found is None or (found["client"], found["who"]) != (client_id, visit.actor.id):
        return None
    return MultiDict([(name, value) for name, value in found["fields"]])


def _kind(text: str) -> Kind | None:
    return next((kind for kind, _name, _what in KINDS if kind == text), None)


def _refused(form: ClientForm, *refusals: RefusedError) -> ClientForm:
    found: dict[str, list[Filled]] = {}
    for one in refusals:
        found.setdefault(one.member, []).append(said(one.code, one.position, one.value, one.member))
    for member, messages in found.items():
        form = form.refused(member, together(messages))
    return form


def _since(console: Console, visit: Visit, client_id: str, version: int) -> Sequence[Mapping[str, Any]]:
    """Return what somebody else changed since a version, as far as there is one to compare with."""
    try:
        return [change(one) for one in console.acts.client_history.compare(visit.actor, client_id, version)]
    except UnknownError:
        return ()


def _new(console: Console, visit: Visit, kind: Kind, form: ClientForm) -> AnyResponse:
    title = next(name for one, name, _what in KINDS if one == kind)
    groups, members = groups_of(kind), kind != "machine"
    return _page(
        console, visit, "admin/client_new.html", form, groups, members=members, kind=kind, title=title, action=NEW
    )


def _edit(
    console: Console,
    visit: Visit,
    kept: KeptClient,
    form: ClientForm,
    since: Sequence[Mapping[str, Any]] = (),
    *,
    back: bool = False,
) -> AnyResponse:
    path = path_of(kept.client.client_id)
    return _page(
        console,
        visit,
        "admin/client_edit.html",
        form,
        _groups(kept),
        members=bool(kept.client.response_types),
        own=True,
        name=kept.client.name,
        path=path,
        action=f"{path}/modifier",
        since=since,
        back=back,
    )


def _groups(kept: KeptClient) -> Sequence[Group]:
    return all_groups(members=bool(kept.client.response_types))


def _page(
    console: Console,
    visit: Visit,
    template: str,
    form: ClientForm,
    groups: Sequence[Group],
    *,
    members: bool,
    **context: Any,
) -> AnyResponse:
    offered = console.acts.clients.offered(visit.actor)
    options = {
        one.name: one.options if isinstance(one.options, tuple) else offered.values(one.options)
        for group in groups
        for one in group.fields
        if one.form == "choice"
    }
    return console.render(
        visit,
        template,
        HERE,
        form=form,
        groups=told(groups, offered, members=members),
        options=options,
        scopes=SCOPES,
        csrf=console.csrf(visit, HERE),
        **context,
    )
