"""A sign-in in plain words: device, method, level, what became of it."""

from typing import Final

from idp.protocol.names import (
    ACR_EIDAS1,
    ACR_PASSWORD,
    ACR_TWO_FACTORS,
    AMR_CODE,
    AMR_FEDERATION,
    AMR_HARDWARE,
    AMR_PASSWORD,
    AMR_SOFTWARE,
)
from idp.services.sign_in_history import Entry
from idp.web.i18n import gettext
from idp.web.i18n import mark as _

UNKNOWN: Final = _("Navigateur inconnu")
_ON: Final = _("%(browser)s sur %(system)s")
_BOTH: Final = _("%(first)s et %(second)s")

_PASSWORD: Final = _("Mot de passe")
_FRANCECONNECT: Final = _("FranceConnect")
_PASSKEY: Final = _("Clé d’accès")
_CODE: Final = _("Code à usage unique")
_WAYS: Final = ((_PASSWORD, {AMR_PASSWORD}), (_FRANCECONNECT, {AMR_FEDERATION}))
_SECOND_WAYS: Final = ((_PASSKEY, {AMR_HARDWARE, AMR_SOFTWARE}), (_CODE, {AMR_CODE}))
_PROVIDERS: Final = {"password": _PASSWORD, "passkey": _PASSKEY, "franceconnect": _FRANCECONNECT}

LEVELS: Final = {
    ACR_PASSWORD: _("Simple : un mot de passe"),
    ACR_EIDAS1: _("Identité vérifiée par FranceConnect"),
    ACR_TWO_FACTORS: _("Renforcé : deux preuves"),
}
"""The levels of assurance, by their `acr`."""

_REFUSED: Final = _("Refusée")
_OVER: Final = _("Terminée")
_ENDS: Final = {
    "logout": _("Fermée par une déconnexion"),
    "remote": _("Fermée à distance, depuis une autre connexion"),
    "renewed": _("Suivie d’une nouvelle connexion dans le même navigateur"),
    "other_member": _("Fermée : une autre personne s’est connectée dans le même navigateur"),
    "password_changed": _("Fermée par un changement de mot de passe"),
    "reported": _("Fermée après un signalement"),
    "relinked": _("Fermée : le dossier a été relié à une autre identité"),
    "closed": _("Fermée avec le dossier"),
    "desk": _("Fermée par la CARPIMKO"),
}
SECOND_STEP: Final = tuple(f"second_factor_{reason}" for reason in ("wrong", "used", "delayed", "refused"))
_REFUSALS: Final = {
    "wrong_password": _("Refusée : mot de passe incorrect"),
    "no_password": _("Refusée : mot de passe incorrect"),
    "must_reset": _("Refusée : le mot de passe est juste, mais il doit être changé"),
    "provisional": _("Mot de passe provisoire : page du nouveau mot de passe ouverte"),
    "not_active": _("Refusée : le dossier n’est pas ouvert en ligne"),
    "proof_somebody_else": _("Refusée : mot de passe ou code juste, mais l’identité est celle d’une autre personne"),
    "proof_other_account": _("Refusée : mot de passe ou code juste, mais donné dans l’espace d’un autre dossier"),
    "proof_not_active": _("Refusée : le dossier n’est pas ouvert en ligne"),
    **dict.fromkeys(SECOND_STEP, _("Refusée à la seconde étape : la première était juste")),
}
RIGHT_SECRET: Final = frozenset(
    {"must_reset", "provisional", "proof_somebody_else", "proof_other_account", *SECOND_STEP}
)
"""Attempts that opened nothing although a right password or code was given: somebody knows it."""


def device(browser: str, system: str) -> str:
    """Return a device, such as `Firefox sur Windows`."""
    if browser and system:
        return gettext(_ON) % {"browser": browser, "system": system}
    return browser or system or gettext(UNKNOWN)


def method(provider: str, amr: tuple[str, ...]) -> str:
    """Return how somebody signed in, such as `Mot de passe et code à usage unique`."""
    ways = [name for name, values in (*_WAYS, *_SECOND_WAYS) if values & set(amr)]
    words = [gettext(name) for name in ways] or [gettext(_PROVIDERS.get(provider, provider))]
    if len(words) == 1:
        return words[0]
    return gettext(_BOTH) % {"first": words[0], "second": _inside(words[1])}


def level(acr: str) -> str:
    """Return a level of assurance in words; empty for one that has none here."""
    return gettext(LEVELS.get(acr, ""))


def outcome(entry: Entry) -> str:
    """Return what became of an entry."""
    if not entry.opened:
        return gettext(_REFUSALS.get(entry.reason, _REFUSED))
    if entry.outcome == "live":
        return gettext(_("En cours, sur cet appareil") if entry.here else _("En cours"))
    return gettext(_ENDS.get(entry.reason, _OVER))


def _inside(word: str) -> str:
    """Return a word as it stands inside a sentence; names keep their capital."""
    return word if word == _FRANCECONNECT else word[:1].lower() + word[1:]
