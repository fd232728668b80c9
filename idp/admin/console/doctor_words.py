"""What pages say of the doctor's checks and steps, in plain words: French message ids."""

from typing import Final

from idp.admin.acts.doctor import KEYS_READ
from idp.admin.console.remedies import remedy
from idp.protocol.client_notes import Kind
from idp.services.checkup import Finding
from idp.web.i18n import mark as _

CHECKS: Final = {
    "enabled": _("État"),
    "redirect_uris": _("Adresses de retour"),
    "response_types": _("Formes de réponse"),
    "pkce": _("PKCE"),
    "authentication": _("Authentification de l’application"),
    "scopes": _("Scopes"),
    "logout_return": _("Retour après déconnexion"),
    "subjects": _("Identifiant des personnes"),
    "keys": _("Clés de l’application"),
    "back_channel": _("Annonce des déconnexions"),
}

STEPS: Final = {
    Kind.REQUESTED.value: _("L’application envoie la demande d’autorisation"),
    Kind.ANSWERED.value: _("La personne revient à l’application, connectée"),
    Kind.REDEEMED.value: _("L’application échange le code"),
    Kind.ID_TOKEN.value: _("Un ID token lui est délivré"),
    KEYS_READ: _("Elle lit les clés du fournisseur (JWKS), si elle ne les a pas déjà"),
    Kind.USERINFO.value: _("Elle lit userinfo, si elle en a besoin"),
    Kind.REFRESHED.value: _("Elle renouvelle ses jetons"),
    Kind.LOGGED_OUT.value: _("Elle demande la déconnexion"),
    Kind.TOLD.value: _("Elle accepte l’annonce de la déconnexion"),
    Kind.OWN_TOKEN.value: _("L’application demande un jeton pour elle-même"),
}

_GOOD: Final = {
    "enabled": _("Active."),
    "redirect_uris": _("Toutes en https, ou propres à une application native."),
    "pkce": _("Exigé : chaque demande doit porter un code_challenge S256."),
    "authentication": _("Ce qui est enregistré peut servir."),
    "scopes": _("Cohérents avec ce que l’application peut faire."),
    "logout_return": _("Une adresse au moins est enregistrée."),
    "subjects": _("Propre à l’application et stable : son secteur est connu."),
    "keys": _("Lues à l’instant ; une clé au moins peut servir."),
    "back_channel": _("Un logout token d’une session fictive a été accepté."),
}

_WHY: Final = {
    ("enabled", ""): _("L’application est désactivée : rien ne lui est accordé tant qu’elle n’est pas réactivée."),
    ("redirect_uris", "none"): _("Aucune n’est enregistrée : aucune connexion ne peut aboutir."),
    ("redirect_uris", "not_https"): _("Cette adresse est en http : le code y passerait en clair."),
    ("redirect_uris", "star"): _(
        "Cette adresse a un astérisque, qui ne remplace rien : enregistrez chaque adresse en entier."
    ),
    ("redirect_uris", "local"): _("Cette adresse n’existe que sur le poste d’un développeur."),
    ("response_types", "token_in_browser"): _(
        "Des jetons d’accès passent par le navigateur : préférez code (RFC 9700)."
    ),
    ("pkce", "exempt"): _("L’application en est dispensée : retirez la dispense dès que sa bibliothèque sait faire."),
    ("authentication", "no_secret"): _("Elle n’a aucun secret qui vaille encore : créez-en un."),
    ("authentication", "secret_ends"): _("Son dernier secret arrive bientôt à son terme (jours restants ci-dessous)."),
    ("scopes", "none"): _("Aucun n’est enregistré : ses jetons n’ouvriront rien."),
    ("scopes", "no_openid"): _("openid n’est pas parmi eux : il est accordé quand même, mais enregistrez-le."),
    ("scopes", "no_refresh_token"): _(
        "Elle peut demander offline_access mais refresh_token n’est pas parmi ses grant_types : il sera ignoré."
    ),
    ("scopes", "no_offline_access"): _(
        "Elle peut renouveler ses jetons (refresh_token), mais offline_access n’est pas parmi ses scopes : elle ne "
        "recevra aucun refresh token. Ajoutez ce scope si elle en a besoin."
    ),
    ("logout_return", "none"): _("Aucune n’est enregistrée : après une déconnexion, la personne reste chez nous."),
    ("subjects", "public"): _(
        "Ce service tiers reçoit le même identifiant que les autres applications : pairwise lui en donnerait un à lui "
        "seul (les personnes y seraient nouvelles)."
    ),
    ("subjects", "no_sector"): _("Ses adresses ont plusieurs noms de serveur : enregistrez sector_identifier_uri."),
    ("keys", "none"): _("Elle s’authentifie par une clé, et n’en a enregistré aucune (jwks ou jwks_uri)."),
    ("keys", "no_key_set"): _("Ce qui est publié n’est pas un JWKS."),
    ("keys", "no_usable_key"): _("Aucune clé publiée ne peut servir : type, usage (use) ou algorithme (alg)."),
    ("keys", "without_kid"): _("Plusieurs clés sont publiées, et l’une n’a pas de kid : elle ne sera jamais choisie."),
    ("back_channel", "none"): _(
        "Aucune adresse n’est enregistrée : elle n’apprendra pas qu’une session est finie ailleurs."
    ),
    ("back_channel", "front_channel_only"): _(
        "Elle n’est prévenue que par le navigateur, qui bloque souvent les cadres d’un autre site."
    ),
    ("back_channel", "status_400"): _(
        "Elle a répondu 400 à un logout token d’une session fictive : normal si elle ne connaît pas la session, sinon "
        "voyez son journal."
    ),
}
_STATUS: Final = _("L’adresse a répondu par un statut HTTP qui n’est pas un succès (ci-dessous).")


def sentence(finding: Finding) -> str:
    """Return what to say of what a check found."""
    if finding.state == "good":
        return _GOOD[finding.check]
    known = _WHY.get((finding.check, finding.aspect))
    if known is not None:
        return known
    return _STATUS if finding.aspect.startswith("status_") else remedy(Kind.NOT_TOLD.value, finding.aspect).what


def fact(finding: Finding) -> str:
    """Return what is shown beside the sentence: an address, a name of the protocol, how an address answered."""
    if finding.check == "back_channel" and finding.fact:
        return f"{finding.aspect.replace('status_', 'HTTP ')}, {finding.fact} ms"
    status = finding.aspect.replace("status_", "HTTP ") if finding.aspect.startswith("status_") else ""
    return " ".join(one for one in (status, finding.fact) if one)
