"""The filter of the record, read once, at the edge, into a frozen value. Pure; messages are French message ids."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from idp.admin.acts.audit import Wanted
from idp.admin.console.forms import LONGEST_LOGIN, line
from idp.records import dataclass
from idp.web.i18n import mark as _

_PARIS: Final = ZoneInfo("Europe/Paris")
_NOT_A_DAY: Final = _("Saisissez un jour sous la forme AAAA-MM-JJ, par exemple 2026-11-30.")
_BACKWARDS: Final = _("Ce jour est avant le premier jour cherché.")
_NOBODY: Final[Mapping[str, str]] = {
    "dossier": _("Aucun compte n’a ce numéro de dossier."),
    "client_id": _("Aucune application n’a cet identifiant client."),
    "actor": _("Le journal ne connaît personne sous cet identifiant."),
}
"""What is said of a member that names nobody."""


@dataclass(frozen=True, slots=True)
class AuditForm:
    """Which events of the record somebody wants to see, as typed; days are YYYY-MM-DD in Paris."""

    dossier: str = ""
    event: str = ""
    outcome: str = ""
    client_id: str = ""
    actor: str = ""
    reference: str = ""
    since: str = ""
    until: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "AuditForm":
        """Read a filter; a day that is none, or a last one before the first, is said, and asks for nothing."""

        def typed(name: str) -> str:
            return line(fields.get(name, ""))[:LONGEST_LOGIN]

        form = cls(
            dossier=typed("dossier"),
            event=typed("event"),
            outcome=typed("outcome"),
            client_id=typed("client_id"),
            actor=typed("actor"),
            reference=typed("reference"),
            since=typed("since"),
            until=typed("until"),
        )
        days = {"since": form.since, "until": form.until}
        errors = {name: _NOT_A_DAY for name, day in days.items() if day and _day(day) is None}
        if not errors and form.since and form.until and form.until < form.since:
            errors = {"until": _BACKWARDS}
        return replace(form, errors=errors)

    def wanted(self) -> Wanted:
        """Return the filter; the last day counts whole."""
        since, until = _day(self.since), _day(self.until)
        return Wanted(
            dossier=self.dossier,
            event=self.event,
            outcome=self.outcome,
            client_id=self.client_id,
            actor=self.actor,
            reference=self.reference,
            since=int(since.timestamp()) if since else None,
            until=int((until + timedelta(days=1)).timestamp()) if until else None,
        )

    def doubted(self, members: Collection[str]) -> "AuditForm":
        """Return the form as shown again where nothing fits and these members name nobody who is known."""
        return replace(self, errors={name: _NOBODY[name] for name in members})

    def query(self) -> dict[str, str]:
        """Return the members that are filled in, for an address or for hidden fields."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, str) and value}


def _day(text: str) -> datetime | None:
    try:
        begins = datetime.combine(date.fromisoformat(text), time(), _PARIS)
    except ValueError:
        return None
    # The last day of the calendar has no end that could be said.
    return begins if begins.date() < date.max else None
