"""What a person is told who comes by an OpenID provider other than FranceConnect; it names no provider."""

from federation.notices import Notice


def _(text: str) -> str:
    """Mark a text for extraction; it is translated where it is shown."""
    return text


RETRY = _("Réessayer")

_FAILED = _("La connexion n’a pas abouti")
_WE_ARE_TOLD = _("Cette erreur ne vient pas de vous. Elle a été enregistrée avec la référence ci-dessous.")
_LATER = _("Réessayez dans quelques minutes.")

DENIED = Notice(
    "denied",
    _("Vous avez interrompu la connexion"),
    (_("Vous pouvez recommencer quand vous le souhaitez."),),
)
REFUSED = Notice("refused", _FAILED, (_("Le service d’identification a répondu par une erreur."), _WE_ARE_TOLD), 502)
DOWN = Notice(
    "down",
    _("Le service d’identification ne répond pas"),
    (_("Nous n’avons pas reçu sa réponse dans le temps prévu."), _LATER),
    status=503,
)
PAUSED = Notice("paused", _("La connexion est suspendue quelques instants"), (_LATER,), status=503)
UNTRUSTED = Notice(
    "untrusted",
    _FAILED,
    (
        _("La réponse reçue n’a pas pu être vérifiée. Par sécurité, nous ne l’avons pas utilisée."),
        _WE_ARE_TOLD,
    ),
    status=502,
)
NOBODY = Notice(
    "nobody",
    _("Vous n’avez pas d’accès à ce service"),
    (
        _("Vous êtes identifié, mais aucun compte ne vous est ouvert ici."),
        _("Adressez-vous à la personne qui gère les accès."),
    ),
    status=403,
    retry=False,
)
