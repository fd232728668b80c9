"""The paths of an OpenID provider's journey: start, callback, return from logout. Flask lives here only."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request

from federation import notices
from federation.ends import Ends
from federation.openid_journey import Arrived, OpenIdJourney, Step
from federation.query import answer_of, one, return_id
from federation.steps import Page
from idp.upstream_ports import BrowserDoor, KeyValueUnavailable

_SIGNED_OUT = "/deconnexion/fin"


def openid_blueprint(journey: OpenIdJourney, door: BrowserDoor) -> Blueprint:
    """Return the pages of one provider, each answering through the house's door."""
    pages = Blueprint(f"federation_{journey.upstream.name}", __name__, url_prefix=journey.upstream.base)
    ends = Ends(journey.ports.kv, journey.ports.random, journey.upstream.base, journey.lost)

    @pages.get("/start")
    def start() -> Any:
        return _answer(journey, door, ends, lambda: journey.start(door, one(request.args, "interaction")))

    @pages.get("/callback")
    def callback() -> Any:
        return _answer(journey, door, ends, lambda: journey.callback(door, answer_of(request.args)))

    @pages.get("/logout")
    def logout() -> Any:
        state = return_id(request.args)
        return redirect(f"{_SIGNED_OUT}?retour={state}" if state else _SIGNED_OUT, 303)

    @pages.get("/fin")
    def end() -> Any:
        return _shown(door, ends.page(door, one(request.args, "suite")))

    return pages


def _answer(journey: OpenIdJourney, door: BrowserDoor, ends: Ends, view: Callable[[], Step]) -> Any:
    try:
        step = view()
        if isinstance(step, Arrived):
            return step.response
        going = ends.lead(door, step) if isinstance(step, Page) else step
        return redirect(going.location, 303)
    except KeyValueUnavailable:
        return _shown(door, journey.tell(door, notices.UNAVAILABLE, None))


def _shown(door: BrowserDoor, step: Page) -> Any:
    return door.render(step.template, status=step.status, **step.context)
