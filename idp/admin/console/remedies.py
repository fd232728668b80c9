"""What a refusal means and what mends it, in plain words: French message ids, by kind and aspect of what was noted."""

from typing import Final

from idp.protocol.client_notes import Kind
from idp.protocol.near_miss import Difference
from idp.records import dataclass
from idp.web.i18n import mark as _


@dataclass(frozen=True, slots=True)
class Remedy:
    """What went wrong in a few words, and what to do about it."""

    title: str
    what: str


_DIFFERENCES: Final = {
    Difference.TRAILING_SLASH: _(
        "Une barre oblique finale est en trop ou manque. Les adresses se comparent caractère par caractère."
    ),
    Difference.SCHEME: _(
        "L’une des adresses commence par http, l’autre par https. Derrière un serveur mandataire, l’application doit "
        "savoir qu’elle est servie en https."
    ),
    Difference.WWW: _("Le « www. » est en trop ou manque."),
    Difference.LOCAL_NAME: _("localhost et 127.0.0.1 désignent la même machine, mais ce sont deux adresses."),
    Difference.PORT: _("Le port n’est pas le même, ou il est écrit d’un côté seulement."),
    Difference.CASE: _("Les majuscules et les minuscules diffèrent."),
    Difference.QUERY: _("Ce qui suit le point d’interrogation diffère : il fait partie de l’adresse enregistrée."),
    Difference.FRAGMENT: _("L’adresse envoyée a un fragment (#…), ce qu’une adresse de retour n’a jamais."),
    Difference.ENCODING: _("Un caractère est codé en pourcents d’un côté et pas de l’autre."),
    Difference.USER_INFORMATION: _("L’adresse envoyée contient un nom d’utilisateur : retirez-le."),
    Difference.STAR: _(
        "L’adresse enregistrée a un astérisque, qui ne remplace rien : les adresses se comparent caractère par "
        "caractère. Enregistrez chaque adresse en entier."
    ),
    Difference.PATH: _("Le chemin n’est pas le même."),
    Difference.HOST: _("Le nom du serveur n’est pas le même : est-ce un autre environnement ?"),
    Difference.NONE_REGISTERED: _("L’application n’a enregistré aucune adresse de cette sorte."),
    Difference.OTHER: _("L’adresse envoyée ne ressemble à aucune de celles qui sont enregistrées."),
}

_MISSING: Final = _("L’application n’a pas envoyé d’adresse de retour : redirect_uri est obligatoire.")
_REPEATED: Final = _("L’application a envoyé l’adresse de retour deux fois.")

_TOLD: Final = {
    "a requested scope is not registered for this client": _(
        "L’application demande un scope qui n’est pas enregistré pour elle : ajoutez-le, ou retirez-le de la demande."
    ),
    "scope must contain openid": _("Le scope openid manque dans la demande."),
    "code_challenge is required": _(
        "PKCE manque : la bibliothèque de l’application doit envoyer code_challenge avec la méthode S256."
    ),
    "code_challenge_method must be S256": _("La méthode de PKCE doit être S256, jamais plain."),
    "this client may not use this response_type": _(
        "Cette forme de réponse n’est pas enregistrée pour l’application : utilisez code."
    ),
    "this client must push its authorization requests": _(
        "L’application doit déposer sa demande au point d’accès /par avant d’envoyer la personne (RFC 9126)."
    ),
    "the pushed request is unknown, used or expired": _(
        "La demande déposée est inconnue ou n’est plus valable : elle ne sert qu’une fois, dans la minute."
    ),
    "nonce is required for this response_type": _("Le nonce manque, alors qu’un ID token passe par le navigateur."),
    "redirect_uri does not match the authorization request": _(
        "Au point d’accès token, redirect_uri doit être la même que dans la demande d’autorisation."
    ),
    "code_verifier does not match": _(
        "Le code_verifier n’est pas celui dont la demande portait l’empreinte : il doit être gardé avec la session."
    ),
    "redirect_uri is missing": _("Au point d’accès token, redirect_uri manque : elle accompagne le code."),
    "code is missing": _("Le code manque dans la demande de jeton, ou il est vide."),
    "refresh_token is missing": _("Le refresh token manque dans la demande de jeton, ou il est vide."),
    "code_verifier is missing": _(
        "Le code_verifier manque dans la demande de jeton : la bibliothèque doit l’envoyer avec le code."
    ),
    "code_verifier must be 43 to 128 unreserved characters": _(
        "Le code_verifier n’a pas la forme voulue : de 43 à 128 caractères, lettres, chiffres et - . _ ~."
    ),
    "code_verifier came for a code that was asked for without code_challenge": _(
        "Un code_verifier est venu pour un code demandé sans code_challenge : PKCE va avec les deux ou pas du tout."
    ),
    "code is not valid": _("Le code est expiré (une minute), a déjà servi, ou la personne s’est déconnectée."),
    "the code or token is not valid": _("Le code est inconnu ou expiré : il vaut une minute et ne sert qu’une fois."),
    "refresh token is not valid": _(
        "Le refresh token est inconnu, expiré ou a déjà servi : l’application doit garder le dernier qu’elle a reçu."
    ),
    "this client may not use this grant type": _("Ce grant_type n’est pas enregistré pour l’application."),
}

_PROOFS: Final = {
    "method": _("L’application s’authentifie d’une autre façon que celle qui est enregistrée."),
    "secret": _("Le secret n’est pas le bon : a-t-il été copié en entier, sans espace ?"),
    "secret_ended": _("Le secret envoyé est arrivé à son terme : l’application doit utiliser le nouveau."),
    "assertion_used": _("La même assertion a été envoyée deux fois : chaque appel en demande une nouvelle (jti)."),
    "unknown_key": _(
        "La clé (kid) de l’assertion n’est pas dans le JWKS de l’application : publiez-la avant de vous en servir."
    ),
    "bad_signature": _("La signature de l’assertion n’est pas celle de la clé publiée."),
    "wrong_audience": _("L’audience (aud) de l’assertion doit être l’adresse du fournisseur, seule."),
    "algorithm_not_allowed": _("L’algorithme de l’assertion n’est pas celui qui est enregistré."),
    "expired": _("L’assertion est expirée : l’horloge de l’application est-elle à l’heure ?"),
    "issued_in_future": _("L’assertion est datée du futur : l’horloge de l’application est-elle à l’heure ?"),
}

_CALLS: Final = {
    "address_refused": _("L’adresse ne peut pas être appelée d’ici : elle n’est pas publique, ou pas en https."),
    "deadline": _("L’application n’a pas répondu à temps."),
    "too_large": _("La réponse est trop longue."),
    "unreachable": _("L’application n’est pas joignable : nom, pare-feu ou certificat."),
    "busy": _("Trop d’appels étaient en cours : recommencez."),
}

_TITLES: Final = {
    Kind.REDIRECT_URI.value: _("Adresse de retour refusée"),
    Kind.DISABLED.value: _("Application désactivée"),
    Kind.AUTHORIZE.value: _("Demande d’autorisation refusée"),
    Kind.AUTHENTICATION.value: _("Authentification de l’application refusée"),
    Kind.TOKEN.value: _("Demande de jeton refusée"),
    Kind.LOGOUT.value: _("Retour de déconnexion refusé"),
    Kind.NOT_TOLD.value: _("Déconnexion non transmise"),
}
_DISABLED: Final = _("L’application est désactivée : rien ne lui est accordé tant qu’elle n’est pas réactivée.")
_HINTS: Final = {
    "hint": _("L’id_token_hint n’est pas un ID token de ce fournisseur pour cette application."),
    "hint_missing": _("L’id_token_hint manque : sans lui, la personne n’est pas renvoyée à l’application."),
}
_ASSERTION: Final = _("L’assertion de l’application n’est pas acceptée.")
_REFUSED: Final = _("L’application a refusé le logout token : sa réponse n’est pas un succès.")
_SENTENCE: Final = _("L’application a reçu la phrase ci-dessous, en anglais, qui dit la faute.")


def remedy(kind: str, aspect: str) -> Remedy:
    """Return what to say of a refusal that was noted; what is not foreseen has the sentence the application got."""
    return Remedy(_TITLES.get(kind, kind), _what(kind, aspect))


def spoken(kind: str, aspect: str) -> bool:
    """Whether the aspect is a sentence that the application was told, which helps beside our words."""
    return kind in {Kind.AUTHORIZE.value, Kind.TOKEN.value} and bool(aspect)


def _what(kind: str, aspect: str) -> str:
    if kind == Kind.DISABLED.value:
        return _DISABLED
    if kind == Kind.AUTHENTICATION.value:
        return _PROOFS.get(aspect.partition(":")[0], _ASSERTION)
    if kind == Kind.NOT_TOLD.value:
        return _CALLS.get(aspect, _REFUSED)
    if kind in {Kind.REDIRECT_URI.value, Kind.LOGOUT.value}:
        found = {str(name): words for name, words in _DIFFERENCES.items()}
        return {"missing": _MISSING, "repeated": _REPEATED, **_HINTS, **found}.get(
            aspect, _DIFFERENCES[Difference.OTHER]
        )
    return _TOLD.get(aspect, _SENTENCE)
