"""The pages between `/authorize` and the callback: provider choice, the provider's sign-in, information.

Each step returns to `show`, which sends the browser to the page of the interaction's present step. An
interaction is bound to the browser's session, and a new one replaces it: an old tab meets an error page.
"""

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from federation.emulator.browser import carry, current_session
from federation.emulator.callback import callback_url
from federation.emulator.context import Emulator
from federation.emulator.errors import ShownError
from federation.emulator.providers import PROVIDERS, provider_of
from federation.emulator.state import Grant, Interaction, Session, Step

PASSWORD = "123"
"""Everybody's password at the simulated providers; the page says so and fills it in."""

CLAIM_LABELS = {
    "given_name": "Prénoms",
    "family_name": "Nom de naissance",
    "preferred_username": "Nom d'usage",
    "birthdate": "Date de naissance",
    "idp_birthdate": "Date de naissance au fournisseur d'identité",
    "gender": "Sexe",
    "birthplace": "Commune de naissance (code)",
    "birthcountry": "Pays de naissance (code)",
    "email": "Adresse électronique",
}

GENDER_WORDS = {"female": "féminin", "male": "masculin", "unspecified": "non précisé"}


class InteractionPages:
    """The views; each one reads the browser's interaction, does one thing and answers."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def show(self, uid: str) -> Response:
        """Lead to the page of the present step, or straight out where the information page is skipped."""
        session, interaction = _current(self._emulator, uid)
        if interaction.step == "information" and interaction.skip_information:
            return _finish(self._emulator, session, interaction)
        return redirect(url_for(f"interaction.{interaction.step}", uid=uid), 303)

    def choice(self, uid: str) -> str:
        """Show the tiles. Going back here from the provider is allowed, as on the real service."""
        session, interaction = _current(self._emulator, uid, "choice", "login")
        self._emulator.state.save(replace(session, interaction=replace(interaction, step="choice")))
        refused = session.choosing if request.args.get("refused") else None
        return render_template("choice.html", interaction=interaction, providers=PROVIDERS, refused=refused)

    def choose(self, uid: str) -> Response:
        """Take the tile that was pressed."""
        session, interaction = _current(self._emulator, uid, "choice", "login")
        provider = provider_of(request.form.get("idp", ""))
        if provider is None:
            raise ShownError("Y420001", detail="Fournisseur d'identité inconnu.")
        updated = replace(interaction, step="login")
        self._emulator.state.save(replace(session, interaction=updated, choosing=provider))
        return redirect(url_for("interaction.login", uid=uid), 303)

    def login(self, uid: str) -> str:
        """Show the sign-in page of the simulated provider."""
        session, interaction = _current(self._emulator, uid, "login")
        return self._login_page(session, interaction)

    def sign_in(self, uid: str) -> Response | tuple[str, int]:
        """Sign a persona in: the typed login wins over the list."""
        session, interaction = _current(self._emulator, uid, "login")
        typed = request.form.get("login", "").strip()
        persona = self._emulator.config.persona(typed or request.form.get("persona", ""))
        if persona is None or request.form.get("password") != PASSWORD:
            return self._login_page(session, interaction, failed=True), 401
        # A fresh session id at sign-in, so that an id known before is worth nothing after.
        signed_in = replace(
            session,
            interaction=replace(interaction, step="information"),
            persona=persona,
            provider=session.choosing,
        )
        carry(self._emulator.state.new_session(signed_in))
        return redirect(url_for("interaction.show", uid=uid), 303)

    def information(self, uid: str) -> str:
        """Say what the service is about to learn."""
        session, interaction = _current(self._emulator, uid, "information")
        if session.persona is None or session.provider is None:
            raise ShownError("Y190001")
        told = session.persona.claims
        names = [name for name in self._emulator.config.platform.claims_for(interaction.scopes) if told.get(name)]
        return render_template(
            "information.html",
            interaction=interaction,
            persona=session.persona,
            provider=session.provider,
            told=[(CLAIM_LABELS[name], _in_words(told[name])) for name in names if name in CLAIM_LABELS],
        )

    def consent(self, uid: str) -> Response:
        """Take the click on "Continuer"."""
        session, interaction = _current(self._emulator, uid, "information")
        return _finish(self._emulator, session, interaction)

    def _login_page(self, session: Session, interaction: Interaction, *, failed: bool = False) -> str:
        if session.choosing is None:
            raise ShownError("Y420001")
        return render_template(
            "login.html",
            interaction=interaction,
            provider=session.choosing,
            personas=self._emulator.config.personas,
            password=PASSWORD,
            failed=failed,
        )


def interaction_blueprint(emulator: Emulator) -> Blueprint:
    """Return the routes of the pages that a person goes through."""
    blueprint = Blueprint("interaction", __name__, url_prefix="/interaction/<uid>")
    pages = InteractionPages(emulator)
    blueprint.add_url_rule("", "show", pages.show)
    blueprint.add_url_rule("/choice", "choice", pages.choice)
    blueprint.add_url_rule("/choice", "choose", pages.choose, methods=["POST"])
    blueprint.add_url_rule("/login", "login", pages.login)
    blueprint.add_url_rule("/login", "sign_in", pages.sign_in, methods=["POST"])
    blueprint.add_url_rule("/consent", "information", pages.information)
    blueprint.add_url_rule("/consent", "consent", pages.consent, methods=["POST"])
    return blueprint


def _in_words(value: str | list[str]) -> str:
    text = value if isinstance(value, str) else " ".join(value)
    return GENDER_WORDS.get(text, text)


def _current(emulator: Emulator, uid: str, *steps: Step) -> tuple[Session, Interaction]:
    """Return the browser's session and its interaction.

    Raises ShownError `Y190001` when the session is gone, `Y420001` when another tab took over or the step is not
    one of `steps` (any step when none is named).
    """
    session = current_session(emulator)
    if session is None:
        raise ShownError("Y190001")
    interaction = session.interaction
    if interaction is None or interaction.uid != uid or (steps and interaction.step not in steps):
        raise ShownError("Y420001")
    return session, interaction


def _finish(emulator: Emulator, session: Session, interaction: Interaction) -> Response:
    """Issue the code and leave for the service provider; `auth_time` is now, under single sign-on too."""
    if session.persona is None or session.provider is None:
        raise ShownError("Y190001")
    emulator.state.save(replace(session, interaction=None, choosing=None))
    code = emulator.state.issue_code(
        Grant(
            client=interaction.client,
            redirect_uri=interaction.redirect_uri,
            scopes=interaction.scopes,
            nonce=interaction.nonce,
            persona=session.persona,
            provider=session.provider,
            auth_time=emulator.config.clock(),
            wants_amr=interaction.wants_amr,
            level=interaction.level,
            challenge=interaction.challenge,
        )
    )
    location = callback_url(
        interaction.redirect_uri,
        {"code": code},
        interaction.state,
        emulator.config,
        emulator.knobs,
    )
    return redirect(location, 303)
