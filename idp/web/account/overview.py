"""The first account page: what there is, each with its state in a word."""

from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.services.sessions import Session
from idp.web.account import gate, nav
from idp.web.http import Edge


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte."""
    account = edge.own.look(session.account_id)
    if account is None:
        return edge.go("/connexion")
    changed = account.password_changed_at
    return edge.render(
        "account/overview.html",
        here="overview",
        account=account,
        changed_on=moments.day(changed, edge.language()) if changed else "",
        second_step=bool(edge.factors.enrolment.overview(session.account_id).factors),
        pages={entry.name for entry in nav.MENU},
    )
