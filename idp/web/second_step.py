"""The second step of a sign-in: a code, a passkey or a recovery code, after whatever came first (N-098)."""

import json
from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.dispatch import Expired, ShowLogin
from idp.members.factors.second_step import LIFETIME, Confirmed, Waiting
from idp.web.authorize import answer
from idp.web.errors import expired_page
from idp.web.forms_factors import FactorForm
from idp.web.http import Edge
from idp.web.i18n import mark as _

_TOO_LONG: Final = _("La page a été ouverte trop longtemps. Veuillez recommencer.")
_WAIT: Final = _("Votre code n’a pas été vérifié : il y a eu trop d’essais.")
_WRONG: Final = {
    "code": _("Ce code n’est pas le bon. Saisissez celui que votre application montre maintenant."),
    "recovery": _("Ce code de secours n’est pas le bon, ou il a déjà servi."),
}
_USED: Final = _("Ce code a déjà servi. Attendez le suivant : votre application en montre un toutes les 30 secondes.")
_REFUSED: Final = _("Cette clé d’accès n’a pas été acceptée. Réessayez, ou choisissez un autre moyen.")


def page(edge: Edge, interaction: str, ticket: str) -> AnyResponse:
    """GET /connexion/<interaction>/confirmer/<ticket>: how to confirm; as often as it is opened."""
    waiting = _waiting(edge, interaction, ticket)
    return _over(edge, interaction) if waiting is None else _show(edge, ticket, waiting, FactorForm())


def submit(edge: Edge, interaction: str, ticket: str) -> AnyResponse:
    """POST /connexion/<interaction>/confirmer/<ticket>: check one second factor; a right one opens the session."""
    waiting = _waiting(edge, interaction, ticket)
    if waiting is None:
        return _over(edge, interaction)
    form = FactorForm.parse(request.form)
    if not edge.check_csrf(f"confirmer:{ticket}"):
        return _show(edge, ticket, waiting, form.failed(_TOO_LONG))
    if form.errors or not form.way:
        return _show(edge, ticket, waiting, form)
    confirmed = _check(edge, waiting, form)
    if confirmed.outcome is None:
        return _refused(edge, ticket, waiting, form, confirmed)
    opened = edge.open_session(confirmed.outcome, interaction, waiting.beside)
    edge.factors.step.end(ticket)
    return opened


def _waiting(edge: Edge, interaction: str, ticket: str) -> Waiting | None:
    """Return what waits behind a ticket; nothing where the session that it stands beside has ended."""
    waiting = edge.factors.step.get(ticket, interaction, edge.browser_id())
    if waiting is None or not waiting.beside:
        return waiting
    session = edge.live_session()
    return waiting if session is not None and session.sid == waiting.beside else None


def _check(edge: Edge, waiting: Waiting, form: FactorForm) -> Confirmed:
    step = edge.factors.step
    if form.way == "credential":
        return step.passkey(waiting, form.typed, edge.browser_id(), edge.network())
    check = step.code if form.way == "code" else step.recovery
    return check(waiting, form.typed, edge.network())


def _refused(edge: Edge, ticket: str, waiting: Waiting, form: FactorForm, confirmed: Confirmed) -> AnyResponse:
    if confirmed.reason == "delayed":
        return _show(edge, ticket, waiting, form.failed(_WAIT), delay=confirmed.retry_after)
    if confirmed.reason == "refused":
        return _show(edge, ticket, waiting, form.failed(_REFUSED))
    message = _USED if confirmed.reason == "used" else _WRONG[form.way]
    return _show(edge, ticket, waiting, form.wrong(message), delay=confirmed.retry_after)


def _show(edge: Edge, ticket: str, waiting: Waiting, form: FactorForm, *, delay: int = 0) -> AnyResponse:
    ways = edge.factors.step.ways(waiting)
    asked = edge.factors.step.asked(waiting, ways, edge.browser_id()) if ways.passkeys else None
    return edge.render(
        "web/confirm.html",
        interaction=waiting.interaction,
        action=edge.confirm_url(waiting.interaction, ticket),
        csrf=edge.csrf(f"confirmer:{ticket}"),
        form=form,
        codes=ways.codes,
        recovery=ways.recovery,
        passkey=json.dumps(asked) if asked else None,
        delay_seconds=delay or None,
        sign_in_url=edge.sign_in_url(waiting.interaction),
        minutes=LIFETIME // 60,
        staff=edge.for_staff(waiting.interaction),
    )


def _over(edge: Edge, interaction: str) -> AnyResponse:
    """Go on where the sign-in is done in another tab; else say that it is over, and how to begin again."""
    step = edge.front.resume(interaction, edge.browser())
    if isinstance(step, Expired):
        return expired_page(edge)
    if not isinstance(step, ShowLogin):
        return answer(edge, step)
    url = edge.sign_in_url(interaction)
    return edge.render("web/confirm_over.html", status=400, interaction=interaction, sign_in_url=url)
