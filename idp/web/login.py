"""The sign-in page: FranceConnect first, or a dossier number and password."""

import json
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.dispatch import Expired, ShowLogin
from idp.authorize.interaction import Reason
from idp.members.activation import Change
from idp.members.passwords import Busy
from idp.protocol.names import ACR_PASSWORD, AMR_PASSWORD
from idp.upstream import LoginOutcome, Upstream
from idp.web import asked, step_up
from idp.web.authorize import answer
from idp.web.captcha import judged, widget
from idp.web.errors import expired_page
from idp.web.forms import LoginForm
from idp.web.http import Edge
from idp.web.i18n import mark as _
from idp.web.outages import sentence

_ACTION = "sign-in"
"""What the captcha of this page is for."""

_AGAIN = frozenset({Reason.PROMPT_LOGIN, Reason.MAX_AGE, Reason.OTHER_SUBJECT})


_EMPTY = LoginForm.empty()

_WRONG = _("Le numéro de dossier ou le mot de passe est incorrect.")
_REFUSED = _("Cette clé d’accès n’a pas été acceptée. Utilisez un autre moyen de vous connecter.")
_WAIT = _("Votre mot de passe n’a pas été vérifié : il y a eu trop d’essais.")
_STALE = _("La page a été ouverte trop longtemps. Veuillez recommencer.")
_BUSY = _("Beaucoup de personnes se connectent en ce moment. Veuillez réessayer dans un instant.")


def start(edge: Edge) -> AnyResponse:
    """GET /connexion: sign in without an application waiting."""
    interaction = edge.front.interactions.visit(edge.browser_id())
    return edge.go(f"/connexion/{interaction.id}")


def page(edge: Edge, interaction: str) -> AnyResponse:
    """GET /connexion/<interaction>: the page, or the next step when it is no longer needed."""
    step = edge.resumed(interaction)
    if not isinstance(step, ShowLogin) or not _for_members(step):
        return answer(edge, step)
    hint = step.request.login_hint if step.request else None
    digits = re.sub(r"\D", "", hint or "")
    form = LoginForm.empty(dossier=digits if len(digits) in {7, 9} else "")
    return _show(edge, step, form)


def submit(edge: Edge, interaction: str) -> AnyResponse:
    """POST /connexion/<interaction>: whatever the person chose on the page."""
    step = edge.resumed(interaction)
    if isinstance(step, Expired):
        return expired_page(edge)
    if not isinstance(step, ShowLogin) or not _for_members(step):
        return answer(edge, step)
    sent = asked.now().form
    form = LoginForm.parse(sent)
    if not edge.check_csrf(f"connexion:{interaction}"):
        return _show(edge, step, form.failed(_STALE))
    if sent.get("step"):
        return _by_step(edge, step, sent["step"])
    if sent.get("credential"):
        return _by_passkey(edge, step)
    return _by_number(edge, step, form)


def _for_members(step: ShowLogin) -> bool:
    """Whether members sign in to what waits; the staff have a page of their own."""
    return step.client is None or not step.client.staff


def _by_step(edge: Edge, step: ShowLogin, chosen: str) -> AnyResponse:
    """Go back to the application; or go on from a page that asks for a level, with a second factor or without."""
    interaction = step.interaction.id
    if chosen == "cancel" and _cancels(step):
        return answer(edge, edge.front.deny(interaction, edge.browser()))
    session = edge.live_session()
    if chosen == "confirm" and session is not None and step_up.ways_of(edge, step).confirm:
        return step_up.add(edge, step, session)
    if chosen == "decline":
        edge.front.decline(interaction, edge.browser())
    return edge.go(f"/continuer/{interaction}")


def _cancels(step: ShowLogin) -> bool:
    """Whether an application waits that can be told `access_denied`; a request with a fault has its own answer."""
    return step.client is not None and step.request is not None


def _by_number(edge: Edge, step: ShowLogin, form: LoginForm) -> AnyResponse:
    """Take a form that is filled in, and proven where a proof is asked for."""
    form = judged(edge, form, _ACTION)
    return _by_password(edge, step, form) if form.valid else _show(edge, step, form)


def _by_password(edge: Edge, step: ShowLogin, form: LoginForm) -> AnyResponse:
    """Check the number and the password; on to a second step, a session, or the page that a right secret opens."""
    interaction = step.interaction.id
    try:
        result = edge.sign_in.check(
            situation=form.situation,
            dossier=form.dossier,
            password=form.password,
            network=edge.network(),
        )
    except Busy:
        shown = _show(edge, step, form.failed(_BUSY), status=503)
        shown.headers["Retry-After"] = "5"
        return shown
    if result.opens is not None:
        account_id, provisional_id = result.opens
        ticket = edge.desk.activation.open(Change(account_id, provisional_id, interaction), edge.browser_id())
        return edge.go(f"/mot-de-passe/choisir/{ticket}")
    if result.reason == "must_reset":
        return edge.go(edge.reset_url(form.situation, form.dossier, interaction, result.why))
    if result.account is None:
        # The same words whoever the number belongs to: the delay counts what was typed (N-095).
        wrong = form.failed(_WAIT if result.reason == "delayed" else _WRONG)
        return _show(edge, step, wrong, delay=result.retry_after)
    outcome = LoginOutcome(
        account_id=result.account.account_id,
        acr=ACR_PASSWORD,
        amr=(AMR_PASSWORD,),
        auth_time=edge.front.clock(),
        provider="password",
        epoch=result.account.epoch,
    )
    return edge.finish_login(outcome, interaction)


def _by_passkey(edge: Edge, step: ShowLogin) -> AnyResponse:
    """Sign in with a passkey alone: two factors at once, so that no second step follows."""
    sent = asked.now().form.get("credential", "")
    outcome = edge.factors.passwordless.check(sent, edge.browser_id(), edge.network())
    if outcome is None:
        return _show(edge, step, LoginForm.empty().failed(_REFUSED))
    return edge.open_session(outcome, step.interaction.id)


def _show(edge: Edge, step: ShowLogin, form: LoginForm, *, delay: int = 0, status: int = 200) -> AnyResponse:
    interaction = step.interaction.id
    if step.request is not None and step.request.ui_locales:
        asked.now().ui_locales = step.request.ui_locales
    csrf = edge.csrf(f"connexion:{interaction}")
    passkey = json.dumps(edge.factors.passwordless.asked(edge.browser_id()))
    captcha = widget(edge, _ACTION)
    again, ways = step.reason in _AGAIN and edge.live_session() is not None, step_up.ways_of(edge, step)
    upstreams, service = upstreams_of(edge, interaction), edge.service(step.client)
    open_all = all(upstream["available"] for upstream in upstreams)
    if form == _EMPTY and open_all and captcha is None and ways is step_up.EVERY_WAY and not (delay or again):
        # What almost everybody sees, and what is shown most often.
        starts = {str(upstream["name"]): edge.upstreams[str(upstream["name"])].start_path for upstream in upstreams}

        def placed(marks: Mapping[str, str]) -> dict[str, object]:
            at = marks["interaction"]
            return {"upstreams": [{**one, "start_url": starts[str(one["name"])](at)} for one in upstreams]}

        places = {"interaction": interaction, "csrf": csrf, "passkey": passkey}
        page: dict[str, Any] = {"service": service, "form": form, "ways": ways, "cancels": _cancels(step)}
        return edge.render("web/login.html", status=status, places=places, placed=placed, **page)
    return edge.render(
        "web/login.html",
        status=status,
        service=service,
        interaction=interaction,
        form=form,
        csrf=csrf,
        passkey=passkey,
        upstreams=upstreams,
        delay_seconds=delay or None,
        captcha=captcha,
        captcha_error=form.errors.get("captcha", ""),
        reauthentication=again,
        ways=ways,
        cancels=_cancels(step),
    )


def upstreams_of(edge: Edge, interaction: str) -> list[dict[str, object]]:
    """Return what a page says of each upstream: how to start it, or since when it is out of use."""
    return [_shown(edge, upstream, interaction) for upstream in edge.upstreams.values()]


def _shown(edge: Edge, upstream: Upstream, interaction: str) -> dict[str, object]:
    outage = upstream.outage()
    return {
        "name": upstream.name,
        "label": upstream.label,
        "start_url": upstream.start_path(interaction),
        "available": outage is None,
        "message": outage and sentence(outage, upstream.label, edge.language(), edge.front.clock()),
    }
