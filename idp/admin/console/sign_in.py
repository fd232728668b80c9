"""The sign-in page of the staff: a login and a password and then a second factor, or a passkey, which is both.

Nothing opens here with one factor: `Edge.open_session` asks for two wherever the staff's application waits.
"""

import json
from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.console.forms import TOO_LONG_OPEN, StaffForm
from idp.authorize.dispatch import Expired, ShowLogin
from idp.authorize.interaction import Reason
from idp.members.passwords import Busy
from idp.protocol.names import ACR_PASSWORD, AMR_PASSWORD, STAFF
from idp.upstream import AccountFacts, Entrance, LoginOutcome
from idp.web.authorize import answer
from idp.web.captcha import judged, widget
from idp.web.errors import expired_page
from idp.web.http import Edge
from idp.web.i18n import mark as _

_ACTION: Final = "sign-in"
"""What the captcha of this page is for."""

_AGAIN: Final = frozenset({Reason.PROMPT_LOGIN, Reason.MAX_AGE, Reason.OTHER_SUBJECT})

_WRONG: Final = _("L’identifiant ou le mot de passe est incorrect.")
_REFUSED: Final = _("Cette clé d’accès n’a pas été acceptée. Utilisez un autre moyen de vous connecter.")
_WAIT: Final = _("Votre mot de passe n’a pas été vérifié : il y a eu trop d’essais.")
_BUSY: Final = _("Beaucoup de personnes se connectent en ce moment. Veuillez réessayer dans un instant.")
_NO_FACTOR: Final = _("Votre compte n’a pas de second moyen de connexion : demandez une nouvelle invitation.")


def page(edge: Edge, interaction: str) -> AnyResponse:
    """GET /administration/connexion/<interaction>: the page, or the next step when it is no longer needed."""
    step = edge.front.resume(interaction, edge.browser())
    if not isinstance(step, ShowLogin) or not _for_staff(step):
        return answer(edge, step)
    return _show(edge, step, StaffForm())


def submit(edge: Edge, interaction: str) -> AnyResponse:
    """POST /administration/connexion/<interaction>: a password on to the second step, or a passkey to a session."""
    step = edge.front.resume(interaction, edge.browser())
    if isinstance(step, Expired):
        return expired_page(edge)
    if not isinstance(step, ShowLogin) or not _for_staff(step):
        return answer(edge, step)
    form = StaffForm.parse(request.form)
    if not edge.check_csrf(_purpose(interaction)):
        return _show(edge, step, form.failed(TOO_LONG_OPEN))
    if request.form.get("credential"):
        return _by_passkey(edge, step)
    form = judged(edge, form, _ACTION)
    if form.errors:
        return _show(edge, step, form)
    return _by_password(edge, step, form)


def _by_password(edge: Edge, step: ShowLogin, form: StaffForm) -> AnyResponse:
    try:
        result = edge.sign_in.check(STAFF, form.login, form.password, edge.network())
    except Busy:
        shown = _show(edge, step, form.failed(_BUSY), status=503)
        shown.headers["Retry-After"] = "5"
        return shown
    if result.account is None:
        # The same words whoever the login belongs to: the delay counts what was typed (N-095).
        wrong = form.failed(_WAIT if result.reason == "delayed" else _WRONG)
        return _show(edge, step, wrong, delay=result.retry_after)
    return _on(edge, step, form, result.account)


def _on(edge: Edge, step: ShowLogin, form: StaffForm, account: AccountFacts) -> AnyResponse:
    """Go on after a right password: to the second step, which nobody of the staff is spared."""
    if not edge.factors.step.needed(account.account_id):
        edge.sign_in.audit("sign_in", account_id=account.account_id, outcome="no_second_factor", method="password")
        return _show(edge, step, form.failed(_NO_FACTOR))
    outcome = LoginOutcome(
        account_id=account.account_id,
        acr=ACR_PASSWORD,
        amr=(AMR_PASSWORD,),
        auth_time=edge.front.clock(),
        provider="password",
        epoch=account.epoch,
    )
    return edge.finish_login(outcome, step.interaction.id)


def _by_passkey(edge: Edge, step: ShowLogin) -> AnyResponse:
    sent = request.form.get("credential", "")
    outcome = edge.factors.passwordless.check(sent, edge.browser_id(), edge.network(), staff=True)
    if outcome is None:
        return _show(edge, step, StaffForm().failed(_REFUSED))
    return edge.open_session(outcome, step.interaction.id)


def _for_staff(step: ShowLogin) -> bool:
    return step.client is not None and step.client.staff


def _offered(edge: Edge) -> list[Entrance]:
    """Return the upstreams that let the staff in."""
    return [one for name, one in edge.entrances.items() if edge.settings.upstreams[name].staff]


def _purpose(interaction: str) -> str:
    return f"administration:{interaction}"


def _show(edge: Edge, step: ShowLogin, form: StaffForm, *, delay: int = 0, status: int = 200) -> AnyResponse:
    interaction = step.interaction.id
    return edge.render(
        "admin/sign_in.html",
        status=status,
        interaction=interaction,
        action=edge.sign_in_url(interaction),
        form=form,
        csrf=edge.csrf(_purpose(interaction)),
        delay_seconds=delay or None,
        passkey=json.dumps(edge.factors.passwordless.asked(edge.browser_id())),
        captcha=widget(edge, _ACTION),
        captcha_error=form.errors.get("captcha", ""),
        upstreams=[
            {
                "name": one.name,
                "label": one.label,
                "available": one.outage() is None,
                "start_url": one.start_path(interaction),
            }
            for one in _offered(edge)
        ],
        reauthentication=step.reason in _AGAIN and edge.live_session(staff=True) is not None,
    )
