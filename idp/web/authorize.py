"""The authorization endpoint and the place every step comes back to."""

from flask import g
from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.dispatch import Expired, Home, ShowConsent, ShowLogin, Step
from idp.authorize.response_modes import PostTo, RedirectTo
from idp.web.cross_site import as_address
from idp.web.errors import expired_page
from idp.web.http import Edge


def authorize(edge: Edge) -> AnyResponse:
    """GET or POST /authorize (OpenID Connect Core 1.0 section 3.1.2.1)."""
    parameters = edge.parameters()
    again = as_address(edge, parameters)
    if again is not None:
        return again
    g.ui_locales = parameters.get("ui_locales")
    return answer(edge, edge.front.begin(parameters, edge.browser()))


def resume(edge: Edge, interaction: str) -> AnyResponse:
    """GET /continuer/<interaction>: go on after a page has changed something."""
    return answer(edge, edge.front.resume(interaction, edge.browser()))


def answer(edge: Edge, step: Step) -> AnyResponse:
    """Turn a step of the front channel into an HTTP answer."""
    match step:
        case RedirectTo(url):
            return edge.go(url)
        case PostTo(action, fields):
            return edge.render("web/form_post.html", targets=(action,), action=action, fields=dict(fields))
        case ShowLogin():
            return edge.go(edge.sign_in_url(step.interaction.id))
        case ShowConsent():
            return edge.go(f"/consentement/{step.interaction.id}")
        case Home():
            return edge.go("/")
        case Expired():
            return expired_page(edge)
