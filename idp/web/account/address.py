"""The postal address as it is on file, and how it is corrected: by the fund, not here."""

from werkzeug.wrappers import Response as AnyResponse

from idp.services.sessions import Session
from idp.web.account import gate
from idp.web.http import Edge

_DAY = 86400


@gate.signed_in
def page(edge: Edge, session: Session) -> AnyResponse:
    """GET /compte/adresse-postale."""
    account = edge.own.look(session.account_id)
    if account is None:
        return edge.go("/connexion")
    return edge.render(
        "account/address.html",
        here="address",
        name=account.name,
        address=account.address,
        rest_days=edge.settings.activation.contact_rest // _DAY,
    )
