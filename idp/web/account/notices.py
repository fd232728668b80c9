"""What has just been done, said on the page that follows: after a POST the browser is sent on, and told there.

The notice travels as an anti-forgery token of one session: nobody can make a link that says what did not happen.
Where what was done signs everybody out, it is a token of the browser alone (`last`, `holds`).
"""

from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.services.sessions import Session
from idp.web import forms
from idp.web.account import gate
from idp.web.http import Edge
from idp.web.i18n import mark as _

WORDS: Final = {
    "password": _("Votre mot de passe est changé. Vos autres connexions sont fermées."),
    "sent": _("Un message vient de partir. Ouvrez-le et suivez son lien pour confirmer l’adresse."),
    "cancelled": _("La demande est annulée. Votre adresse reste la même."),
    "same": _("Cette adresse est déjà la vôtre, et elle est confirmée."),
    "language": _("Votre langue est enregistrée."),
    "device_ended": _("La connexion est fermée."),
    "devices_ended": _("Toutes les autres connexions sont fermées."),
    "linked": _("FranceConnect est relié à votre dossier."),
    "unlinked": _("FranceConnect n’ouvre plus votre espace. Vos autres connexions sont fermées."),
    "withdrawn": _("L’autorisation est retirée."),
    "factor_added": _("Le nouveau moyen est ajouté à votre double authentification."),
    "factor_renamed": _("Le nouveau nom est enregistré."),
    "factor_removed": _("Ce moyen est retiré."),
    "factor_over": _("La page a été ouverte trop longtemps : rien n’a été ajouté. Recommencez."),
    "factors_full": _("Votre compte a autant de moyens qu’il peut en avoir : rien n’a été ajouté."),
    "second_step_off": _("Ce moyen est retiré. La double authentification est désactivée."),
    "codes_kept": _("C’est fait. Gardez vos codes de secours en lieu sûr."),
    "codes_over": _("Ces codes de secours ne sont plus montrés. Si vous ne les avez pas, créez-en de nouveaux."),
}


def then(edge: Edge, session: Session, path: str, name: str) -> AnyResponse:
    """Send the browser on to a page of ours, which will say one of `WORDS`."""
    return edge.go(f"{path}{'&' if '?' in path else '?'}fait={edge.csrf(_purpose(session, name))}")


def of(edge: Edge, session: Session) -> str:
    """Return what the page being answered has to say; empty for nothing."""
    sent = request.args.get("fait", "") if request.method == "GET" else ""
    if not sent:
        return ""
    said = (
        words
        for name, words in WORDS.items()
        if forms.verify_csrf(edge.csrf_key, edge.browser_id(), _purpose(session, name), sent)
    )
    return next(said, "")


def last(edge: Edge, path: str, name: str) -> str:
    """Return the address of a page that says, in this browser, what was done to a session that is over."""
    return f"{path}?fait={edge.csrf(_of_browser(name))}"


def holds(edge: Edge, name: str) -> bool:
    """Whether the page being answered was come to by `last` of this name."""
    return forms.verify_csrf(edge.csrf_key, edge.browser_id(), _of_browser(name), request.args.get("fait", ""))


def _of_browser(name: str) -> str:
    return forms.account_purpose("", f"fait:{name}")


def _purpose(session: Session, name: str) -> str:
    return gate.purpose(session, f"fait:{name}")
