"""The sign-in page: FranceConnect first, or a dossier number and password."""

import re

from flask import g, request
from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.dispatch import Expired, ShowLogin
from idp.authorize.interaction import Reason
from idp.members.activation import Change
from idp.members.passwords import Busy
from idp.members.reset_requests import ResetRequest
from idp.protocol.messages import Parameters
from idp.protocol.names import ACR_PASSWORD, AMR_PASSWORD
from idp.upstream import LoginOutcome
from idp.web.authorize import answer
from idp.web.errors import expired_page
from idp.web.forms import LoginForm
from idp.web.http import Edge
from idp.web.i18n import mark as _

_AGAIN = frozenset({Reason.PROMPT_LOGIN, Reason.MAX_AGE, Reason.OTHER_SUBJECT, Reason.ESSENTIAL_ACR})


_WRONG = _("Le numéro de dossier ou le mot de passe est incorrect.")
_WAIT = _("Votre mot de passe n’a pas été vérifié : il y a eu trop d’essais.")


def start(edge: Edge) -> AnyResponse:
    """GET /connexion: sign in without an application waiting."""
    interaction = edge.front.interactions.park(Parameters(), edge.browser_id())
    return edge.go(edge.sign_in_url(interaction.id))


def page(edge: Edge, interaction: str) -> AnyResponse:
    """GET /connexion/<interaction>: the page, or the next step when it is no longer needed."""
    step = edge.front.resume(interaction, edge.browser())
    if not isinstance(step, ShowLogin):
        return answer(edge, step)
    hint = step.request.login_hint if step.request else None
    digits = re.sub(r"\D", "", hint or "")
    form = LoginForm.empty(dossier=digits if len(digits) in {7, 9} else "")
    return _show(edge, step, form)


def submit(edge: Edge, interaction: str) -> AnyResponse:
    """POST /connexion/<interaction>: check the dossier number and password."""
    step = edge.front.resume(interaction, edge.browser())
    if isinstance(step, Expired):
        return expired_page(edge)
    if not isinstance(step, ShowLogin):
        return answer(edge, step)
    form = LoginForm.parse(request.form)
    if not edge.check_csrf(f"connexion:{interaction}"):
        return _show(
            edge,
            step,
            form.failed(_("La page a été ouverte trop longtemps. Veuillez recommencer.")),
        )
    if not form.valid:
        return _show(edge, step, form)
    try:
        result = edge.sign_in.check(
            situation=form.situation,
            dossier=form.dossier,
            password=form.password,
            network=edge.network(),
        )
    except Busy:
        busy = form.failed(_("Beaucoup de personnes se connectent en ce moment. Veuillez réessayer dans un instant."))
        shown = _show(edge, step, busy, status=503)
        shown.headers["Retry-After"] = "5"
        return shown
    if result.opens is not None:
        account_id, provisional_id = result.opens
        ticket = edge.desk.activation.open(Change(account_id, provisional_id, interaction), edge.browser_id())
        return edge.go(f"/mot-de-passe/choisir/{ticket}")
    if result.reason == "must_reset":
        asked = ResetRequest(form.situation, form.dossier, interaction, dormant=True)
        return edge.go(f"/mot-de-passe-oublie/{edge.desk.resets.open(asked, edge.browser_id())}")
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


def _show(edge: Edge, step: ShowLogin, form: LoginForm, *, delay: int = 0, status: int = 200) -> AnyResponse:
    interaction = step.interaction.id
    if step.request is not None and step.request.ui_locales:
        g.ui_locales = step.request.ui_locales
    return edge.render(
        "web/login.html",
        status=status,
        service=edge.service(step.client),
        interaction=interaction,
        form=form,
        upstreams=upstreams_of(edge, interaction),
        csrf=edge.csrf(f"connexion:{interaction}"),
        delay_seconds=delay or None,
        reauthentication=step.reason in _AGAIN and edge.live_session() is not None,
    )


def upstreams_of(edge: Edge, interaction: str) -> list[dict[str, object]]:
    """Return what a page says of each upstream."""
    return [
        {
            "name": upstream.name,
            "label": upstream.label,
            "start_url": upstream.start_path(interaction),
            "available": upstream.available(),
            "message": None,
        }
        for upstream in edge.upstreams.values()
    ]
