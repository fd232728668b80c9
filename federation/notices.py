"""What a person is told, in French; the web room translates what it renders.

Every `error` that FranceConnect may send back has its own notice:
what happened in plain words, whether trying again helps, and that the other way in is open.
"""

from collections.abc import Mapping

from idp.records import dataclass


def _(text: str) -> str:
    """Mark a text for extraction; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Notice:
    """A page of plain words.

    ``retry``: whether a new attempt at the upstream is offered. ``contact``: whether only the house's people can help.
    """

    name: str
    title: str
    paragraphs: tuple[str, ...]
    status: int = 200
    retry: bool = True
    contact: bool = False


RETRY = _("Réessayer avec FranceConnect")
OTHER_WAY = _("Se connecter avec mon numéro de dossier")
HOME = _("Retour à la page de connexion")
PROVE = _("J’ai un numéro de dossier et un mot de passe")
PROVE_OTHERWISE = _("Relier mon dossier")
GO_ON = _("Continuer")
ACCOUNT = _("Retour à mes identités")

_NOTHING_CHANGED = _("Votre dossier n’a pas été modifié.")
PASSWORD_STAYS = _("Vous pouvez aussi vous connecter avec votre numéro de dossier et votre mot de passe.")
_WE_ARE_TOLD = _("Cette erreur ne vient pas de vous. Elle a été enregistrée avec la référence ci-dessous.")
_UNUSABLE = _("La connexion avec FranceConnect n’a pas abouti")

ERRORS: Mapping[str, Notice] = {
    notice.name: notice
    for notice in (
        Notice(
            "access_denied",
            _("Vous avez interrompu la connexion avec FranceConnect"),
            (
                _("FranceConnect nous indique que la connexion n’est pas allée à son terme."),
                _("Vous pouvez recommencer quand vous le souhaitez."),
                PASSWORD_STAYS,
            ),
        ),
        Notice(
            "server_error",
            _("FranceConnect a rencontré un problème technique"),
            (
                _("FranceConnect, ou le compte que vous y avez choisi, n’a pas pu vous identifier."),
                _("Essayez de nouveau, au besoin avec un autre compte (Impots.gouv, Ameli, MSA…)."),
                PASSWORD_STAYS,
            ),
            status=503,
        ),
        Notice(
            "temporarily_unavailable",
            _("FranceConnect est momentanément indisponible"),
            (
                _("FranceConnect ne peut pas vérifier votre identité en ce moment."),
                _("Réessayez dans quelques minutes."),
                PASSWORD_STAYS,
            ),
            status=503,
        ),
        Notice(
            "invalid_request",
            _UNUSABLE,
            (_("FranceConnect n’a pas compris notre demande."), _WE_ARE_TOLD, PASSWORD_STAYS),
            status=502,
        ),
        Notice(
            "invalid_scope",
            _UNUSABLE,
            (
                _("FranceConnect refuse de nous transmettre des informations dont nous avons besoin."),
                _WE_ARE_TOLD,
                PASSWORD_STAYS,
            ),
            status=502,
        ),
        Notice(
            "invalid_acr",
            _UNUSABLE,
            (
                _("FranceConnect n’accepte pas le niveau de garantie que nous demandons."),
                _WE_ARE_TOLD,
                PASSWORD_STAYS,
            ),
            status=502,
        ),
        Notice(
            "invalid_idp_hint",
            _UNUSABLE,
            (
                _("FranceConnect ne propose pas le compte demandé pour ce service."),
                _WE_ARE_TOLD,
                PASSWORD_STAYS,
            ),
            status=502,
        ),
        Notice(
            "unsupported_response_type",
            _UNUSABLE,
            (
                _("FranceConnect n’accepte pas la forme de notre demande."),
                _WE_ARE_TOLD,
                PASSWORD_STAYS,
            ),
            status=502,
        ),
    )
}

OTHER_ERROR = Notice(
    "other_error",
    _UNUSABLE,
    (_("FranceConnect a répondu par une erreur inattendue."), _WE_ARE_TOLD, PASSWORD_STAYS),
    status=502,
)
EXPIRED = Notice(
    "expired",
    _("Cette étape n’est plus valable"),
    (
        _("La page est restée ouverte trop longtemps, ou a été ouverte dans un autre navigateur."),
        _("Reprenez la connexion depuis le début : cela ne prend qu’un instant."),
    ),
    status=400,
)
IN_PROGRESS = Notice(
    "in_progress",
    _("Votre connexion est en cours"),
    (_("Votre première demande est encore en cours de traitement."),),
    retry=False,
)
DOWN = Notice(
    "down",
    _("FranceConnect ne répond pas"),
    (
        _("Nous n’avons pas reçu de réponse de FranceConnect dans le temps prévu."),
        _("Réessayez dans quelques minutes."),
        PASSWORD_STAYS,
    ),
    status=503,
)
PAUSED = Notice(
    "paused",
    _("La connexion avec FranceConnect est suspendue quelques instants"),
    (_("FranceConnect rencontre des difficultés en ce moment."), PASSWORD_STAYS),
    status=503,
    retry=False,
)
UNTRUSTED = Notice(
    "untrusted",
    _UNUSABLE,
    (
        _("La réponse reçue n’a pas pu être vérifiée. Par sécurité, nous ne l’avons pas utilisée."),
        _WE_ARE_TOLD,
        PASSWORD_STAYS,
    ),
    status=502,
)
NO_DOSSIER = Notice(
    "no_dossier",
    _("Nous n’avons pas trouvé de dossier à votre nom"),
    (
        _("L’identité transmise par FranceConnect ne correspond à aucun de nos dossiers."),
        _("Si vous avez un numéro de dossier, vous pouvez relier votre dossier."),
        _("Sinon, contactez-nous : nous vérifierons ensemble les informations de votre dossier."),
    ),
    retry=False,
)
SHUT = Notice(
    "shut",
    _("Votre espace n’est pas accessible en ligne"),
    (
        _("Nous ne pouvons pas ouvrir d’espace personnel avec cette identité."),
        _("Contactez-nous pour en savoir plus."),
    ),
    status=403,
    retry=False,
    contact=True,
)
SOMEBODY_ELSE = Notice(
    "somebody_else",
    _("Ce dossier ne correspond pas à votre identité"),
    (
        _("L’identité transmise par FranceConnect est différente de celle du titulaire du dossier."),
        _("Vérifiez que vous utilisez votre propre compte FranceConnect."),
        _NOTHING_CHANGED,
    ),
    status=403,
)
UNAVAILABLE = Notice(
    "unavailable",
    _("Le service est momentanément indisponible"),
    (_("Réessayez dans quelques minutes."), _NOTHING_CHANGED),
    status=503,
)
LINK_EXPIRED = Notice(
    "link_expired",
    _("Cette étape n’est plus valable"),
    (
        _("Elle doit se terminer dans les minutes qui suivent votre connexion, dans le même navigateur."),
        _("Reprenez depuis la page « Mes identités » de votre compte."),
    ),
    status=400,
)
NOT_YOURS = Notice(
    "not_yours",
    _("Ce compte FranceConnect n’est pas le vôtre"),
    (
        _("L’identité transmise par FranceConnect est différente de celle du titulaire du dossier."),
        _("Vérifiez que vous utilisez votre propre compte FranceConnect, et non celui d’un proche."),
    ),
    status=403,
)
OTHER_ACCOUNT = Notice(
    "other_account",
    _("Ce dossier n’est pas celui de votre compte"),
    (_("Indiquez le numéro et le mot de passe du dossier auquel vous êtes connecté."),),
    status=403,
)
OTHER_LINKED = Notice(
    "other_linked",
    _("Un autre compte FranceConnect est déjà relié à votre dossier"),
    (_("Pour le remplacer, déliez-le d’abord, puis reliez celui-ci."),),
    status=409,
)
NOTHING_LINKED = _("Rien n’a changé dans votre compte.")

PROOF_REQUIRED = _("Saisissez votre mot de passe.")
PROOF_SITUATION = _("Indiquez si vous êtes affilié ou ayant droit.")
PROOF_NO_NUMBER = _("Saisissez votre numéro de dossier.")
PROOF_DIGITS = _("Le numéro de dossier ne comporte que des chiffres, par exemple 1234567.")
PROOF_LENGTHS: Mapping[str, str] = {
    "affilie": _(
        "Le numéro de dossier d’un affilié a 7 chiffres. Vérifiez le numéro, ou choisissez « Ayant droit » s’il en a 9."
    ),
    "ayant_droit": _(
        "Le numéro de dossier d’un ayant droit a 9 chiffres. Vérifiez le numéro, ou choisissez « Affilié » s’il en a 7."
    ),
    "": _("Le numéro de dossier a 7 chiffres pour un affilié, 9 pour un ayant droit."),
}
PROOF_LONG = _("Le mot de passe est trop long : il a 256 caractères au plus.")
PROOF_WRONG = _("Le numéro de dossier ou le mot de passe est incorrect.")
PROOF_WAIT = _("Trop d’essais.")
PROOF_BUSY = _("Beaucoup de personnes se connectent en ce moment. Veuillez réessayer dans un instant.")
PROOF_STALE = _("La page a été ouverte trop longtemps. Veuillez recommencer.")
CODE_FORM = _("Le code a 8 chiffres.")
CODE_WRONG = _("Ce n’est pas le bon code. Vérifiez-le dans le dernier message reçu.")
CODE_GONE = _("Ce code ne vaut plus. Demandez-en un autre.")
CODE_OFTEN = _("Vous avez demandé plusieurs codes. Utilisez le dernier reçu, ou un autre moyen.")
LETTER_FORM = _("Le code du courrier a 16 lettres et chiffres.")
LETTER_WRONG = _("Ce code n’est pas le bon, ou il ne vaut plus. Vérifiez-le sur votre dernier courrier.")
LETTER_OFTEN = _("Vous avez demandé plusieurs courriers. Attendez le prochain, ou utilisez un autre moyen.")
LETTER_FULL = _("Beaucoup de courriers ont été demandés aujourd’hui. Recommencez demain, ou utilisez un autre moyen.")
CHOICE_REQUIRED = _("Choisissez un dossier.")
AFFILIE = _("Affilié")
AYANT_DROIT = _("Ayant droit")
