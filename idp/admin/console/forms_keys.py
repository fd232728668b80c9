"""The forms about keys and proposals, read once into frozen values. Pure; messages are French message ids."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from werkzeug.datastructures import MultiDict

from idp.admin.console.forms import LONGEST_REASON, NO_REASON
from idp.records import dataclass
from idp.web.i18n import mark as _

NO_ALGORITHM: Final = _("Choisissez au moins un algorithme.")
CROWDED: Final = _("Trop de propositions attendent : approuvez-en ou refusez-en d’abord.")
NOT_KEPT: Final = _("Le service n’a pas de clé de cet algorithme.")
UNDER_WAY: Final = _("Un renouvellement est déjà en cours : la prochaine clé est publiée.")

_LONGEST: Final = 32


@dataclass(frozen=True, slots=True)
class RotationForm:
    """Whose key to rotate; empty: of every algorithm."""

    algorithm: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "RotationForm":
        """Read a posted form."""
        return cls(fields.get("algorithm", "").strip()[:_LONGEST])

    def failed(self, summary: str) -> "RotationForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)


@dataclass(frozen=True, slots=True)
class EmergencyForm:
    """Whose keys are to be dropped at once, and why."""

    algorithms: tuple[str, ...] = ()
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: MultiDict[str, str]) -> "EmergencyForm":
        """Read a posted form; one algorithm at least, and a reason."""
        chosen = tuple(one[:_LONGEST] for one in fields.getlist("algorithms")[:_LONGEST])
        said = "".join(one if one.isprintable() else " " for one in fields.get("reason", ""))
        form = cls(chosen, " ".join(said.split())[:LONGEST_REASON])
        wrong = {"algorithms": NO_ALGORITHM, "reason": NO_REASON}
        return replace(form, errors={name: text for name, text in wrong.items() if not getattr(form, name)})

    def failed(self, summary: str) -> "EmergencyForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)


@dataclass(frozen=True, slots=True)
class RefusalForm:
    """Why a proposal is refused; also the form, without a reason, that approves one."""

    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "RefusalForm":
        """Read a posted form; the reason is compulsory."""
        said = "".join(one if one.isprintable() else " " for one in fields.get("reason", ""))
        reason = " ".join(said.split())[:LONGEST_REASON]
        return cls(reason, {} if reason else {"reason": NO_REASON})

    def failed(self, summary: str) -> "RefusalForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)
