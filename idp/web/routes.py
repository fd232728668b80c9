"""Every page of the people's door: path, methods, view. One screen."""

from collections.abc import Callable
from functools import partial
from typing import Final

from flask import Flask
from werkzeug.wrappers import Response as AnyResponse

from idp.web import activation, authorize, consent, consents, email_proof, home, login, logout
from idp.web.http import Edge

View = Callable[..., AnyResponse]

ROUTES: Final[tuple[tuple[str, str, str, View], ...]] = (
    ("/", "GET", "home", home.page),
    ("/accessibilite", "GET", "accessibility", home.accessibility),
    ("/authorize", "GET POST", "authorize", authorize.authorize),
    ("/continuer/<interaction>", "GET", "resume", authorize.resume),
    ("/connexion", "GET", "sign_in_start", login.start),
    ("/connexion/<interaction>", "GET", "sign_in", login.page),
    ("/connexion/<interaction>", "POST", "sign_in_submit", login.submit),
    ("/mot-de-passe-oublie", "GET", "forgotten", activation.forgotten),
    ("/mot-de-passe-oublie", "POST", "forgotten_submit", activation.ask),
    ("/mot-de-passe-oublie/<ticket>", "GET", "delivery", activation.delivery),
    ("/mot-de-passe-oublie/<ticket>", "POST", "delivery_submit", activation.choose_delivery),
    ("/mot-de-passe-oublie/<ticket>/envoye", "GET", "delivery_done", activation.delivered),
    ("/mot-de-passe/choisir/<ticket>", "GET", "choose_password", activation.password_page),
    ("/mot-de-passe/choisir/<ticket>", "POST", "choose_password_submit", activation.choose_password),
    ("/mot-de-passe/choisi", "GET", "password_chosen", activation.password_chosen),
    ("/adresse-e-mail/<token>", "GET", "email_proof", email_proof.page),
    ("/adresse-e-mail/<token>", "POST", "email_proof_submit", email_proof.confirm),
    ("/consentement/<interaction>", "GET", "consent", consent.page),
    ("/consentement/<interaction>", "POST", "consent_submit", consent.submit),
    ("/autorisations", "GET", "consents", consents.page),
    ("/autorisations", "POST", "consents_withdraw", consents.withdraw),
    ("/logout", "GET POST", "end_session", logout.end_session),
    ("/deconnexion", "GET", "sign_out", logout.page),
    ("/deconnexion", "POST", "sign_out_confirm", logout.confirm),
    ("/deconnexion/fin", "GET", "signed_out", logout.done),
)


def register(app: Flask, edge: Edge) -> None:
    """Attach the views; each receives the edge and its path arguments."""
    for path, methods, name, view in ROUTES:
        app.add_url_rule(path, name, partial(view, edge), methods=methods.split())
