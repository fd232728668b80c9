"""Every page with sample words, behind the provider's own headers: for tests, and for eyes.

`python -m tests.support.gallery [folder]` writes a picture of each page at three widths in both languages.
"""

import functools
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, abort, g, render_template, request
from jinja2 import StrictUndefined
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from federation import notices
from federation.forms import CodeForm, LetterForm
from idp.members.delivery import Options
from idp.services.captcha.port import CaptchaWidget
from idp.web.account.nav import MENU
from idp.web.forms import LoginForm
from idp.web.forms_activation import DeliveryForm, ForgottenForm, PasswordForm
from idp.web.headers import security_headers
from idp.web.i18n import Catalogue, choose_language, install
from idp.web.step_up import EVERY_WAY, Ways
from tests.support import account_pages, browser, device_pages, factor_pages
from tests.support.receipt_pages import LEFT, RECEIPT, SERVICES
from tests.support.sources import ROOT

TEMPLATES: Final = ROOT / "templates"
ENGLISH: Final = TEMPLATES / "translations" / "en.po"
NONCE: Final = "bm9uY2Utb2YtdGhlLWdhbGxlcnk"
WIDTHS: Final = (360, 768, 1280)
ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")

_SERVICE: Final[Mapping[str, Any]] = {
    "name": "Espace Personnel",
    "logo_url": None,
    "policy_url": "https://www.carpimko.example/donnees",
    "tos_url": None,
    "site": None,
    "url": "/",
    "description": "Vos cotisations, vos documents et vos démarches.",
}
_OTHER: Final = {
    **_SERVICE,
    "name": "Cap Retraite, simulateur",
    "site": "simulateur.cap-retraite.example",
    "description": "Estimez votre future retraite.",
}
_UPSTREAM: Final[Mapping[str, Any]] = {
    "name": "franceconnect",
    "label": "FranceConnect",
    "start_url": "/federation/franceconnect/start?interaction=i",
    "available": True,
    "message": None,
}
_SILENT: Final = "FranceConnect ne répond pas depuis 14 h 05. Connectez-vous avec votre numéro de dossier."
_DOWN: Final = {**_UPSTREAM, "available": False, "message": _SILENT}
_HOME: Final = {"label": "Aller à l’accueil", "href": "/", "primary": True}
_RETRY: Final = {"label": "Réessayer avec FranceConnect", "href": "#", "primary": True}
_OTHER_WAY: Final = {"label": "Se connecter avec mon numéro de dossier", "href": "#", "primary": False}


def _sign_in(**changes: Any) -> tuple[str, dict[str, Any]]:
    context: dict[str, Any] = {
        "service": _SERVICE,
        "interaction": "i",
        "form": LoginForm.empty(),
        "upstreams": [_UPSTREAM],
        "csrf": "c",
        "delay_seconds": None,
        "passkey": str(factor_pages.OPTIONS),
        "captcha": None,
        "captcha_error": "",
        "reauthentication": False,
        "ways": EVERY_WAY,
        "cancels": True,
    }
    return "web/login.html", context | changes


_WAYS: Final = {
    "password_url": "/federation/franceconnect/preuve?suite=s",
    "code_url": "/federation/franceconnect/code?suite=s",
    "letter_url": "/federation/franceconnect/courrier?suite=s",
}


def _more(**changes: Any) -> Ways:
    none = Ways(password=False, upstream=False, passkey=False, signed_in=True)
    return replace(none, **{"asked": "une clé d’accès ou un code à usage unique", **changes})


def _prove(form: LoginForm, **changes: Any) -> tuple[str, dict[str, Any]]:
    context = {
        "action": "/federation/franceconnect/preuve?suite=s",
        "csrf": "c",
        "identity": {"given_name": "Angela Claire Louise", "family_name": "DUBOIS"},
        "form": form,
        "cancel_url": "/connexion/i",
        **_WAYS,
        "interaction": "i",
        "delay_seconds": 0,
    }
    return "federation/prove.html", context | changes


def _code(template: str, form: CodeForm | LetterForm, **changes: Any) -> tuple[str, dict[str, Any]]:
    context: dict[str, Any] = {
        "action": "/federation/franceconnect/code?suite=s",
        "csrf": "c",
        "form": form,
        "asked": None,
        "own": False,
        **_WAYS,
        "cancel_url": "/connexion/i",
        "interaction": "i",
    }
    return template, context | changes


def _forgotten(form: ForgottenForm) -> tuple[str, dict[str, Any]]:
    context = {
        "form": form,
        "interaction": "i",
        "csrf": "c",
        "sign_in_url": "/connexion/i",
        "upstreams": [_UPSTREAM],
        "captcha": CaptchaWidget("proof_of_work", "reset", "s", 5, challenge="{}", attempts=10),
        "captcha_error": form.errors.get("captcha", ""),
    }
    return "web/forgotten.html", context


def _delivery(**changes: Any) -> tuple[str, dict[str, Any]]:
    context: dict[str, Any] = {
        "form": DeliveryForm(),
        "action": "/mot-de-passe-oublie/t",
        "csrf": "c",
        "masked_email": "j***dy@c*****.com",
        "why": "",
        "sign_in_url": "/connexion/i",
    }
    return "web/delivery.html", context | changes


def _choose_password(**changes: Any) -> tuple[str, dict[str, Any]]:
    context: dict[str, Any] = {
        "form": PasswordForm(email="jeanne.dy@cabinet.com"),
        "action": "/mot-de-passe/choisir/t",
        "csrf": "c",
        "dossier": "1234567",
        "masked_email": "j***dy@c*****.com",
        "shows_email": True,
        "minimum": 12,
        "also_open": [
            {"label": "FranceConnect", "since": "3 mars 2026", "passkey": False},
            {"label": "Mon téléphone", "since": "4 mars 2026", "passkey": True},
        ],
    }
    return "web/choose_password.html", context | changes


def _email_proof(state: str) -> tuple[str, dict[str, Any]]:
    context = {"state": state, "masked_email": "j***dy@c*****.com", "action": "/adresse-e-mail/t", "csrf": "c"}
    return "web/email_proved.html", {**context, "signed_in": False}


_DONE: Final = (
    "web/delivery_done.html",
    {"channel": "email", "minutes": 60, "days": 21, "sign_in_url": "/connexion/i"},
)
_CHOICE: Final[Mapping[str, Any]] = {
    "action": "/federation/franceconnect/dossier?suite=s",
    "csrf": "c",
    "dossiers": [
        {"id": "a", "label": "12•••67", "situation": "Affilié"},
        {"id": "b", "label": "12•••6789", "situation": "Ayant droit"},
    ],
    "error": None,
    "cancel_url": "/connexion/i",
}
_WRONG: Final = LoginForm(situation="affilie", dossier="1234567").failed(
    "Le numéro de dossier ou le mot de passe est incorrect."
)
_ASKED: Final = {"situation": "affilie", "dossier": "1234567"}
_TYPED: Final = LoginForm.parse({"situation": "affilie", "dossier": "12 34 56 789", "password": ""})

PAGES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "sign-in": _sign_in(),
    "sign-in-errors": _sign_in(form=_TYPED),
    "sign-in-empty": _sign_in(form=LoginForm.parse({})),
    "sign-in-wrong": _sign_in(form=_WRONG, delay_seconds=32),
    "sign-in-long-wait": _sign_in(form=_WRONG, delay_seconds=1900, service=None),
    "sign-in-day-over": _sign_in(form=_WRONG, delay_seconds=83820),
    "sign-in-again": _sign_in(reauthentication=True, form=LoginForm.empty(dossier="1234567")),
    "step-up": _sign_in(ways=_more(confirm=True, upstream=True, asked="FranceConnect ou un code à usage unique")),
    "step-up-enrol": _sign_in(ways=_more(enrol=True, necessary=True)),
    "step-up-upstream": _sign_in(ways=_more(upstream=True, signed_in=False, asked="FranceConnect", necessary=True)),
    "step-up-begin": _sign_in(ways=_more(upstream=True, password=True, passkey=True, then_code=True, signed_in=False)),
    "step-up-passkey": _sign_in(ways=_more(passkey=True, signed_in=False, asked="une clé d’accès")),
    "sign-in-upstream-down": _sign_in(upstreams=[_DOWN]),
    "sign-in-suspect": _sign_in(
        form=LoginForm("affilie", "1234567").unproven(outage=False),
        captcha=CaptchaWidget("proof_of_work", "sign-in", "s", 5, challenge="{}", attempts=10),
        captcha_error=LoginForm().unproven(outage=False).errors["captcha"],
    ),
    "refused-sign-in": _sign_in(form=_WRONG, language_form={"csrf": "c", "dossier": "1234567"}),
    "sign-in-elsewhere": _sign_in(service=_OTHER),
    "sign-in-alone": _sign_in(upstreams=[], service=None),
    "forgotten": _forgotten(ForgottenForm()),
    "forgotten-errors": _forgotten(ForgottenForm.parse({"dossier": "12 34"})),
    "forgotten-unproven": _forgotten(ForgottenForm("affilie", "1234567").unproven(outage=False)),
    "delivery": _delivery(),
    "delivery-error": _delivery(form=DeliveryForm.parse({}, Options("j***dy@c*****.com"))),
    "delivery-dormant": _delivery(masked_email=None, why="dormant"),
    "delivery-reported": _delivery(why="reported"),
    "delivery-done": _DONE,
    "delivery-done-post": (_DONE[0], {**_DONE[1], "channel": "post"}),
    "choose-password": _choose_password(),
    "choose-password-errors": _choose_password(
        form=PasswordForm.parse({"password": "a", "confirmation": "b", "email": "j"}), shows_email=False
    ),
    "choose-password-weak": _choose_password(form=PasswordForm().refused("weak"), masked_email="", shows_email=False),
    "password-chosen": ("web/password_chosen.html", {"sign_in_url": "/connexion/i"}),
    "email-confirm": _email_proof("confirm"),
    "email-proved": _email_proof("proved"),
    "email-gone": _email_proof("gone"),
    "consent": (
        "web/consent.html",
        {
            "service": _OTHER,
            "account": {"name": "Angela DUBOIS-MOREAU", "dossier": "1234567"},
            "interaction": "i",
            "csrf": "c",
            "scopes": [
                {"title": "Votre identité", "detail": "Nom, prénoms, sexe, date de naissance, langue."},
                {
                    "title": "Votre adresse e-mail",
                    "detail": "L’adresse connue de la CARPIMKO, et si elle est vérifiée.",
                },
            ],
        },
    ),
    "choose": ("web/choose_dossier.html", _CHOICE),
    "choose-error": ("web/choose_dossier.html", {**_CHOICE, "error": "Choisissez un dossier."}),
    "prove": _prove(LoginForm.empty()),
    "prove-wrong": _prove(_WRONG, language_form={"csrf": "c", "dossier": "1234567"}),
    "prove-wait": _prove(LoginForm.empty().failed(notices.PROOF_WAIT), delay_seconds=83820),
    "code-ask": _code("federation/code.html", CodeForm()),
    "code-sent": _code("federation/code.html", CodeForm(), asked={**_ASKED, "masked": "j***dy@c*****.com"}),
    "code-no-address": _code("federation/code.html", CodeForm(), asked={**_ASKED, "masked": None}),
    "letter": _code("federation/letter.html", LetterForm()),
    "letter-asked": _code("federation/letter.html", LetterForm(), asked=_ASKED),
    "letter-wrong": _code("federation/letter.html", LetterForm().failed(notices.LETTER_WRONG), asked=_ASKED),
    "letter-errors": _code("federation/letter.html", LetterForm.asking({"dossier": "12"}), own=False),
    "notice": (
        "federation/notice.html",
        {
            "title": "FranceConnect est momentanément indisponible",
            "paragraphs": (
                "FranceConnect ne peut pas vérifier votre identité en ce moment.",
                "Réessayez dans quelques minutes.",
            ),
            "actions": [_RETRY, _OTHER_WAY],
            "contact": False,
            "reference": "7KQ2-M4XD",
        },
    ),
    "notice-shut": (
        "federation/notice.html",
        {
            "title": notices.SHUT.title,
            "paragraphs": notices.SHUT.paragraphs,
            "actions": [_OTHER_WAY],
            "contact": True,
            "reference": None,
        },
    ),
    "logout": ("web/logout.html", {"csrf": "c", "ticket": "t", "service": _SERVICE, "services": SERVICES}),
    "logout-no-service": ("web/logout.html", {"csrf": "c", "ticket": "t", "service": None, "services": []}),
    "logout-frames": ("web/logout_frames.html", {"frames": [], "following": "/deconnexion/fin"}),
    "signed-out": ("web/signed_out.html", {"receipt": None, "signed_in": False}),
    "receipt": ("web/signed_out.html", {"receipt": RECEIPT, "signed_in": False}),
    "receipt-left": ("web/signed_out.html", {"receipt": LEFT, "signed_in": True}),
    "error": (
        "web/error.html",
        {
            "title": "Cette page n’est plus valable",
            "explanation": "Elle est restée ouverte trop longtemps, ou elle a été ouverte dans un autre navigateur.",
            "what_to_do": "Vous n’avez rien perdu : revenez à votre service ou connectez-vous de nouveau.",
            "reference": "7KQ2-M4XD",
            "actions": [_HOME],
        },
    ),
    "home": ("web/home.html", {"account": account_pages.ACCOUNT, "services": [_SERVICE, _OTHER], "unseen": []}),
    "home-alone": (
        "web/home.html",
        {"account": account_pages.without_email(), "services": [], "unseen": [device_pages.UNSEEN]},
    ),
    "welcome": ("web/home.html", {"account": None, "services": [], "unseen": []}),
    "form-post": ("web/form_post.html", {"action": "/sent", "fields": {"code": '"><script>', "state": "é"}}),
    "accessibility": ("web/accessibility.html", {}),
    **account_pages.PAGES,
    **factor_pages.PAGES,
    **device_pages.PAGES,
}
"""Name of a sample -> its template and context."""


@functools.cache
def gallery() -> Flask:
    """Return the application that shows each sample at `/<name>`; `lang` chooses the language."""
    app = Flask("gallery", template_folder=str(TEMPLATES), static_folder=str(TEMPLATES / "static"))
    # As the provider does: a browser that looks at a hundred pages loads their style once.
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = StrictUndefined
    install(app, Catalogue.load(ENGLISH), lambda: choose_language(request.args.get("lang"), None, None))
    phone, contact = "01 30 48 10 00", "https://www.carpimko.com/nous-contacter"
    app.context_processor(lambda: {"help": {"phone": phone, "url": contact}, "nonce": NONCE, "account_nav": MENU})

    @app.get("/<name>")
    def page(name: str) -> str:
        if name not in PAGES:
            abort(404)
        template, context = PAGES[name]
        g.page = True
        return render_template(template, **context)

    @app.get("/favicon.ico")
    def icon() -> tuple[str, int]:
        return "", 204

    @app.post("/sent")
    def sent() -> dict[str, str]:
        return dict(request.form)

    @app.after_request
    def protect(response: Response) -> Response:
        if g.get("page"):
            response.headers.extend(security_headers(nonce=NONCE, secure=False))
        return response

    return app


@contextmanager
def served() -> Iterator[str]:
    """Serve the gallery on a free port of the loopback; yield its address, without a slash at the end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, gallery(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def take_pictures(folder: Path, names: tuple[str, ...] = tuple(PAGES)) -> None:
    """Write `<name>-<width>[-en].png` of the named samples."""
    folder.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.chromium(), args=ARGUMENTS)
        for width in WIDTHS:
            page = chromium.new_page(viewport={"width": width, "height": 800})
            for name in names:
                for language, suffix in (("fr", ""), ("en", "-en")):
                    page.goto(f"{address}/{name}?lang={language}")
                    page.screenshot(path=folder / f"{name}-{width}{suffix}.png", full_page=True)
            page.close()
        chromium.close()


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1] if len(sys.argv) > 1 else "var/gallery"), tuple(sys.argv[2:]) or tuple(PAGES))
