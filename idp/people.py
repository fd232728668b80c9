"""The Flask application behind the people's door, put together from its routes, error pages, languages and headers."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from wsgiref.types import WSGIApplication

from flask import Flask, Response, request
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.console import routes as console_routes
from idp.admin.console.desk import Console
from idp.web import authorize, errors, i18n, routes
from idp.web.account import nav
from idp.web.http import Edge
from idp.web.light import LightResponse
from idp.web.short_way import ShortWay
from idp.wire.room import refuse_when_full

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"
"""Pages and their assets: part of the checkout (decision D16)."""

MAX_FORM: Final = 64 * 1024


class Pages(Flask):
    """The Flask application of the pages."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or a handler as it is: all are plain functions, and each would be looked at each time."""
        return func


@functools.cache
def catalogue() -> i18n.Catalogue:
    """Return the translations, read once by a process."""
    return i18n.Catalogue.load(TEMPLATES / "translations" / "en.po")


def pages(app: Flask, edge: Edge, console: Console) -> WSGIApplication:
    """Attach everything a person may see to a Flask application; return what answers, by the short way or by Flask."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.response_class = LightResponse
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    i18n.install(app, edge.catalogue, edge.language)
    routes.register(app, edge)
    console_routes.register(app, console)
    errors.register(app, edge)
    app.context_processor(lambda: {"help": edge.settings.help, "nonce": edge.nonce(), "account_nav": nav.MENU})
    app.before_request(lambda: refuse_when_full(request.environ))
    app.after_request(lambda response: _finished(edge, response))
    # The last that is named comes first.
    app.after_request(lambda response: authorize.onward(edge, response))
    return ShortWay(app, edge, MAX_FORM, refuse_when_full)


def _finished(edge: Edge, response: Response) -> AnyResponse:
    if request.url_rule is not None:
        # For the figures of the door in front: a rule, never an address.
        request.environ["idp.route"] = request.url_rule.rule
    if request.endpoint == "static":
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response
    return edge.finish(response)
