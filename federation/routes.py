"""The paths of an upstream's journey: read the request, call the journey, answer. Flask lives here only."""

import functools
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from federation import notices
from federation.code_proof import CodeProof
from federation.contact_code import ContactCodes
from federation.ends import Ends
from federation.forms import CodeForm, LetterForm, ProofForm
from federation.franceconnect_upstream import BASE
from federation.journey import Journey
from federation.letter_proof import LetterProof
from federation.query import answer_of, one, return_id
from federation.recognition import Recognition
from federation.steps import NOTICE, Finish, Go, Page, Step
from idp.upstream import Upstream
from idp.upstream_ports import BrowserDoor, KeyValueUnavailable

SIGNED_OUT = "/deconnexion/fin"
_NO_LINK: Final = "compte"
"""Under this name stands, for whoever asks, that a link from the account is to be begun again."""

Register = Callable[..., Callable[[Callable[[], Step]], None]]
"""Attaches a view: path, and methods if not GET only."""


def blueprint(upstream: Upstream, journey: Journey, codes: ContactCodes, door: BrowserDoor) -> Blueprint:
    """Return the pages of one upstream, each answering through the provider's door."""
    pages = Blueprint(f"federation_{upstream.name}", __name__, url_prefix=BASE)
    ends = Ends(journey.ports.kv, journey.ports.random, BASE, journey.lost, {_NO_LINK: journey.account_link.over})

    def page(path: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[Callable[[], Step]], None]:
        def register(view: Callable[[], Step]) -> None:
            answering = functools.partial(_answer, journey, door, ends, view)
            pages.add_url_rule(path, view.__name__, answering, methods=methods)

        return register

    _trips(page, journey, door)
    recognition = Recognition(journey)
    _questions(page, recognition, door)
    _codes(page, CodeProof(journey, recognition, codes), door)
    _letters(page, LetterProof(journey, recognition), door)

    @pages.get("/fin")
    def end() -> Any:
        return _shown(door, ends.page(door, one(request.args, "suite")))

    return pages


def _trips(page: Register, journey: Journey, door: BrowserDoor) -> None:

    @page("/start")
    def start() -> Step:
        return journey.start(door, one(request.args, "interaction"))

    @page("/relier")
    def link() -> Step:
        return journey.start_link(door, one(request.args, "suite"))

    @page("/callback")
    def callback() -> Step:
        return journey.callback(door, answer_of(request.args))

    @page("/logout")
    def logout() -> Step:
        # FranceConnect has not always echoed the state.
        state = return_id(request.args)
        return Go(f"{SIGNED_OUT}?retour={state}" if state else SIGNED_OUT)


def _questions(page: Register, recognition: Recognition, door: BrowserDoor) -> None:
    @page("/preuve", ("GET", "POST"))
    def prove() -> Step:
        handle = one(request.args, "suite")
        if request.method == "POST":
            return recognition.prove(door, handle, ProofForm.read(request.form))
        return recognition.proof_page(door, handle)

    @page("/dossier", ("GET", "POST"))
    def choose() -> Step:
        handle = one(request.args, "suite")
        if request.method == "POST":
            return recognition.choose(door, handle, one(request.form, "dossier_choice"))
        return recognition.choice_page(door, handle)


def _codes(page: Register, proof: CodeProof, door: BrowserDoor) -> None:
    @page("/code", ("GET", "POST"))
    def code() -> Step:
        handle = one(request.args, "suite")
        if request.method != "POST":
            return proof.page(door, handle)
        wanted = one(request.form, "action")
        if wanted == "ask":
            return proof.ask(door, handle, CodeForm.asking(request.form))
        if wanted == "other":
            return proof.other(door, handle)
        return proof.answer(door, handle, CodeForm.answering(request.form))


def _letters(page: Register, proof: LetterProof, door: BrowserDoor) -> None:
    @page("/courrier", ("GET", "POST"))
    def letter() -> Step:
        handle = one(request.args, "suite")
        if request.method != "POST":
            return proof.page(door, handle)
        wanted = one(request.form, "action")
        if wanted == "ask":
            return proof.ask(door, handle, LetterForm.asking(request.form))
        if wanted == "other":
            return proof.other(door, handle)
        return proof.answer(door, handle, LetterForm.answering(request.form))


def _answer(journey: Journey, door: BrowserDoor, ends: Ends, view: Callable[[], Step]) -> Any:
    try:
        return _respond(journey, door, ends, view())
    except KeyValueUnavailable:
        return _shown(door, journey.tell(door, notices.UNAVAILABLE, None))


def _respond(journey: Journey, door: BrowserDoor, ends: Ends, step: Step) -> Any:
    if isinstance(step, Go):
        return redirect(step.location, 303)
    if isinstance(step, Finish):
        response: Response = door.finish_login(step.outcome, step.interaction)
        journey.finished(door, step, response.headers.get("Location", "/"))
        return response
    if step.template != NOTICE:
        return _shown(door, step)
    return redirect(ends.lead(door, step).location, 303)


def _shown(door: BrowserDoor, step: Page) -> Any:
    shown = door.render(step.template, status=step.status, **step.context)
    if step.retry_after:
        shown.headers["Retry-After"] = str(step.retry_after)
    return shown
