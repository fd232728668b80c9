"""What an application's page says of its use: last use, steps of the last days, refusals with their near misses."""

from collections.abc import Mapping
from typing import Any, Final

from idp import moments
from idp.admin.acts.usage import Fault, Usage
from idp.admin.console.desk import Console, Visit
from idp.admin.console.remedies import remedy, spoken
from idp.protocol.client_notes import DAYS, Kind
from idp.web.i18n import mark as _

STEPS: Final = (
    (Kind.ANSWERED, _("Connexions")),
    (Kind.REDEEMED, _("Codes échangés")),
    (Kind.REFRESHED, _("Renouvellements")),
    (Kind.OWN_TOKEN, _("Jetons pour elle-même")),
    (Kind.USERINFO, _("Lectures de userinfo")),
    (Kind.LOGGED_OUT, _("Déconnexions demandées")),
)
"""What is counted on the page, with the columns' titles."""


def panel(console: Console, visit: Visit, client_id: str) -> Mapping[str, Any]:
    """Return what `admin/_usage.html` shows."""
    return shown(console.acts.usage.show(visit.actor, client_id), console.edge.language())


def shown(usage: Usage, language: str) -> dict[str, Any]:
    """Return a usage in the words of the page."""
    columns = [(kind, title) for kind, title in STEPS if usage.total(kind)]
    return {
        "days": DAYS,
        "last_used": "" if usage.last_used is None else moments.moment(usage.last_used, language),
        "never_used": usage.never_used,
        "titles": [title for _, title in columns],
        "rows": [
            (moments.day(day.day * 86400, language), [day.steps.get(kind.value, 0) for kind, _ in columns], day.refused)
            for day in usage.days
        ],
        "faults": [fault_row(one, language) for one in usage.faults],
    }


def fault_row(fault: Fault, language: str) -> dict[str, Any]:
    """Return one way of being refused in the words of the page."""
    words = remedy(fault.kind, fault.aspect)
    return {
        "title": words.title,
        "what": words.what,
        "said": fault.aspect if spoken(fault.kind, fault.aspect) else "",
        "count": fault.count,
        "last": moments.moment(fault.last_at, language),
        "sent": fault.sent,
        "registered": fault.registered,
        "reference": fault.reference,
    }
