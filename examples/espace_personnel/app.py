"""The example server: three applications, and the demo's mailbox, in one Flask app."""

import time
from collections.abc import Callable

from flask import Flask, Response

from examples.espace_personnel.config import PREFIXES, Config
from examples.espace_personnel.language import language, say
from examples.espace_personnel.oidc import RelyingParty
from examples.espace_personnel.pages import Application, blueprint
from examples.espace_personnel.sessions import SessionStore
from examples.mailbox.pages import blueprint as mailbox_blueprint

HEADERS = {
    # No form-action here: browsers apply it to the redirects after a form, and a logout passes through the provider.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def _now() -> int:
    return int(time.time())


def create_app(config: Config, clock: Callable[[], int] = _now) -> Flask:
    """Return the example server as a WSGI application. No call to the provider is made before the first sign-in."""
    app = Flask(__name__)
    app.jinja_env.globals.update(_=say, language=language)
    for key, prefix in PREFIXES.items():
        relying_party = RelyingParty(
            config.issuer,
            config.applications[key],
            f"{config.base_url}{prefix}/callback",
            clock,
        )
        application = Application(key, prefix, config.base_url, relying_party, SessionStore(clock))
        app.register_blueprint(blueprint(application))
    if config.mailbox is not None:
        app.register_blueprint(mailbox_blueprint(config.mailbox))
    app.add_url_rule("/healthz", "healthz", lambda: ("ok\n", {"Content-Type": "text/plain"}))
    app.add_url_rule("/callback-scripts", "callback_scripts", _callback_for_scripts)
    app.after_request(_write_headers)
    return app


def _callback_for_scripts() -> tuple[str, dict[str, str]]:
    """Give the browser of an outside script somewhere to land; the answer is in the address bar."""
    return "The answer to your script is in the address of this page.\n", {"Content-Type": "text/plain"}


def _write_headers(response: Response) -> Response:
    for name, content in HEADERS.items():
        response.headers.setdefault(name, content)
    return response
