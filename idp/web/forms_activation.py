"""The forms of a first connection and of a forgotten password, read once, at the edge. Pure, as `idp.web.forms` is."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from idp.members.activation import Refusal
from idp.members.delivery import Channel, Options
from idp.members.email_proofs import clean
from idp.records import dataclass
from idp.web.forms import read_number, unproven
from idp.web.i18n import mark as _

_NO_CHANNEL: Final = _("Choisissez comment recevoir votre mot de passe provisoire.")
_NO_PASSWORD: Final = _("Choisissez un mot de passe.")
_NO_CONFIRMATION: Final = _("Saisissez une seconde fois votre nouveau mot de passe.")
_DIFFERENT: Final = _("Les deux saisies du mot de passe sont différentes.")
NOT_AN_ADDRESS: Final = _("Cette adresse e-mail n’est pas valable. Exemple : prenom.nom@exemple.fr")

REFUSALS: Final[Mapping[str, str]] = {
    "short": _("Ce mot de passe est trop court. Ajoutez-y un mot ou deux."),
    "long": _("Ce mot de passe est trop long : il a 256 caractères au plus."),
    "common": _("Ce mot de passe est parmi les plus utilisés : il serait essayé en premier. Choisissez-en un autre."),
    "dossier": _("Ce mot de passe contient votre numéro de dossier. Choisissez-en un autre."),
    "birthdate": _("Ce mot de passe contient votre date de naissance. Choisissez-en un autre."),
    "name": _("Ce mot de passe contient votre nom ou un de vos prénoms. Choisissez-en un autre."),
    "fund": _("Ce mot de passe contient le nom de la caisse. Choisissez-en un autre."),
    "weak": _("Ce mot de passe est facile à deviner. Ajoutez un ou deux mots sans rapport entre eux, ni avec vous."),
    "provisional": _("Le mot de passe provisoire ne peut pas devenir votre mot de passe. Choisissez-en un autre."),
    "gone": _("Cette page n’est plus valable"),
}
"""What the page says of each reason to refuse a password."""


@dataclass(frozen=True, slots=True)
class ForgottenForm:
    """A situation and a dossier number as typed."""

    situation: str = ""
    dossier: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "ForgottenForm":
        """Read a posted form; numbers as on the sign-in page."""
        return cls(*read_number(fields))

    def unproven(self, *, outage: bool) -> "ForgottenForm":
        """Return the form as shown again when nobody could say that a person sent it."""
        return replace(self, errors={**self.errors, "captcha": unproven(outage=outage)})

    def failed(self, summary: str) -> "ForgottenForm":
        """Return the form as shown again under a message."""
        return replace(self, error_summary=summary)


@dataclass(frozen=True, slots=True)
class DeliveryForm:
    """The channel chosen; empty until it is one that the page offers."""

    channel: Channel | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str], options: Options) -> "DeliveryForm":
        """Read a posted form; what the page did not offer is not chosen."""
        chosen = next((one for one in options.channels if one == fields.get("channel")), None)
        return cls(chosen, {} if chosen else {"channel": _NO_CHANNEL})

    def failed(self, summary: str) -> "DeliveryForm":
        """Return the form as shown again under a message."""
        return replace(self, error_summary=summary)


@dataclass(frozen=True, slots=True)
class PasswordForm:
    """A personal password, twice, and a contact address. No password ever appears in a page or a representation.

    `email` is as typed; `address` is what it means, None for an empty field.
    """

    password: str = field(default="", repr=False)
    email: str = ""
    address: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "PasswordForm":
        """Read a posted form; the password is kept as typed, blanks included."""
        password, again, email = fields.get("password", ""), fields.get("confirmation", ""), fields.get("email", "")
        errors = {}
        if not password:
            errors["password"] = _NO_PASSWORD
        elif not again:
            errors["confirmation"] = _NO_CONFIRMATION
        elif again != password:
            errors["confirmation"] = _DIFFERENT
        address = clean(email) if email.strip() else None
        if email.strip() and address is None:
            errors["email"] = NOT_AN_ADDRESS
        return cls(password, email[:254], address, errors)

    def refused(self, reason: Refusal) -> "PasswordForm":
        """Return the form as shown again beside the reason, without its password."""
        return replace(self, password="", errors={"password": REFUSALS[reason]})

    def failed(self, summary: str) -> "PasswordForm":
        """Return the form as shown again under a message, without its password."""
        return replace(self, password="", error_summary=summary)
