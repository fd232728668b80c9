"""The forms of the account's pages, read once, at the edge. Pure, as `idp.web.forms` is."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from idp.members.email_proofs import clean
from idp.members.own_password import Refusal
from idp.records import dataclass
from idp.web.forms import LONGEST_PASSWORD, unproven
from idp.web.forms_activation import NOT_AN_ADDRESS, REFUSALS, PasswordForm
from idp.web.i18n import mark as _

_NO_PRESENT: Final = _("Saisissez votre mot de passe actuel.")
_WRONG: Final = _("Ce n’est pas votre mot de passe actuel.")
_DELAYED: Final = _("Votre mot de passe n’a pas été vérifié : il y a eu trop d’essais.")
_SAME: Final = _("Le nouveau mot de passe est le même que l’actuel. Choisissez-en un autre.")
_NO_EMAIL: Final = _("Saisissez votre nouvelle adresse e-mail.")
_OFTEN: Final = _("Vous avez demandé plusieurs liens aujourd’hui. Réessayez demain, ou appelez-nous.")


@dataclass(frozen=True, slots=True)
class OwnPasswordForm:
    """The present password, and a new one twice. No password ever appears in a page or a representation."""

    present: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "OwnPasswordForm":
        """Read a posted form; passwords are kept as typed, blanks included."""
        chosen = PasswordForm.parse({name: fields.get(name, "") for name in ("password", "confirmation")})
        present = fields.get("present", "")
        missing = {} if present else {"present": _NO_PRESENT}
        if len(present) > LONGEST_PASSWORD:
            missing = {"present": _WRONG}
        return cls(present, chosen.password, {**missing, **chosen.errors})

    def refused(self, reason: Refusal) -> "OwnPasswordForm":
        """Return the form as shown again beside the reason, without its passwords."""
        if reason == "delayed":
            return self.failed(_DELAYED)
        if reason == "wrong":
            return replace(self, present="", password="", errors={"present": _WRONG})
        words = _SAME if reason == "same" else REFUSALS.get(reason, "")
        return replace(self, present="", password="", errors={"password": words})

    def unproven(self, *, outage: bool) -> "OwnPasswordForm":
        """Return the form as shown again when nobody could say that a person sent it, without its passwords."""
        return replace(self, present="", password="", errors={**self.errors, "captcha": unproven(outage=outage)})

    def failed(self, summary: str) -> "OwnPasswordForm":
        """Return the form as shown again under a message, without its passwords."""
        return replace(self, present="", password="", error_summary=summary)


@dataclass(frozen=True, slots=True)
class EmailForm:
    """A contact address: `email` as typed, `address` what it means, None until it is one."""

    email: str = ""
    address: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "EmailForm":
        """Read a posted form."""
        typed = fields.get("email", "")
        if not typed.strip():
            return cls(errors={"email": _NO_EMAIL})
        address = clean(typed)
        return cls(typed[:254], address, {} if address else {"email": NOT_AN_ADDRESS})

    def too_often(self) -> "EmailForm":
        """Return the form as shown again when no more links are sent today."""
        return self.failed(_OFTEN)

    def failed(self, summary: str) -> "EmailForm":
        """Return the form as shown again under a message."""
        return replace(self, error_summary=summary)
