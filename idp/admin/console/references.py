"""The reference of an error page, read out by who calls: which application was refused under it, and why.

No event of a member is looked at, so whoever helps members or keeps applications may ask; the record itself stays with
the auditors, whose page shows the same where it has no event.
"""

import logging
from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.console.applications import path_of
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms_reference import ReferenceForm
from idp.admin.console.usage import fault_row
from idp.protocol.errors import Unavailable
from idp.records import dataclass

log = logging.getLogger("idp.console")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is known of a reference: the refusal, as pages show it, or None; `silent` where the store did not answer."""

    found: Mapping[str, Any] | None = None
    silent: bool = False


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/reference: the field, and what is known of the reference in it."""
    form = ReferenceForm.parse(request.args)
    return console.render(
        visit,
        "admin/reference.html",
        "applications" if console.may(visit, "clients.list") else "members",
        reference=form,
        answer=refusal(console, visit, form.reference) if form.asks else None,
    )


def refusal(console: Console, visit: Visit, reference: str) -> Refusal:
    """Return what is known of a reference, nothing to whoever may not ask; a page stands where the store is silent."""
    if not console.may(visit, "clients.refused"):
        return Refusal()
    try:
        found = console.acts.usage.refused(visit.actor, reference)
    except Unavailable:
        log.warning("which application was refused could not be looked up", exc_info=True)
        return Refusal(silent=True)
    if found is None:
        return Refusal()
    client_id, fault = found
    href = path_of(client_id) if console.may(visit, "clients.show") else ""
    return Refusal({"client_id": client_id, "href": href, **fault_row(fault, console.edge.language())})
