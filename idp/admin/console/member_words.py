"""What the console calls what it knows of a member's account. Pure; French message ids, values in a page's language."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from idp import moments
from idp.admin.acts.member_file import Contact, MemberFile
from idp.admin.console import delivery_words
from idp.admin.console.forms_members import CHANNELS
from idp.services.sign_in_history import Entry
from idp.store.authenticators import PASSKEY
from idp.store.deliveries import Sent
from idp.web.account import sign_in_words
from idp.web.i18n import mark as _

STATUS: Final[Mapping[str, tuple[str, str]]] = {
    "active": ("done", _("Ouvert")),
    "suspended": ("warning", _("Suspendu")),
    "closed": ("none", _("Fermé")),
    "deceased": ("none", _("Décédé")),
}
SITUATIONS: Final[Mapping[str, str]] = {"affilie": _("Affilié"), "ayant_droit": _("Ayant droit")}
PASSWORDS: Final[Mapping[str, tuple[str, str]]] = {
    "none": ("warning", _("Aucun")),
    "set": ("done", _("Choisi")),
    "legacy": ("done", _("Celui de l’ancien système")),
    "dormant": ("warning", _("À changer : trop ancien")),
    "reported": ("warning", _("À changer : signalé")),
}
FACTORS: Final[Mapping[str, str]] = {PASSKEY: _("Clé d’accès")}
_APPLICATION: Final = _("Application de codes")
METHODS: Final[Mapping[str, str]] = {
    "auto": _("Reconnue sans doute"),
    "proof": _("Après une preuve"),
    "account": _("Depuis le compte"),
    "desk": _("Par l’assistance"),
}
LANGUAGES: Final[Mapping[str, str]] = {"fr": _("Français"), "en": _("Anglais")}
_MAIL: Final[Mapping[str | None, tuple[str, str]]] = {
    "waiting": ("none", _("À envoyer")),
    "failing": ("warning", _("Pas encore parti : nouvel essai prévu")),
    "done": ("done", _("Envoyé")),
    "given_up": ("warning", _("Abandonné")),
    None: ("none", _("Parti, ou trop ancien pour le savoir")),
}
_MESSAGE: Final = _("Message")
_PRINTED: Final = ("done", _("Imprimé"))
_TO_PRINT: Final = ("none", _("À imprimer"))
_NOT_PRINTED: Final = ("none", _("Pas imprimé : il ne sert plus"))
_USED: Final = ("done", _("Utilisé"))
_REPLACED: Final = ("none", _("Remplacé ou annulé"))
_EXPIRED: Final = ("none", _("Expiré"))
_TRIED_OUT: Final = ("warning", _("Bloqué après trop d’essais"))
_WORKS: Final = ("done", _("Utilisable"))


def born(birthdate: str) -> str:
    """Return a birth date as French people write it; `00` stands for what is not known."""
    year, _sep, rest = birthdate.partition("-")
    month, _sep, day = rest.partition("-")
    return f"{day}/{month}/{year}" if day else birthdate


def contact(one: Contact, language: str) -> dict[str, object]:
    """Return an address in part, and until when it receives no password."""
    rests = moments.moment(one.rests_until, language) if one.rests_until else ""
    return {"shown": one.shown, "proven": one.proven, "rests": rests}


def facts(file: MemberFile, language: str) -> dict[str, object]:
    """Return the state of the account."""
    live = file.provisional
    return {
        "status": STATUS[file.person.status],
        "situation": SITUATIONS.get(file.person.situation, file.person.situation),
        "born": born(file.person.birthdate),
        "password": PASSWORDS[file.password],
        "email": contact(file.email, language),
        "post": contact(file.post, language),
        "language": LANGUAGES.get(file.language, file.language),
        "works_until": moments.moment(live.expires_at, language) if live else "",
        "codes_left": file.codes_left,
    }


def factor(kind: str) -> str:
    """Return the kind of a second factor."""
    return FACTORS.get(kind, _APPLICATION)


def sent(file: MemberFile, attempts: int, now: int) -> Sequence[tuple[int, Mapping[str, Any]]]:
    """Return what was sent, each with when it was asked for, the newest first; moments are Unix seconds, or None."""
    made = [
        (
            one.asked_at,
            {
                "what": delivery_words.MESSAGES["link_code" if one.code else "provisional"],
                "channel": CHANNELS.get(one.channel, one.channel),
                "carried": carried(one),
                "cause": delivery_words.words(one.cause) or one.cause,
                "printed": one.printed_at,
                "batch": one.batch or "",
                "used": used(one, attempts, now),
                "until": one.expires_at,
            },
        )
        for one in file.sent
    ]
    told = [
        (
            one.asked_at,
            {
                "what": delivery_words.MESSAGES.get(one.template, one.template or _MESSAGE),
                "channel": CHANNELS["email"],
                "carried": _MAIL[one.state],
                "cause": delivery_words.words(one.cause) or one.cause,
                "printed": None,
                "until": None,
            },
        )
        for one in file.messages
    ]
    return sorted([*made, *told], key=lambda pair: -pair[0])


def carried(one: Sent) -> tuple[str, str]:
    """Return how far a password or a code got on its way."""
    if one.channel == "email":
        return _MAIL[one.mail]
    if one.printed_at is not None:
        return _PRINTED
    return _TO_PRINT if one.waits else _NOT_PRINTED


def used(one: Sent, attempts: int, now: int) -> tuple[str, str]:
    """Return what became of a password or a code itself."""
    if one.spent_at is not None:
        return _USED
    if one.cancelled_at is not None:
        return _REPLACED
    if one.attempts >= attempts:
        return _TRIED_OUT
    return _WORKS if one.expires_at > now else _EXPIRED


def sign_in(entry: Entry, language: str) -> dict[str, str]:
    """Return one line of the history."""
    return {
        "at": moments.moment(entry.at, language),
        "how": sign_in_words.method(entry.provider, entry.amr),
        "device": sign_in_words.device(entry.browser, entry.system) if entry.opened else "",
        "network": entry.network,
        "outcome": sign_in_words.outcome(entry),
    }
