"""Every page of the people's door: path, methods, view. One screen."""

from collections.abc import Callable
from functools import partial
from typing import Final

from flask import Flask
from werkzeug.wrappers import Response as AnyResponse

from idp.web import activation, authorize, consent, email_proof, home, login, logout, second_step
from idp.web.account import (
    address,
    consents,
    devices,
    email,
    enrolment,
    history,
    identities,
    language,
    overview,
    password,
    personal_data,
    security,
)
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
    ("/connexion/<interaction>/confirmer/<ticket>", "GET", "confirm", second_step.page),
    ("/connexion/<interaction>/confirmer/<ticket>", "POST", "confirm_submit", second_step.submit),
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
    ("/compte/autorisations", "GET", "consents", consents.page),
    ("/compte/autorisations", "POST", "consents_withdraw", consents.withdraw),
    ("/compte", "GET", "account", overview.page),
    ("/compte/mot-de-passe", "GET", "own_password", password.page),
    ("/compte/mot-de-passe", "POST", "own_password_submit", password.submit),
    ("/compte/mot-de-passe/provisoire", "POST", "own_password_provisional", password.provisional),
    ("/compte/identites", "GET", "identities", identities.page),
    ("/compte/identites/<provider>/relier", "GET", "identity_tie", identities.tie),
    ("/compte/identites/<provider>/delier", "GET", "identity_untie", identities.untie),
    ("/compte/identites/<provider>/delier", "POST", "identity_untied", identities.untie_confirmed),
    ("/compte/appareils", "GET", "devices", devices.page),
    ("/compte/appareils", "POST", "devices_end", devices.end),
    ("/compte/historique", "GET", "history", history.page),
    ("/compte/historique/<entry_id>/signaler", "GET", "report", history.question),
    ("/compte/historique/<entry_id>/signaler", "POST", "report_submit", history.report),
    ("/compte/protege", "GET", "secured", history.done),
    ("/compte/adresse-e-mail", "GET", "own_email", email.page),
    ("/compte/adresse-e-mail", "POST", "own_email_follow_up", email.follow_up),
    ("/compte/adresse-e-mail/changer", "GET", "own_email_change", email.change),
    ("/compte/adresse-e-mail/changer", "POST", "own_email_submit", email.submit),
    ("/compte/adresse-postale", "GET", "own_address", address.page),
    ("/compte/donnees", "GET", "own_data", personal_data.page),
    ("/compte/donnees", "POST", "own_data_copy", personal_data.download),
    ("/compte/langue", "GET", "own_language", language.page),
    ("/compte/langue", "POST", "own_language_submit", language.submit),
    ("/compte/securite", "GET", "security", security.page),
    ("/compte/securite/application", "GET", "application_begin", enrolment.begin_application),
    ("/compte/securite/application/<ticket>", "GET", "application", enrolment.application),
    ("/compte/securite/application/<ticket>", "POST", "application_add", enrolment.add_application),
    ("/compte/securite/cle", "GET", "passkey", enrolment.passkey),
    ("/compte/securite/cle", "POST", "passkey_add", enrolment.add_passkey),
    ("/compte/securite/codes", "GET", "codes", security.codes_page),
    ("/compte/securite/codes", "POST", "codes_renew", security.renew_codes),
    ("/compte/securite/codes/<ticket>", "GET", "codes_new", security.new_codes),
    ("/compte/securite/codes/<ticket>", "POST", "codes_kept", security.codes_kept),
    ("/compte/securite/codes/<ticket>/texte", "GET", "codes_text", security.codes_text),
    ("/compte/securite/moyen/<factor>", "GET", "factor", security.factor_page),
    ("/compte/securite/moyen/<factor>", "POST", "factor_change", security.change_factor),
    ("/logout", "GET POST", "end_session", logout.end_session),
    ("/deconnexion", "GET", "sign_out", logout.page),
    ("/deconnexion", "POST", "sign_out_confirm", logout.confirm),
    ("/deconnexion/fin", "GET", "signed_out", logout.done),
)


def register(app: Flask, edge: Edge) -> None:
    """Attach the views; each receives the edge and its path arguments."""
    for path, methods, name, view in ROUTES:
        app.add_url_rule(path, name, partial(view, edge), methods=methods.split())
