"""The consent page of third parties' applications (N-016)."""

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.dispatch import Expired, ShowConsent
from idp.services.sessions import Session
from idp.web import asked
from idp.web.authorize import answer
from idp.web.errors import expired_page
from idp.web.http import Edge
from idp.web.i18n import gettext as _


def page(edge: Edge, interaction: str) -> AnyResponse:
    """GET /consentement/<interaction>."""
    step = edge.front.resume(interaction, edge.browser())
    return _show(edge, step) if isinstance(step, ShowConsent) else answer(edge, step)


def submit(edge: Edge, interaction: str) -> AnyResponse:
    """POST /consentement/<interaction>: the person's decision, recorded before the code is issued."""
    browser = edge.browser()
    step = edge.front.resume(interaction, browser)
    if isinstance(step, Expired):
        return expired_page(edge)
    if not isinstance(step, ShowConsent):
        return answer(edge, step)
    session = edge.live_session()
    if session is None:
        return edge.go(edge.sign_in_url(interaction))
    if not edge.check_csrf(_purpose(interaction, session)):
        return _show(edge, step)
    if request.form.get("decision") != "allow":
        return answer(edge, edge.front.deny(interaction, browser))
    client = step.request.client
    edge.consents.grant(session.account_id, client.client_id, step.request.shares, step.request.claims)
    edge.front.interactions.consented(step.interaction, browser.id, session.account_id)
    return edge.go(f"/continuer/{interaction}")


def _purpose(interaction: str, session: Session) -> str:
    """Name the form for its token: this interaction and this member's session, so that no other member's page fits."""
    return f"consentement:{interaction}:{session.sid}"


def _show(edge: Edge, step: ShowConsent) -> AnyResponse:
    client, interaction = step.request.client, step.interaction.id
    session = edge.live_session()
    account = edge.own.look(session.account_id) if session is not None else None
    if session is None or account is None:
        return edge.go(edge.sign_in_url(interaction))
    asked.now().ui_locales = step.request.ui_locales
    return edge.render(
        "web/consent.html",
        service=edge.service(client),
        account=account,
        scopes=[scope_words()[name] for name in step.request.shares if name in scope_words()],
        interaction=interaction,
        csrf=edge.csrf(_purpose(interaction, session)),
    )


def scope_words() -> dict[str, dict[str, str]]:
    """Return what each scope shares, in the words of a page."""
    return {
        "openid": {
            "title": _("Votre identifiant"),
            "detail": _("Un identifiant qui ne dit rien de vous, pour vous reconnaître à votre retour."),
        },
        "profile": {
            "title": _("Votre identité"),
            "detail": _("Nom, prénoms, sexe, date de naissance, langue."),
        },
        "email": {
            "title": _("Votre adresse e-mail"),
            "detail": _("L’adresse connue de la CARPIMKO, et si elle est vérifiée."),
        },
        "address": {
            "title": _("Votre adresse postale"),
            "detail": _("L’adresse connue de la CARPIMKO."),
        },
        "phone": {
            "title": _("Votre numéro de téléphone"),
            "detail": _("Le numéro connu de la CARPIMKO."),
        },
        "dossier": {
            "title": _("Votre dossier"),
            "detail": _("Votre numéro de dossier et votre situation (affilié ou ayant droit)."),
        },
        "offline_access": {
            "title": _("Un accès durable"),
            "detail": _("L’application garde cet accès quand vous n’êtes pas connecté, jusqu’à votre déconnexion."),
        },
    }
