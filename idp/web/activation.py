"""First connection and forgotten password: number, delivery, and the personal password (N-110 to N-116)."""

from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.members.activation import Change, Member
from idp.members.passwords import Busy
from idp.members.reset_requests import ResetRequest
from idp.web.account import notices
from idp.web.captcha import judged
from idp.web.errors import expired_page
from idp.web.forms_activation import DeliveryForm, ForgottenForm, PasswordForm
from idp.web.http import Edge
from idp.web.i18n import mark as _
from idp.web.login import upstreams_of

_ACTION: Final = "reset"
"""What the captcha of the first page is for."""

_CHOSEN: Final = "password_chosen"
"""What the last page says."""

_TOO_LONG: Final = _("La page a été ouverte trop longtemps. Veuillez recommencer.")
_BUSY: Final = _("Beaucoup de personnes se connectent en ce moment. Veuillez réessayer dans un instant.")
_OFTEN_HERE: Final = _("Trop de demandes ont été faites depuis votre connexion à Internet. Réessayez dans une heure.")
_OFTEN: Final = _("Trop de demandes ont été faites aujourd’hui pour ce dossier. Réessayez demain, ou appelez-nous.")


def forgotten(edge: Edge) -> AnyResponse:
    """GET /mot-de-passe-oublie: whose password."""
    return _ask(edge, ForgottenForm(), request.args.get("interaction", ""))


def ask(edge: Edge) -> AnyResponse:
    """POST /mot-de-passe-oublie: on to the delivery, whoever the number belongs to (N-111)."""
    form = ForgottenForm.parse(request.form)
    waiting = request.form.get("interaction", "")
    if not edge.check_csrf("mot-de-passe-oublie"):
        return _ask(edge, form.failed(_TOO_LONG), waiting)
    form = judged(edge, form, _ACTION, always=True)
    if form.errors:
        return _ask(edge, form, waiting)
    if edge.desk.resets.admit(edge.network()):
        return _ask(edge, form.failed(_OFTEN_HERE), waiting)
    asked = ResetRequest(form.situation, form.dossier, waiting if edge.knows(waiting) else "")
    return edge.go(f"/mot-de-passe-oublie/{edge.desk.resets.open(asked, edge.browser_id())}")


def delivery(edge: Edge, ticket: str) -> AnyResponse:
    """GET /mot-de-passe-oublie/<ticket>: by e-mail or by post."""
    asked = edge.desk.resets.get(ticket, edge.browser_id())
    if asked is None:
        return expired_page(edge)
    if asked.chosen:
        return edge.go(f"/mot-de-passe-oublie/{ticket}/envoye")
    return _offer(edge, ticket, asked, DeliveryForm())


def choose_delivery(edge: Edge, ticket: str) -> AnyResponse:
    """POST /mot-de-passe-oublie/<ticket>: queue it; nothing is looked up or sent now."""
    asked = edge.desk.resets.get(ticket, edge.browser_id())
    if asked is None:
        return expired_page(edge)
    if not edge.check_csrf(f"envoi:{ticket}"):
        return _offer(edge, ticket, asked, DeliveryForm().failed(_TOO_LONG))
    form = DeliveryForm.parse(request.form, edge.desk.resets.options(asked))
    if form.channel is None:
        return _offer(edge, ticket, asked, form)
    if not edge.desk.resets.choose(ticket, edge.browser_id(), asked, form.channel, edge.network()):
        return _offer(edge, ticket, asked, form.failed(_OFTEN))
    return edge.go(f"/mot-de-passe-oublie/{ticket}/envoye")


def delivered(edge: Edge, ticket: str) -> AnyResponse:
    """GET /mot-de-passe-oublie/<ticket>/envoye: what happens next, for a known number and for any other."""
    asked = edge.desk.resets.get(ticket, edge.browser_id())
    if asked is None or not asked.chosen:
        return expired_page(edge)
    settings = edge.settings.activation
    return edge.render(
        "web/delivery_done.html",
        channel=asked.chosen,
        minutes=settings.email_lifetime // 60,
        days=settings.letter_lifetime // 86400,
        sign_in_url=_back(edge, asked.interaction),
    )


def password_page(edge: Edge, ticket: str) -> AnyResponse:
    """GET /mot-de-passe/choisir/<ticket>: the only page a provisional password opens (N-114)."""
    change = edge.desk.activation.get(ticket, edge.browser_id())
    member = edge.desk.activation.member(change) if change else None
    if member is None:
        return expired_page(edge)
    return _form(edge, ticket, member, PasswordForm(email=member.email))


def choose_password(edge: Edge, ticket: str) -> AnyResponse:
    """POST /mot-de-passe/choisir/<ticket>: make the password the member's own; nobody is signed in by it (N-116)."""
    change = edge.desk.activation.get(ticket, edge.browser_id())
    member = edge.desk.activation.member(change) if change else None
    if change is None or member is None:
        return expired_page(edge)
    form = PasswordForm.parse(request.form)
    if not edge.check_csrf(f"choisir:{ticket}"):
        return _form(edge, ticket, member, form.failed(_TOO_LONG))
    if form.errors:
        return _form(edge, ticket, member, form)
    return _keep(edge, ticket, change, member, form)


def password_chosen(edge: Edge) -> AnyResponse:
    """GET /mot-de-passe/choisi: it is kept; the way to the sign-in page, the waiting application still there."""
    back = _back(edge, request.args.get("interaction", ""))
    if not notices.holds(edge, _CHOSEN):
        return edge.go(back)
    return edge.render("web/password_chosen.html", sign_in_url=back)


def _keep(edge: Edge, ticket: str, change: Change, member: Member, form: PasswordForm) -> AnyResponse:
    try:
        refused = edge.desk.activation.choose(ticket, change, form.password, form.address, edge.network())
    except Busy:
        busy = _form(edge, ticket, member, form.failed(_BUSY), status=503)
        busy.headers["Retry-After"] = "5"
        return busy
    if refused == "gone":
        return expired_page(edge)
    if refused is not None:
        return _form(edge, ticket, member, form.refused(refused))
    known = change.interaction if edge.knows(change.interaction) else ""
    done = notices.last(edge, "/mot-de-passe/choisi", _CHOSEN)
    return edge.go(done + (f"&interaction={known}" if known else ""))


def _ask(edge: Edge, form: ForgottenForm, interaction: str) -> AnyResponse:
    # Whoever comes by a bookmark has nothing waiting, and the button of FranceConnect starts nothing without it.
    known = interaction if edge.knows(interaction) else edge.front.interactions.visit(edge.browser_id()).id
    return edge.render(
        "web/forgotten.html",
        form=form,
        interaction=known,
        csrf=edge.csrf("mot-de-passe-oublie"),
        sign_in_url=edge.sign_in_url(known),
        upstreams=upstreams_of(edge, known),
        captcha=edge.captcha.widget(edge.browser_id(), _ACTION),
        captcha_error=form.errors.get("captcha", ""),
    )


def _offer(edge: Edge, ticket: str, asked: ResetRequest, form: DeliveryForm) -> AnyResponse:
    return edge.render(
        "web/delivery.html",
        form=form,
        action=f"/mot-de-passe-oublie/{ticket}",
        csrf=edge.csrf(f"envoi:{ticket}"),
        masked_email=edge.desk.resets.options(asked).masked_email,
        why=asked.why,
        sign_in_url=_back(edge, asked.interaction),
    )


def _form(edge: Edge, ticket: str, member: Member, form: PasswordForm, *, status: int = 200) -> AnyResponse:
    return edge.render(
        "web/choose_password.html",
        status=status,
        form=form,
        action=f"/mot-de-passe/choisir/{ticket}",
        csrf=edge.csrf(f"choisir:{ticket}"),
        dossier=member.dossier,
        masked_email=member.masked,
        shows_email=bool(member.email),
        minimum=edge.desk.activation.minimum,
        also_open=_also_open(edge, member.account_id),
    )


def _also_open(edge: Edge, account_id: str) -> list[dict[str, object]]:
    """Return what opens the account besides the password: seen on a reset, so that nobody else's stays (N-067)."""
    language = edge.language()
    tied = [
        (one.upstream.label, one.identity.linked_at)
        for one in edge.identities.all(account_id)
        if one.identity is not None
    ]
    factors = edge.factors.enrolment.overview(account_id).factors
    passkeys = [(one.label, one.created_at) for one in factors if one.kind == "passkey"]
    return [
        {"label": label, "since": moments.day(since, language), "passkey": passkey}
        for passkey, found in ((False, tied), (True, passkeys))
        for label, since in found
    ]


def _back(edge: Edge, interaction: str) -> str:
    return edge.sign_in_url(interaction) if edge.knows(interaction) else "/connexion"
