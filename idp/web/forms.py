"""Forms read once, at the edge, into frozen values; and the proof that a form is our own.

Pure: no Flask, no clock, no store. Messages are French message ids; the templates translate them.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from idp.members.numbers import canonical, is_number
from idp.records import dataclass
from idp.web.i18n import mark as _

SITUATIONS: Final = ("affilie", "ayant_droit")
LONGEST_PASSWORD: Final = 256
"""Characters accepted in a password; a longer one is refused, never cut (C-02)."""

_LONGEST_DELAY: Final = 86400
"""More seconds are no delay of ours."""
_LONGEST_NUMBER: Final = 64
# Dashes that a keyboard's automatic correction makes, and marks that have no width.
_DASHES: Final = re.compile("[\u2010-\u2015\u2212]")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")

_NO_SITUATION: Final = _("Indiquez si vous êtes affilié ou ayant droit.")
_NO_NUMBER: Final = _("Saisissez votre numéro de dossier.")
_NO_EMAIL: Final = _("C’est votre numéro de dossier qui est demandé ici, et non votre adresse e-mail.")
_NOT_DIGITS: Final = _("Le numéro de dossier ne comporte que des chiffres, par exemple 1234567.")
_WRONG_LENGTH: Final = {
    "affilie": _(
        "Le numéro de dossier d’un affilié a 7 chiffres. Vérifiez le numéro, ou choisissez « Ayant droit » s’il en a 9."
    ),
    "ayant_droit": _(
        "Le numéro de dossier d’un ayant droit a 9 chiffres. Vérifiez le numéro, ou choisissez « Affilié » s’il en a 7."
    ),
    "": _("Le numéro de dossier a 7 chiffres pour un affilié, 9 pour un ayant droit."),
}
_NO_PASSWORD: Final = _("Saisissez votre mot de passe.")
_NOT_PROVEN: Final = _(
    "Cochez « Je ne suis pas un robot », attendez la fin de la vérification, puis envoyez de nouveau."
)
_OUTAGE: Final = _("La vérification n’a pas pu être faite. Cochez de nouveau « Je ne suis pas un robot ».")
_LONG_PASSWORD: Final = _("Le mot de passe est trop long : il a 256 caractères au plus.")


@dataclass(frozen=True, slots=True)
class LoginForm:
    """A dossier number and password as typed. The password never appears in a page or a representation.

    `situation` is `affilie`, `ayant_droit` or empty; `dossier` has ASCII digits and no separators once it is valid,
    and is as typed before; `errors` maps a field to its message; `error_summary` stands above the form, about no field
    in particular.
    """

    situation: str = ""
    dossier: str = ""
    password: str = field(default="", repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def empty(cls, *, dossier: str = "") -> "LoginForm":
        """Return a form to fill in; a known number of 7 or 9 digits says the situation too (N-168)."""
        fitting = (situation for situation in SITUATIONS if is_number(situation, dossier))
        return cls(situation=next(fitting, ""), dossier=dossier)

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "LoginForm":
        """Read a posted form.

        Separators in the number are dropped and every script's digits become ASCII, so that one number has one
        spelling (V-53). The password is kept as typed, blanks included.
        """
        situation, dossier, errors = read_number(fields)
        password = fields.get("password", "")
        if wrong := _password_error(password):
            errors["password"] = wrong
        return cls(situation, dossier, "" if "password" in errors else password, errors)

    @property
    def valid(self) -> bool:
        """Whether every field can be what it should be; nothing is known of the dossier yet."""
        return not self.errors and bool(self.dossier)

    def failed(self, summary: str) -> "LoginForm":
        """Return the form as shown again under a message, without its password."""
        return replace(self, password="", error_summary=summary)

    def unproven(self, *, outage: bool) -> "LoginForm":
        """Return the form as shown again when nobody could say that a person sent it, without its password."""
        return replace(self, password="", errors={**self.errors, "captcha": unproven(outage=outage)})


def unproven(*, outage: bool) -> str:
    """Return what a page says beside a captcha that was not passed, or that nobody could judge."""
    return _OUTAGE if outage else _NOT_PROVEN


def read_number(fields: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """Return situation and dossier number of a posted form, and the messages of those that cannot be.

    A number that cannot be one comes back as it was typed: without its dots an e-mail address would be another.
    """
    situation = fields.get("situation", "")
    situation = situation if situation in SITUATIONS else ""
    typed = _INVISIBLE.sub("", fields.get("dossier", "")[:_LONGEST_NUMBER])
    dossier = canonical(_DASHES.sub("-", typed))
    wrong = _NO_EMAIL if "@" in typed + dossier else _number_error(situation, dossier)
    found = {"situation": "" if situation else _NO_SITUATION, "dossier": wrong}
    shown = _shown(typed) if wrong else dossier
    return situation, shown, {name: message for name, message in found.items() if message}


def _shown(typed: str) -> str:
    """Return what was typed, fit for a page: no NUL, no lone surrogate."""
    return "".join(one if one.isprintable() or one.isspace() else "?" for one in typed)


def issue_csrf(key: bytes, browser_id: str, purpose: str) -> str:
    """Return the anti-forgery token of a form (N-127): HMAC-SHA256 over who and what for, base64url.

    Args:
        key: 32 random bytes of the provider.
        browser_id: the opaque id in this browser's cookie, so that another browser's token is of no use.
        purpose: which form, and of what, so that one page's token does not fit another.
    """
    who = browser_id.encode()
    # The length first: no browser id and purpose run together into those of another form.
    message = len(who).to_bytes(4, "big") + who + purpose.encode()
    return base64.urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).decode().rstrip("=")


def verify_csrf(key: bytes, browser_id: str, purpose: str, sent: str) -> bool:
    """Whether `sent` is the token of this browser and purpose, compared in constant time."""
    expected = issue_csrf(key, browser_id, purpose).encode()
    return hmac.compare_digest(expected, sent[:256].encode("utf-8", "surrogatepass"))


def account_purpose(sid: str, form: str) -> str:
    """Return the purpose of an account page's token: one form, one session."""
    return f"compte:{form}:{sid}"


def same_origin(own: str, *, origin: str | None, sec_fetch_site: str | None) -> bool:
    """Whether a POST may come from our own page, by what the browser itself says (Fetch Metadata, RFC 6454).

    Our pages are served with `Referrer-Policy: no-referrer`, for which browsers send `Origin: null` even to
    ourselves; `null` therefore says nothing. Where neither header speaks, the form's token alone decides.

    Args:
        own: the provider's origin.
        origin: the header `Origin`, None when absent.
        sec_fetch_site: the header `Sec-Fetch-Site`, None when absent.
    """
    if origin is not None and origin not in {"null", own}:
        return False
    return sec_fetch_site in {None, "same-origin", "none"}


def _number_error(situation: str, dossier: str) -> str:
    if not dossier:
        return _NO_NUMBER
    if not (dossier.isascii() and dossier.isdigit()):
        return _NOT_DIGITS
    fits = (is_number(one, dossier) for one in ([situation] if situation else SITUATIONS))
    return "" if any(fits) else _WRONG_LENGTH[situation]


def _password_error(password: str) -> str:
    if not password:
        return _NO_PASSWORD
    return _LONG_PASSWORD if len(password) > LONGEST_PASSWORD else ""


def seconds_left(until: str, now: int) -> int:
    """Return the seconds that are left of a delay which lasts until a posted time; 0 for what is no such time."""
    left = int(until) - now if re.fullmatch("[0-9]{1,12}", until) else 0
    return left if 0 < left <= _LONGEST_DELAY else 0
