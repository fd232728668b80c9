"""The three ways in which FranceConnect fails: a page that stays, a redirect that returns, a JSON body.

An error knows by its type where it may go. `code` is FranceConnect's own Y code, the one its support asks for.
"""

from dataclasses import dataclass

UNCATEGORISED = "Y040001"
"""FranceConnect's code for a protocol error that has none of its own."""

AUTHORIZE_ERRORS: dict[str, str] = {
    "access_denied": "User auth aborted",
    "server_error": "authentication aborted due to a technical error on the authorization server",
    "temporarily_unavailable": "authentication aborted due to a temporary unavailability",
    "invalid_request": "invalid request",
    "invalid_scope": "requested scope is not allowed",
    "invalid_acr": "acr_value is not valid",
    "invalid_idp_hint": "An idp_hint was provided but is not allowed",
    "unsupported_response_type": "unsupported response_type requested",
}
"""Every `error` that a service provider can receive on its callback, with its usual description."""

PAGES: dict[str, str] = {
    "Y000404": "Cette page n'existe pas.",
    "Y010004": "Aucune personne ne correspond au répertoire national.",
    "Y010011": "Le répertoire national ne répond pas.",
    "Y010015": "La personne est signalée comme décédée.",
    "Y030007": "Les paramètres de la demande d'autorisation ne sont pas valides.",
    "Y030030": "L'adresse de retour n'est pas valide.",
    "Y040001": "Une erreur technique est survenue.",
    "Y04C013C": "L'adresse de retour n'est pas déclarée pour ce service.",
    "Y04CFAEF": "L'adresse de retour après déconnexion n'est pas déclarée pour ce service.",
    "Y04EA6EF": "Ce service n'est pas connu, ou n'est pas actif dans cet environnement.",
    "Y100009": "Ce service n'est pas autorisé à demander cette information.",
    "Y180001": "L'usager a désactivé l'accès par FranceConnect.",
    "Y190001": "La session a expiré ou n'existe pas.",
    "Y420001": "Cette étape n'est pas celle en cours : un autre onglet ou un retour en arrière, peut-être.",
    "Y600006": "L'identité transmise par le fournisseur d'identité n'est pas valide.",
}
"""The pages this double can show, by Y code. The words are ours, the codes are FranceConnect's."""


@dataclass
class ShownError(Exception):
    """An HTML page; the user stays at FranceConnect. `detail` is for the page and the log, never user input."""

    code: str
    status: int = 400
    detail: str = ""


@dataclass
class ReturnedError(Exception):
    """A redirect to the service provider's proven callback; `fragment` puts the answer behind `#`."""

    redirect_uri: str
    state: str
    error: str
    description: str = ""
    fragment: bool = False


@dataclass
class JsonError(Exception):
    """A JSON body on a back-channel endpoint, with an `error_uri` that carries the code and a unique id."""

    status: int
    error: str
    description: str
    code: str
