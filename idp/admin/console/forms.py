"""The console's forms, read once, at the edge, into frozen values. Pure; messages are French message ids."""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from idp.admin.acts.refusals import RefusedError
from idp.admin.roles import Role
from idp.records import dataclass
from idp.web.forms import LONGEST_PASSWORD, unproven
from idp.web.i18n import Message
from idp.web.i18n import mark as _

LONGEST_LOGIN: Final = 128

TOO_LONG_OPEN: Final = _("La page a été ouverte trop longtemps. Veuillez recommencer.")

_PARIS: Final = ZoneInfo("Europe/Paris")
_NO_LOGIN: Final = _("Saisissez votre identifiant.")
_NO_PASSWORD: Final = _("Saisissez votre mot de passe.")
_LONG_PASSWORD: Final = _("Le mot de passe est trop long : il a 256 caractères au plus.")


@dataclass(frozen=True, slots=True)
class StaffForm:
    """A login and a password as typed. The password never appears in a page or a representation."""

    login: str = ""
    password: str = field(default="", repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "StaffForm":
        """Read a posted form; the password is kept as typed, blanks included."""
        login, password = fields.get("login", "").strip()[:LONGEST_LOGIN], fields.get("password", "")
        errors = {} if login else {"login": _NO_LOGIN}
        if not password or len(password) > LONGEST_PASSWORD:
            errors["password"] = _LONG_PASSWORD if password else _NO_PASSWORD
        return cls(login, password, errors)

    def failed(self, summary: str) -> "StaffForm":
        """Return the form as shown again under a message, without its password."""
        return replace(self, password="", errors={}, error_summary=summary)

    def unproven(self, *, outage: bool) -> "StaffForm":
        """Return the form as shown again when nobody could say that a person sent it."""
        return replace(self, password="", errors={**self.errors, "captcha": unproven(outage=outage)})


REFUSALS: Final[Mapping[str, str]] = {
    "login": _("L’identifiant est une adresse e-mail, par exemple prenom.nom@exemple.fr."),
    "taken": _("Un administrateur a déjà cet identifiant."),
    "name": _("Saisissez un nom de 128 caractères au plus."),
    "roles": _("Choisissez au moins un rôle."),
    "unknown": _("Cet administrateur n’existe pas."),
    "last": _("C’est le dernier administrateur qui a le rôle Sécurité : donnez-le d’abord à quelqu’un d’autre."),
}
"""What the console says of each refusal of an act, by its code."""

LONGEST_REASON: Final = 200
NO_REASON: Final = _("Indiquez un motif : il est conservé dans le journal.")


@dataclass(frozen=True, slots=True)
class AdministratorForm:
    """What is said of an administrator: each act takes some of the fields."""

    login: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: MultiDict[str, str], *wanted: str) -> "AdministratorForm":
        """Read a posted form; `wanted` are the fields that must be filled in."""
        known = {role.value for role in Role}
        reason = "".join(one if one.isprintable() else " " for one in fields.get("reason", ""))
        form = cls(
            login=fields.get("login", "").strip()[:LONGEST_LOGIN],
            name=" ".join(fields.get("name", "").split())[:LONGEST_LOGIN],
            roles=tuple(one for one in fields.getlist("roles") if one in known),
            reason=" ".join(reason.split())[:LONGEST_REASON],
        )
        wrong = {**REFUSALS, "reason": NO_REASON}
        return replace(form, errors={name: wrong[name] for name in wanted if not getattr(form, name)})

    @property
    def chosen(self) -> frozenset[Role]:
        """The roles that were chosen."""
        return frozenset(Role(one) for one in self.roles)

    def failed(self, summary: str) -> "AdministratorForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)

    def refused(self, *refusals: RefusedError) -> "AdministratorForm":
        """Return the form as shown again with what the act says beside its fields."""
        return replace(self, errors={one.member: REFUSALS[one.code] for one in refusals})


@dataclass(frozen=True, slots=True)
class ReasonForm:
    """Why something is done."""

    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: Message | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str], *, needed: bool = False) -> "ReasonForm":
        """Read a posted form; `needed`: an empty reason is said."""
        reason = line(fields.get("reason", ""))
        return cls(reason, {"reason": NO_REASON} if needed and not reason else {})

    def failed(self, summary: Message) -> "ReasonForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)


_NO_DECISION: Final = _("Choisissez une décision.")


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """A decision of the desk and its reason; `decision`: `refuse`, `undo`, or the account to link to."""

    decision: str = ""
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "DecisionForm":
        """Read a posted form; both are compulsory."""
        form = cls(fields.get("decision", "").strip()[:LONGEST_LOGIN], line(fields.get("reason", "")))
        wrong = {"decision": _NO_DECISION, "reason": NO_REASON}
        return replace(form, errors={name: text for name, text in wrong.items() if not getattr(form, name)})

    def failed(self, summary: str) -> "DecisionForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)


_NOT_A_MOMENT: Final = _("Saisissez un jour et une heure sous la forme AAAA-MM-JJ HH:MM, par exemple 2026-11-30 18:00.")
NOT_AHEAD: Final = _("La fin de la suspension est dans l’avenir.")


@dataclass(frozen=True, slots=True)
class PauseForm:
    """What is said of a pause: why, and if wanted, words for members in two languages and an end in Paris' time."""

    reason: str = ""
    fr: str = ""
    en: str = ""
    until: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "PauseForm":
        """Read a posted form; no reason is said, and an end that is no moment."""
        reason, fr, en = (line(fields.get(name, "")) for name in ("reason", "fr", "en"))
        form = cls(reason, fr, en, fields.get("until", "").strip()[:32])
        form = form if reason else replace(form, errors={"reason": NO_REASON})
        return form.wrong_end(_NOT_A_MOMENT) if form.until and form.ends is None else form

    @property
    def ends(self) -> int | None:
        """The end, Unix seconds; None where none is said, or what is said is no moment."""
        try:
            return int(datetime.fromisoformat(self.until).replace(tzinfo=_PARIS).timestamp())
        except (ValueError, OverflowError):
            return None

    @property
    def words(self) -> dict[str, str]:
        """The words by language, those that are filled in."""
        return {language: text for language, text in (("fr", self.fr), ("en", self.en)) if text}

    def failed(self, summary: str) -> "PauseForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)

    def wrong_end(self, message: str) -> "PauseForm":
        """Return the form as shown again with a message beside its end."""
        return replace(self, errors={**self.errors, "until": message})


def line(text: str) -> str:
    """Return one line of what was typed; the spaces that French writes before some of its signs stay."""
    kept = (one if one.isprintable() or one in "\xa0\u202f" else " " for one in text)
    return "".join(kept).strip()[:LONGEST_REASON]
