"""What the console says of each reason for which a member cannot be registered. Pure; French message ids.

The rules give their reasons in English, for programs and the command line; here each is a pattern with what it holds.
"""

import re
from collections.abc import Sequence
from functools import reduce
from typing import Final

from idp.web.i18n import Filled
from idp.web.i18n import mark as _

_TOLD: Final[tuple[tuple[str, str], ...]] = (
    (r"must have 1 to (?P<what>\d+) characters", _("Saisissez 1 à %(what)s caractères.")),
    (r"must hold strings of 1 to (?P<what>\d+) characters", _("Chaque valeur a 1 à %(what)s caractères.")),
    (r"must not hold control or invisible characters", _("Un caractère invisible s’est glissé dans le texte.")),
    (r"must have at most (?P<what>\d+) values", _("Saisissez %(what)s valeurs au plus.")),
    (r"must be one of: (?P<what>.+)", _("Choisissez parmi : %(what)s.")),
    (
        r"is not known; these are: (?P<what>[^;]+); did you mean (?P<near>\S+)\?",
        _("Seules ces valeurs existent : %(what)s. Vouliez-vous dire « %(near)s » ?"),
    ),
    (r"is not known; these are: (?P<what>[^;]+)", _("Seules ces valeurs existent : %(what)s.")),
    (r"must be a whole number of seconds, zero or more", _("Saisissez un nombre entier de secondes.")),
    (r"must be (?P<what>.+) for an? \w+ application", _("Pour ce type d’application, choisissez : %(what)s.")),
    (r"must be a JWKS: an object with a list of keys", _("Saisissez un JWKS : un objet JSON avec une liste « keys ».")),
    (r"is too large or cannot be kept", _("Ce jeu de clés est trop grand, ou contient un caractère interdit.")),
    (r"must hold keys, each an object", _("Chaque clé du jeu est un objet JSON.")),
    (
        r"holds a private or shared key: .+",
        _("Ce jeu contient une clé privée ou partagée : remplacez-la, et n’enregistrez que des clés publiques."),
    ),
    (r"holds too many keys", _("Ce jeu contient trop de clés.")),
    (
        r"holds no key that can be used: (?P<what>.+)",
        _("Ce jeu ne contient aucune clé utilisable : %(what)s."),
    ),
    (r"must hold a key for (?P<what>.+)", _("Ce jeu doit contenir une clé pour : %(what)s.")),
    (r"or jwks_uri is needed with private_key_jwt", _("Avec private_key_jwt, il faut un jeu de clés ou son adresse.")),
    (r"must not stand beside jwks", _("Donnez les clés ou leur adresse, pas les deux.")),
    (r"needs jwks or jwks_uri", _("Il faut des clés de l’application : jwks ou jwks_uri.")),
    (r"needs a key for it in jwks", _("Le jeu de clés n’en a aucune pour cet algorithme.")),
    (r"needs (?P<what>\w+_alg)", _("Choisissez aussi : %(what)s.")),
    (
        r"must hold (?P<what>.+), which the response_types need",
        _("Les formes de réponse choisies demandent aussi : %(what)s."),
    ),
    (
        r"has authorization_code, which needs a response type with code",
        _("authorization_code demande une forme de réponse qui contient code."),
    ),
    (r"has refresh_token, which needs authorization_code", _("refresh_token demande authorization_code.")),
    (r"must hold a grant type", _("Choisissez au moins une façon d’obtenir un jeton.")),
    (r"must not be none with client_credentials", _("client_credentials demande un secret ou une clé.")),
    (
        r"must hold the exact addresses to which members come back",
        _("Saisissez l’adresse exacte à laquelle les affiliés reviennent, une par ligne."),
    ),
    (
        r"must be empty, since members do not sign in to this application",
        _("Laissez vide : aucun affilié ne se connecte à cette application."),
    ),
    (
        r"must be an address in printable ASCII, at most 2000 characters",
        _("Une adresse a 2000 caractères ASCII au plus, sans espace."),
    ),
    (
        r"must be an address of at most 2000 ASCII characters, a host in its xn-- form",
        _("Une adresse a 2000 caractères ASCII au plus ; un nom accentué s’écrit sous sa forme xn--."),
    ),
    (r"must not hold a space", _("L’adresse contient une espace : retirez-la.")),
    (r"is not a valid URI", _("Ce n’est pas une adresse.")),
    (r"must not have a fragment", _("L’adresse ne doit pas avoir de fragment (#…).")),
    (r"must not hold user information", _("L’adresse ne doit pas contenir de nom d’utilisateur.")),
    (
        r"must not have a star: .+",
        _("Les adresses sont comparées à l’identique, et un astérisque n’y remplace rien : saisissez-la en entier."),
    ),
    (
        r"must have a valid host|must be an https address with a host",
        _("L’adresse doit avoir un nom de serveur : %(example)s"),
    ),
    (
        r"must use https(, such as \S+)?",
        _("L’adresse doit commencer par https, par exemple %(example)s"),
    ),
    (
        r"must use https \(http for localhost only\)(, such as \S+)?",
        _("L’adresse commence par https (http : localhost seulement), par exemple %(example)s"),
    ),
    (
        r"must use https, http://127\.0\.0\.1, .+",
        _("L’adresse commence par https, http://127.0.0.1 ou un nom à point, comme fr.mon-appli:/retour"),
    ),
    (
        r"must be an origin as browsers send it, .+",
        _("Une origine s’écrit comme les navigateurs l’envoient : https://mon-appli.fr, sans chemin."),
    ),
    (
        r"must be an absolute URI without a fragment, .+",
        _("Une ressource est une adresse complète sans fragment, par exemple https://api.mon-appli.fr"),
    ),
    (
        r"is the administrators' API, which asks nobody about its tokens",
        _("C’est l’API d’administration : personne ne vérifie ses jetons à sa place."),
    ),
    (
        r"must have scheme, host and port of one of the redirect_uris",
        _("L’adresse doit être sur le même serveur que l’une des adresses de retour."),
    ),
    (
        r"cannot reach an application on a person's own device",
        _("Une application installée chez l’affilié ne peut pas être appelée."),
    ),
    (
        r"must hold visible ASCII words without quote or backslash",
        _("Un scope est un mot sans espace, guillemet ni barre oblique inverse."),
    ),
    (
        r"holds (?P<what>\S+), which is about a member, and no member signs in here",
        _("%(what)s concerne un affilié, et aucun affilié ne se connecte à cette application."),
    ),
    (
        r"holds a scope of the administrators' API that is none: (?P<what>.+)",
        _("L’API d’administration a ces scopes : %(what)s."),
    ),
    (
        r"holds admin: scopes, which only an application without members can have",
        _("Les scopes admin: sont réservés aux machines."),
    ),
    (
        r"is needed for pairwise subjects unless every redirect URI has the same web host; or say subject_type public",
        _("Avec subject_type pairwise et plusieurs serveurs, cette adresse est nécessaire ; sinon, choisissez public."),
    ),
    (r"cannot be read", _("Le document à cette adresse ne peut pas être lu.")),
    (r"must lead to a JSON array", _("Le document à cette adresse doit être une liste JSON.")),
    (
        r"must lead to a list of every one of the redirect_uris",
        _("La liste à cette adresse doit contenir toutes les adresses de retour."),
    ),
    (r"is needed: members read it", _("Saisissez un nom : les affiliés le lisent.")),
    (
        r"must be 1 to 64 letters, digits, dots, hyphens and underscores",
        _("Un identifiant a 1 à 64 lettres, chiffres, points, tirets ou soulignés."),
    ),
    (
        r"must not be 32 hexadecimal digits, .+",
        _("32 chiffres hexadécimaux ressemblent à l’identifiant d’un affilié : choisissez autre chose."),
    ),
    (
        r"must be false for an application without credentials",
        _("Une application sans secret a toujours besoin de PKCE."),
    ),
    (r"is not supported", _("Ce service ne sait pas faire cela.")),
    (r"is the same in every language", _("Ce texte est le même dans toutes les langues.")),
    (r"has a language tag that is none of BCP 47", _("La langue s’écrit par exemple en, ou fr-CA.")),
    (r"is there in too many languages", _("Ce texte est donné dans trop de langues.")),
    (r"is not known here: .+", _("Ce nom n’est pas connu : corrigez-le.")),
)

_EXAMPLES: Final = {
    "redirect_uris": "https://mon-appli.fr/retour",
    "post_logout_redirect_uris": "https://mon-appli.fr/au-revoir",
    "backchannel_logout_uri": "https://mon-appli.fr/fin-de-session",
    "frontchannel_logout_uri": "https://mon-appli.fr/fin-de-session",
    "jwks_uri": "https://mon-appli.fr/jwks.json",
}
"""An address that fits each member; any other member has a page's."""
_PAGE: Final = "https://mon-appli.fr/page"

_ACTS: Final = {
    "taken": _("Une application a déjà cet identifiant."),
    "version": _("Quelqu’un d’autre a modifié cette application entre-temps : vérifiez, puis recommencez."),
    "console": _("La console s’enregistre elle-même : elle ne se modifie pas ici."),
    "enabled": _("Désactivez d’abord cette application."),
    "same": _("L’application est déjà enregistrée ainsi."),
    "no_secret": _("Cette application n’a pas de secret : elle s’authentifie autrement."),
}
_OTHERWISE: Final = _("Cette valeur est refusée.")
_WHICH: Final = _("Valeur %(number)s : %(said)s")
_NAMED: Final = _("Valeur %(number)s (%(value)s) : %(said)s")
_BOTH: Final = "%(first)s\n%(second)s"


def said(reason: str, position: int, value: str = "", member: str = "") -> Filled:
    """Return what the page says of a refusal.

    Args:
        reason: the code of an act's refusal, or a rule's reason.
        position: which value of a list is at fault, counted from one; zero where it is the whole.
        value: that value, where it can be shown.
        member: what is at fault, by the name of the protocol: an example that fits it is given.
    """
    found = Filled(_ACTS[reason]) if reason in _ACTS else _of_a_rule(reason, _EXAMPLES.get(member, _PAGE))
    if not position:
        return found
    return Filled(_NAMED if value else _WHICH, {"number": str(position), "value": value, "said": found})


def together(messages: Sequence[Filled]) -> Filled:
    """Return what is said of one field as one message, a line each; there is at least one."""
    return reduce(lambda first, second: Filled(_BOTH, {"first": first, "second": second}), messages)


def known(reason: str) -> bool:
    """Whether there are words for a reason."""
    return reason in _ACTS or any(re.fullmatch(pattern, reason) for pattern, _text in _TOLD)


def _of_a_rule(reason: str, example: str) -> Filled:
    for pattern, text in _TOLD:
        match = re.fullmatch(pattern, reason)
        if match is not None:
            return Filled(text, {**match.groupdict(), "example": example})
    return Filled(_OTHERWISE)
