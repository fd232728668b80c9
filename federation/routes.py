"""The paths of an upstream's journey: read the request, call the journey, answer. Flask lives here only."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from federation import notices
from federation.forms import ProofForm
from federation.franceconnect_upstream import BASE
from federation.journey import Callback, Journey
from federation.recognition import Recognition
from federation.steps import Finish, Go, Step
from idp.upstream import BrowserDoor, KeyValueUnavailable, Upstream

SIGNED_OUT = "/deconnexion/fin"
_MAX_PARAMETER = 2048


def blueprint(upstream: Upstream, journey: Journey, door: BrowserDoor) -> Blueprint:
    """Return the pages of one upstream, each answering through the provider's door."""
    pages = Blueprint(f"federation_{upstream.name}", __name__, url_prefix=BASE)
    recognition = Recognition(journey)

    def page(path: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[Callable[[], Step]], None]:
        def register(view: Callable[[], Step]) -> None:
            answering = functools.partial(_answer, journey, door, view)
            pages.add_url_rule(path, view.__name__, answering, methods=methods)

        return register

    @page("/start")
    def start() -> Step:
        return journey.start(door, _one(request.args, "interaction"))

    @page("/callback")
    def callback() -> Step:
        args = request.args
        return journey.callback(
            door,
            Callback(
                state=_one(args, "state"),
                code=_one(args, "code"),
                issuer=_one(args, "iss"),
                error=_one(args, "error"),
                description=_one(args, "error_description"),
            ),
        )

    @page("/preuve", ("GET", "POST"))
    def prove() -> Step:
        handle = _one(request.args, "suite")
        if request.method == "POST":
            return recognition.prove(door, handle, ProofForm.read(request.form))
        return recognition.proof_page(door, handle)

    @page("/dossier", ("GET", "POST"))
    def choose() -> Step:
        handle = _one(request.args, "suite")
        if request.method == "POST":
            return recognition.choose(door, handle, _one(request.form, "dossier_choice"))
        return recognition.choice_page(door, handle)

    @page("/logout")
    def logout() -> Step:
        # FranceConnect has not always echoed the state.
        state = _one(request.args, "state")
        safe = state.replace("-", "").replace("_", "").isalnum() and state.isascii()
        return Go(f"{SIGNED_OUT}?retour={state}" if safe else SIGNED_OUT)

    return pages


def _answer(journey: Journey, door: BrowserDoor, view: Callable[[], Step]) -> Any:
    try:
        return _respond(journey, door, view())
    except KeyValueUnavailable:
        return _respond(journey, door, journey.tell(door, notices.UNAVAILABLE, None))


def _respond(journey: Journey, door: BrowserDoor, step: Step) -> Any:
    if isinstance(step, Go):
        return redirect(step.location, 303)
    if isinstance(step, Finish):
        response: Response = door.finish_login(step.outcome, step.interaction)
        journey.finished(door, step, response.headers.get("Location", "/"))
        return response
    shown = door.render(step.template, status=step.status, **step.context)
    if step.retry_after:
        shown.headers["Retry-After"] = str(step.retry_after)
    return shown


def _one(values: MultiDict[str, str], name: str) -> str:
    """Return a parameter that occurs exactly once and is not oversized, else the empty string."""
    found = values.getlist(name)
    return found[0] if len(found) == 1 and len(found[0]) <= _MAX_PARAMETER else ""
