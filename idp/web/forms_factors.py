"""The forms of the second factor, read once, at the edge. Pure; messages are French message ids."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from idp.members.factors import recovery, totp
from idp.members.factors.enrolment import label_of
from idp.records import dataclass
from idp.web.i18n import mark as _

WAYS: Final = ("code", "recovery", "credential")

_NO_CODE: Final = _("Saisissez les 6 chiffres que montre votre application.")
_NOT_A_CODE: Final = _("Le code comporte 6 chiffres, par exemple 123 456.")
_NO_RECOVERY: Final = _("Saisissez l’un de vos codes de secours.")
_NOT_RECOVERY: Final = _("Un code de secours comporte 12 lettres et chiffres, par exemple ABCD-2345-WXYZ.")


@dataclass(frozen=True, slots=True)
class FactorForm:
    """One way of confirming, as typed. Nothing of it appears in a page again but a name.

    `way` is `code`, `recovery`, `credential` or empty; `errors` maps a field to its message; `error_summary` stands
    above the form.
    """

    way: str = ""
    typed: str = field(default="", repr=False)
    label: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "FactorForm":
        """Read a posted form; one that holds nothing typed may name its way, as the switch of languages does."""
        named = fields.get("way", "")
        way = next((one for one in WAYS if one in fields), named if named in WAYS else "")
        typed = fields.get(way, "")
        wrong = _error(way, typed)
        return cls(way, typed, label_of(fields.get("label", "")), {way: wrong} if wrong else {})

    def failed(self, summary: str) -> "FactorForm":
        """Return the form as shown again under a message."""
        return replace(self, typed="", errors={}, error_summary=summary)

    def wrong(self, message: str) -> "FactorForm":
        """Return the form as shown again with a message beside its field."""
        return replace(self, typed="", errors={self.way: message})


def _error(way: str, typed: str) -> str:
    if way == "recovery":
        return "" if recovery.read(typed) else _NOT_RECOVERY if typed.strip() else _NO_RECOVERY
    if way == "code":
        return "" if totp.read(typed) else _NOT_A_CODE if typed.strip() else _NO_CODE
    return ""
