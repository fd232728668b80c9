"""The authorization endpoint and the place every step comes back to."""

from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.dispatch import Expired, Home, ShowConsent, ShowLogin, Step
from idp.authorize.interaction import Reason
from idp.authorize.response_modes import PostTo, RedirectTo
from idp.protocol.errors import ShownError, Unavailable
from idp.upstream_ports import KeyValueUnavailable
from idp.web import asked
from idp.web.cross_site import as_address
from idp.web.errors import expired_page
from idp.web.http import STAFF_DOOR, Edge


def authorize(edge: Edge) -> AnyResponse:
    """GET or POST /authorize (OpenID Connect Core 1.0 section 3.1.2.1)."""
    parameters = edge.parameters()
    again = as_address(edge, parameters)
    if again is not None:
        return again
    asked.now().ui_locales = parameters.get("ui_locales")
    step = edge.front.begin(parameters, edge.browser())
    if isinstance(step, ShowLogin) and step.reason is Reason.CREATE:
        # Initiating User Registration 1.0: members are on file, so that an account begins with the first connection.
        return edge.go(f"/mot-de-passe-oublie?interaction={step.interaction.id}")
    return answer(edge, step)


def resume(edge: Edge, interaction: str) -> AnyResponse:
    """GET /continuer/<interaction>: go on after a page has changed something."""
    return answer(edge, edge.front.resume(interaction, edge.browser()))


def onward(edge: Edge, response: AnyResponse) -> AnyResponse:
    """Send a browser in which a session was just opened at once where it would be sent next: a request fewer.

    Where that is a page, or something is amiss, it is shown at its own address: a page that answers a form would send
    the form again when it is reloaded. What was issued for it is issued again then, as at a reload.
    """
    opened = asked.now().opened
    if opened is None:
        return response
    interaction, session = opened
    parked = edge.parked(interaction)
    if parked is None or response.headers.get("Location") != f"/continuer/{interaction}":
        return response
    try:
        following = answer(edge, edge.front.opened(parked, session, edge.browser()))
    except (ShownError, Unavailable, KeyValueUnavailable):
        return response
    if following.status_code != response.status_code:
        return response
    for cookie in response.headers.getlist("Set-Cookie"):
        following.headers.add("Set-Cookie", cookie)
    return following


def answer(edge: Edge, step: Step) -> AnyResponse:
    """Turn a step of the front channel into an HTTP answer."""
    match step:
        case RedirectTo(url):
            return edge.with_state(edge.go(url))
        case PostTo(action, fields):
            # The application may send the browser on to any address of its own, and the page has nothing but this form.
            page = edge.render("web/form_post.html", targets=None, action=action, fields=dict(fields))
            return edge.with_state(page)
        case ShowLogin():
            # What waits is known here, so that nothing is read again to find the door.
            staff = step.client is not None and step.client.staff
            return edge.go(f"{STAFF_DOOR if staff else '/connexion'}/{step.interaction.id}")
        case ShowConsent():
            return edge.go(f"/consentement/{step.interaction.id}")
        case Home(path):
            return edge.go(path)
        case Expired():
            return expired_page(edge)
