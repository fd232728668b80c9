"""Every page of the people's door: path, methods, view. One screen."""

from collections.abc import Callable
from functools import partial
from typing import Final

from flask import Flask
from werkzeug.wrappers import Response as AnyResponse

from idp.web import authorize, consent, home, login, logout
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
    ("/mot-de-passe-oublie", "GET", "forgotten", login.forgotten),
    ("/consentement/<interaction>", "GET", "consent", consent.page),
    ("/consentement/<interaction>", "POST", "consent_submit", consent.submit),
    ("/logout", "GET POST", "end_session", logout.end_session),
    ("/deconnexion", "GET", "sign_out", logout.page),
    ("/deconnexion", "POST", "sign_out_confirm", logout.confirm),
    ("/deconnexion/fin", "GET", "signed_out", logout.done),
)


def register(app: Flask, edge: Edge) -> None:
    """Attach the views; each receives the edge and its path arguments."""
    for path, methods, name, view in ROUTES:
        app.add_url_rule(path, name, partial(view, edge), methods=methods.split())
