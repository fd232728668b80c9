"""The record of security events: filtered, page by page; as a file; held against its chain."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.audit import Meant
from idp.admin.console import administrators, cases, delivery_words, event_details, outcomes, references
from idp.admin.console.desk import Console, Visit
from idp.admin.console.events import SUBJECTS, WORDS
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.forms_audit import AuditForm
from idp.admin.console.relying import HOME
from idp.services.audit_chain import Verified
from idp.store.audit import RecordedEvent

PATH: Final = f"{HOME}/journal"
_SHOWN: Final = 50
_ID: Final = 32
"""Characters of an account's id."""
_FORMS: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/journal: the events that fit, the newest first; who looks is on record too."""
    form = AuditForm.parse(request.args)
    below = request.args.get("avant", "")
    found, meant, refusal = None, {}, None
    if not form.errors:
        under = int(below) if below.isascii() and below.isdigit() and len(below) < 18 else None
        found = console.acts.audit.read(visit.actor, form.wanted(), below=under, limit=_SHOWN)
        if not found.events and form.reference:
            refusal = references.refusal(console, visit, form.reference)
        if not found.events and under is None:
            doubts = console.acts.audit.doubts(visit.actor, form.wanted())
            form, meant = form.doubted(doubts), {name: _offered(form, name, one) for name, one in doubts.items()}
    names = {one.account_id: one.login for one in console.acts.admins.list(visit.actor)}
    older = f"{PATH}?{urlencode({**form.query(), 'avant': found.older})}" if found and found.older else ""
    return console.render(
        visit,
        "admin/audit.html",
        "audit",
        form=form,
        meant=meant,
        refusal=refusal.found if refusal is not None else None,
        asked=found is not None,
        subjects=SUBJECTS,
        unnamed=form.event if form.event not in WORDS else "",
        outcomes=outcomes.SUBJECTS,
        unnamed_outcome=form.outcome if form.outcome not in outcomes.WORDS else "",
        unnamed_words=delivery_words.words(form.outcome),
        events=[_row(console, event, names) for event in found.events] if found else [],
        filtered=bool(form.query()),
        newest=f"{PATH}?{urlencode(form.query())}" if below else "",
        older=older,
        export=f"{PATH}/export?{urlencode(form.query())}",
    )


def export_page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/journal/export: in which form, and which events."""
    form = AuditForm.parse(request.args)
    # What is wrong with the filter is said where it can be mended.
    return console.edge.go(f"{PATH}?{urlencode(form.query())}") if form.errors else _export(console, visit, form)


def export(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/journal/export: the file; the look is on record before its first line."""
    form, kind = AuditForm.parse(request.form), request.form.get("form", "")
    if not console.check_csrf(visit, "audit") or form.errors:
        return _export(console, visit, AuditForm() if form.errors else form, TOO_LONG_OPEN)
    chosen = "jsonl" if kind == "jsonl" else "csv"
    pieces = console.acts.audit.export(visit.actor, form.wanted(), "jsonl" if chosen == "jsonl" else "csv")
    file = Response((piece.encode() for piece in pieces), content_type=_FORMS[chosen])
    file.headers["Content-Disposition"] = f'attachment; filename="journal.{chosen}"'
    return file


def verify_page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/journal/verification: what a verification says, and the button that makes one."""
    return _verification(console, visit, None)


def verify(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/journal/verification: hold the record against its chain, and say every fault."""
    if not console.check_csrf(visit, "audit"):
        return console.edge.go(f"{PATH}/verification")
    return _verification(console, visit, console.acts.audit.verify(visit.actor))


def _export(console: Console, visit: Visit, form: AuditForm, wrong: str = "") -> AnyResponse:
    return console.render(
        visit,
        "admin/audit_export.html",
        "audit",
        fields_kept=form.query(),
        wrong=wrong,
        action=f"{PATH}/export",
        csrf=console.csrf(visit, "audit"),
    )


def _verification(console: Console, visit: Visit, verified: Verified | None) -> AnyResponse:
    return console.render(
        visit,
        "admin/audit_verify.html",
        "audit-verify",
        verified=verified,
        action=f"{PATH}/verification",
        csrf=console.csrf(visit, "audit"),
    )


def _offered(form: AuditForm, member: str, meant: Sequence[Meant]) -> list[dict[str, str]]:
    """Return who may be meant, each with the address of the same filter with them."""
    return [
        {"name": one.name, "value": one.value, "href": f"{PATH}?{urlencode({**form.query(), member: one.value})}"}
        for one in meant
    ]


def _page_of(account_id: str, names: Mapping[str, str]) -> str:
    """Return the page of an account, which whoever reads the record may see; empty where the record names none."""
    if not account_id:
        return ""
    return f"{administrators.PATH if account_id in names else cases.MEMBERS}/{account_id}"


def _cause(event: RecordedEvent) -> str:
    return delivery_words.words(event.outcome) if event.event == "undelivered" else ""


def _row(console: Console, event: RecordedEvent, names: Mapping[str, str]) -> dict[str, object]:
    """Return one line of the table; administrators by their logins, who is no administrator by a shortened id."""

    def called(known: object) -> str:
        text = str(known or "")
        return names.get(text) or (f"{text[:8]}…" if len(text) == _ID else text)

    language = console.edge.language()
    details = {name: value for name, value in event.details.items() if name != "actor"}
    return {
        "id": event.id,
        "time": moments.moment(event.time, language),
        "event": event.event,
        "words": WORDS.get(event.event, ""),
        "outcome": event.outcome,
        "outcome_words": outcomes.WORDS.get(event.outcome, "") or _cause(event),
        "account": called(event.account_id),
        "account_href": _page_of(event.account_id or "", names),
        "actor": called(event.details.get("actor")),
        "client": event.client_id or "",
        "network": event.network or "",
        "reference": event.reference or "",
        "details": event_details.lines(details, said=partial(moments.moment, language=language), called=called),
        "raw": json.dumps(dict(event.details), ensure_ascii=False, sort_keys=True) if event.details else "",
    }
