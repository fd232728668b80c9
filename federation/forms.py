"""The form that proves a dossier: a situation, a dossier number and a password. Read once, at the edge."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from federation import notices

_DIGITS = {"affilie": 7, "ayant_droit": 9}
_MAX_PASSWORD = 256


@dataclass(frozen=True, slots=True)
class ProofForm:
    """What was typed. `errors` maps a field to its message; the password is never shown again."""

    situation: str = ""
    dossier: str = ""
    password: str = field(default="", repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "ProofForm":
        """Read a posted form; spaces and dots in the number are tolerated, as on the sign-in page."""
        form = cls(
            situation=fields.get("situation", "")[:20],
            dossier=re.sub(r"[\s.]", "", fields.get("dossier", ""))[:20],
            password=fields.get("password", ""),
        )
        errors: dict[str, str] = {}
        digits = _DIGITS.get(form.situation)
        if digits is None:
            errors["situation"] = notices.PROOF_SITUATION
        if not re.fullmatch(r"[0-9]{7}|[0-9]{9}", form.dossier) or len(form.dossier) != (digits or len(form.dossier)):
            errors["dossier"] = notices.PROOF_NUMBER
        if not form.password:
            errors["password"] = notices.PROOF_REQUIRED
        elif len(form.password) > _MAX_PASSWORD:
            errors["password"] = notices.PROOF_WRONG
        return replace(form, errors=errors)

    def failed(self, summary: str) -> "ProofForm":
        """Return the same form with a message above it."""
        return replace(self, error_summary=summary)
