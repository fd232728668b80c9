"""Words for people: what the claims and the sign-in facts mean. `say` returns them in the language of the page."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime

from examples.espace_personnel.language import language, say

CLAIMS: Final = {
    "sub": "Identifiant",
    "name": "Nom complet",
    "given_name": "Prénom",
    "middle_name": "Autres prénoms",
    "family_name": "Nom",
    "nickname": "Surnom",
    "preferred_username": "Nom d’usage",
    "gender": "Sexe",
    "birthdate": "Date de naissance",
    "email": "Adresse e-mail",
    "email_verified": "Adresse e-mail vérifiée",
    "phone_number": "Téléphone",
    "phone_number_verified": "Téléphone vérifié",
    "address": "Adresse postale",
    "picture": "Portrait",
    "profile": "Page de présentation",
    "website": "Site du cabinet",
    "numero_dossier": "Numéro de dossier",
    "situation": "Situation",
    "locale": "Langue",
    "zoneinfo": "Fuseau horaire",
    "updated_at": "Dernière mise à jour",
}
SITUATIONS: Final = {"affilie": "Affilié", "ayant_droit": "Ayant droit"}
GENDERS: Final = {"female": "Femme", "male": "Homme", "unspecified": "Non précisé"}
LEVELS: Final = {
    "eidas1": "FranceConnect, niveau faible (eIDAS)",
    "eidas2": "FranceConnect+, niveau substantiel (eIDAS)",
    "eidas3": "FranceConnect+, niveau élevé (eIDAS)",
    "https://carpimko.com/acr/password": "Mot de passe de la CARPIMKO",
}
MEANS: Final = {
    "pwd": "mot de passe",
    "fc": "FranceConnect",
    "otp": "code à usage unique",
    "mfa": "deux facteurs",
    "hwk": "clé de sécurité",
    "swk": "clé de l’appareil",
    "sms": "code reçu par SMS",
    "mail": "code reçu par e-mail",
    "pin": "code secret",
    "pop": "clé personnelle",
}
ERRORS: Final = {
    "access_denied": "La connexion a été interrompue, ou vous avez refusé de partager vos informations.",
    "consent_required": "Votre accord est nécessaire pour continuer.",
    "login_required": "Vous devez confirmer votre identité pour continuer.",
    "temporarily_unavailable": "Le service de connexion est momentanément indisponible.",
    "server_error": "Le service de connexion a rencontré une difficulté.",
    "unknown_state": "Cette page de connexion n’est plus valable : elle a déjà servi, ou date de trop longtemps.",
    "provider_unavailable": "Le service de connexion ne répond pas pour le moment.",
}
ERROR_OTHERWISE: Final = "La connexion n’a pas pu aboutir."

_HOUR: Final = {"fr": "EEEE d MMMM y 'à' HH\u00a0'h'\u00a0mm", "en": "EEEE d MMMM y, HH:mm"}


def moment(seconds: int) -> str:
    """Return Unix seconds as a date and hour in words, in Paris where the machine knows it, else in UTC."""
    try:
        zone: ZoneInfo | None = ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        zone = None
    when = datetime.fromtimestamp(seconds, zone or UTC)
    text = format_datetime(when, _HOUR[language()], tzinfo=when.tzinfo, locale=language())
    return _first(text) if zone else f"{_first(text)} (UTC)"


def value(name: str, content: Any) -> str:
    """Return the value of a claim as a person would write it."""
    if isinstance(content, bool):
        return say("oui" if content else "non")
    if name == "birthdate":
        return _birthdate(str(content))
    if name == "updated_at" and isinstance(content, int):
        return moment(content)
    if name == "address" and isinstance(content, Mapping):
        parts = [content.get(part) for part in ("street_address", "postal_code", "locality", "country")]
        return str(content.get("formatted") or ", ".join(part for part in parts if part))
    if isinstance(content, (list, tuple)):
        return ", ".join(str(item) for item in content)
    return _found({"situation": SITUATIONS, "gender": GENDERS}.get(name, {}), content)


def _found(words: Mapping[str, str], content: Any) -> str:
    """Return the words for a value; what there are none for is somebody's own, which is never translated."""
    found = words.get(str(content))
    return say(found) if found else str(content)


def _birthdate(text: str) -> str:
    """Return a birth date in words, as it came where day or month are unknown (`1962-00-00`)."""
    try:
        return _first(format_date(date.fromisoformat(text), "d MMMM y", locale=language()))
    except ValueError:
        return text


def rows(profile: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the claims as (name, label, value), the known ones first and in a fixed order."""
    known = [name for name in CLAIMS if name in profile]
    others = sorted(name for name in profile if name not in CLAIMS)
    return [(name, say(CLAIMS.get(name, name)), value(name, profile[name])) for name in known + others]


def sign_in_facts(claims: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return how sure the provider is of the member: (claim, label, sentence)."""
    facts = []
    if "acr" in claims:
        facts.append(("acr", say("Niveau de garantie"), _found(LEVELS, claims["acr"])))
    if claims.get("amr"):
        means = ", ".join(_found(MEANS, item) for item in claims["amr"])
        facts.append(("amr", say("Moyen utilisé"), means[:1].upper() + means[1:]))
    if "auth_time" in claims:
        facts.append(("auth_time", say("Connexion du"), moment(claims["auth_time"])))
    return facts


def greeting(profile: Mapping[str, Any]) -> str:
    """Return the name to greet a member by; every part of it is optional."""
    first = str(profile.get("given_name") or "")  # as it is: "Jean Marie" is one given name, not two
    family = str(profile.get("preferred_username") or profile.get("family_name") or "")
    return " ".join(part for part in (first, family) if part) or str(profile.get("name", ""))


def _first(text: str) -> str:
    """Return a date with the first of a month as French people write it, which babel does not."""
    return re.sub(r"\b1 (?=[^\W\d]+ \d{4}\b)", "1er ", text) if language() == "fr" else text
