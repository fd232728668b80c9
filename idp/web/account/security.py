"""Second factors and recovery codes: what there is, each with its name and last use, and how to be rid of it."""

from typing import Final

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.members.factors import recovery
from idp.members.factors.enrolment import MOST, Factor, label_of
from idp.services.sessions import Session
from idp.web.account import gate, notices
from idp.web.http import Edge
from idp.web.i18n import gettext

PATH: Final = "/compte/securite"
CODES: Final = f"{PATH}/codes"
FORM: Final = "securite"


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/securite."""
    overview = edge.factors.enrolment.overview(session.account_id)
    return edge.render(
        "account/security.html",
        here="security",
        notice=notices.of(edge, session),
        factors=[row(edge, one) for one in overview.factors],
        full=len(overview.factors) >= MOST,
        codes_left=overview.codes_left,
        few=overview.codes_left <= recovery.FEW,
    )


@gate.fresh
def factor_page(edge: Edge, session: Session, factor: str) -> AnyResponse:
    """GET /compte/securite/moyen/<factor>: one second factor, to name or to remove."""
    known = edge.factors.enrolment.overview(session.account_id).factors
    mine = next((one for one in known if one.id == factor), None)
    if mine is None:
        return edge.go(PATH)
    return edge.render(
        "account/factor.html",
        here="security",
        factor=row(edge, mine),
        last=len(known) == 1,
        action=f"{PATH}/moyen/{factor}",
        csrf=edge.csrf(gate.purpose(session, FORM)),
    )


@gate.fresh
def change_factor(edge: Edge, session: Session, factor: str) -> AnyResponse:
    """POST /compte/securite/moyen/<factor>: another name, or its end."""
    if not edge.check_csrf(gate.purpose(session, FORM)):
        return edge.go(f"{PATH}/moyen/{factor}")
    enrolment = edge.factors.enrolment
    if request.form.get("do") == "rename":
        label = label_of(request.form.get("label", ""))
        if not label or not enrolment.rename(session.account_id, factor, label):
            return edge.go(f"{PATH}/moyen/{factor}")
        return notices.then(edge, session, PATH, "factor_renamed")
    if request.form.get("do") != "remove" or not enrolment.remove(session.account_id, factor, edge.network()):
        return edge.go(PATH)
    on = bool(enrolment.overview(session.account_id).factors)
    return notices.then(edge, session, PATH, "factor_removed" if on else "second_step_off")


@gate.fresh
def codes_page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/securite/codes: how many recovery codes are left, and new ones for the asking."""
    overview = edge.factors.enrolment.overview(session.account_id)
    if not overview.factors:
        return edge.go(PATH)
    csrf = edge.csrf(gate.purpose(session, FORM))
    return edge.render("account/codes.html", here="security", codes_left=overview.codes_left, action=CODES, csrf=csrf)


@gate.fresh
def renew_codes(edge: Edge, session: Session) -> AnyResponse:
    """POST /compte/securite/codes: new recovery codes; the old ones are worth nothing from now on."""
    if not edge.check_csrf(gate.purpose(session, FORM)):
        return edge.go(CODES)
    ticket = edge.factors.enrolment.renew_codes(session.account_id, edge.browser_id(), edge.network())
    return edge.go(PATH if ticket is None else f"{CODES}/{ticket}")


@gate.signed_in
def new_codes(edge: Edge, session: Session, ticket: str) -> AnyResponse:
    """GET /compte/securite/codes/<ticket>: the new codes, on show for some minutes in this browser."""
    codes = edge.factors.enrolment.codes(ticket, session.account_id, edge.browser_id())
    if codes is None:
        return notices.then(edge, session, PATH, "codes_over")
    return edge.render(
        "account/new_codes.html",
        here="security",
        codes=codes,
        action=f"{CODES}/{ticket}",
        csrf=edge.csrf(gate.purpose(session, FORM)),
    )


@gate.signed_in
def codes_kept(edge: Edge, session: Session, ticket: str) -> AnyResponse:
    """POST /compte/securite/codes/<ticket>: the member has them; they are shown no more."""
    if not edge.check_csrf(gate.purpose(session, FORM)):
        return edge.go(f"{CODES}/{ticket}")
    edge.factors.enrolment.codes_kept(ticket)
    return notices.then(edge, session, PATH, "codes_kept")


@gate.signed_in
def codes_text(edge: Edge, session: Session, ticket: str) -> AnyResponse:
    """GET /compte/securite/codes/<ticket>/texte: the new codes as a text file to keep."""
    codes = edge.factors.enrolment.codes(ticket, session.account_id, edge.browser_id())
    if codes is None:
        return notices.then(edge, session, PATH, "codes_over")
    title = gettext("CARPIMKO : codes de secours. Chacun sert une fois.")
    file = Response("\r\n".join((title, "", *codes, "")), mimetype="text/plain")
    file.headers["Content-Disposition"] = 'attachment; filename="carpimko-codes.txt"'
    return file


def row(edge: Edge, factor: Factor) -> dict[str, object]:
    """Return what a page says of a second factor."""
    language = edge.language()
    return {
        "id": factor.id,
        "label": factor.label,
        "kind": factor.kind,
        "shared": factor.shared,
        "created": moments.day(factor.created_at, language),
        "used": moments.moment(factor.used_at, language) if factor.used_at else None,
    }
