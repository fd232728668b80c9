"""What the console calls messages, and the causes of what was not delivered. Pure; French message ids.

A cause names what a program met: a word of ours, or the name of an error with the codes of a mail server (RFC 5321
section 4.2, RFC 3463). It stands in the record as it is, so pages show it beside its words.
"""

from collections.abc import Mapping
from typing import Final

from idp.web.i18n import mark as _

MESSAGES: Final[Mapping[str, str]] = {
    "contact_changed": _("Avis : coordonnées changées"),
    "desk_act": _("Avis : acte de l’assistance"),
    "email_changed": _("Avis : adresse e-mail changée"),
    "email_proof": _("Lien qui confirme l’adresse e-mail"),
    "link_code": _("Code de preuve"),
    "linked": _("Avis : identité rattachée"),
    "new_device": _("Avis : nouvel appareil"),
    "password_changed": _("Avis : mot de passe changé"),
    "provisional": _("Mot de passe provisoire"),
    "reported": _("Avis : connexion signalée"),
    "second_factor": _("Avis : second facteur changé"),
    "unlinked": _("Avis : identité détachée"),
}
"""The messages to members, by the name of their template."""

_OURS: Final[Mapping[str, str]] = {
    "server_rests": _("Le serveur de messagerie ne répondait pas un instant plus tôt"),
    "unusable_address": _("L’adresse e-mail est mal formée"),
    "too_late": _("Le message ne servait plus à rien"),
    "no_handler": _("Ce serveur ne sait pas faire cet envoi"),
    "no_address": _("L’application n’a plus d’adresse pour cela"),
    "resting": _("L’application ne répondait pas un instant plus tôt"),
    "address_refused": _("Adresse qui ne peut pas être appelée d’ici"),
    "deadline": _("Pas de réponse à temps"),
    "too_large": _("Réponse trop longue"),
    "unreachable": _("Serveur pas joignable : nom, pare-feu ou certificat"),
    "status": _("Le serveur a répondu par une erreur"),
    "busy": _("Trop d’appels étaient en cours"),
    "Unavailable": _("La base de données ne répondait pas"),
    "PostIsFull": _("Trop de courriers attendent déjà"),
}
_ERRORS: Final[Mapping[str, str]] = {
    "SMTPServerDisconnected": _("Le serveur de messagerie a coupé la connexion"),
    "SMTPConnectError": _("Le serveur de messagerie refuse la connexion"),
    "SMTPHeloError": _("Le serveur de messagerie refuse la connexion"),
    "SMTPAuthenticationError": _("Le serveur de messagerie refuse le nom ou le mot de passe du service"),
    "SMTPSenderRefused": _("Le serveur de messagerie refuse l’adresse de l’expéditeur"),
    "SMTPNotSupportedError": _("Le serveur de messagerie ne sait pas envoyer à une telle adresse"),
    "ConnectionRefusedError": _("Aucun serveur de messagerie à l’adresse configurée"),
    "ConnectionResetError": _("Le serveur de messagerie a coupé la connexion"),
    "BrokenPipeError": _("Le serveur de messagerie a coupé la connexion"),
    "TimeoutError": _("Le serveur de messagerie ne répond pas à temps"),
    "gaierror": _("Le nom du serveur de messagerie est inconnu"),
    "SSLCertVerificationError": _("Le certificat du serveur de messagerie n’est pas valable"),
    "SSLError": _("La connexion chiffrée au serveur de messagerie échoue"),
    "PermissionError": _("Le dossier des messages ne peut pas être écrit"),
    "FileNotFoundError": _("Le dossier des messages n’existe pas"),
    "OSError": _("Le serveur de messagerie n’est pas joignable"),
}
"""By the name of an error, whatever codes follow it."""

_DETAILS: Final[Mapping[str, str]] = {
    "1": _("Le serveur de messagerie ne connaît pas cette adresse"),
    "2.2": _("La boîte aux lettres est pleine"),
    "2": _("La boîte aux lettres ne prend pas de message"),
    "4": _("Le serveur de messagerie du membre n’est pas joignable"),
    "7": _("Une règle du serveur de messagerie refuse le message : expéditeur ou contenu pris pour indésirable"),
}
"""By the subject of an enhanced code, with its detail where that says more: `5.1.1` is `1`, `4.2.2` is `2.2`."""

_FOR_GOOD: Final = _("Le serveur de messagerie refuse ce message")
_LATER: Final = _("Le serveur de messagerie remet ce message à plus tard")
_NOT_TAKEN: Final = _("L’application a refusé l’annonce de déconnexion")
_ANSWERED: Final = _("L’application a répondu par une erreur")


def words(cause: str) -> str:
    """Return what a cause means; empty for one that is not known, which is shown as it is."""
    if cause in _OURS:
        return _OURS[cause]
    if cause.startswith("status_"):
        return _NOT_TAKEN if cause == "status_400" else _ANSWERED
    error, *codes = cause.split()[:3] or [""]
    return _refusal(codes) if error in {"SMTPRecipientsRefused", "SMTPDataError"} else _ERRORS.get(error, "")


def _refusal(codes: list[str]) -> str:
    """Return what a server says of a message: its enhanced code, where there is one, else for good or for now."""
    _class, _sep, detail = (codes[1] if len(codes) > 1 else "").partition(".")
    told = _DETAILS.get(detail) or _DETAILS.get(detail.partition(".")[0])
    return told or (_LATER if codes and codes[0].startswith("4") else _FOR_GOOD)
