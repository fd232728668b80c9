"""The provider's own first page: the way to the services, to the account, and what the account asks of the member."""

from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.web.account import sign_in_words
from idp.web.http import Edge


def page(edge: Edge) -> AnyResponse:
    """GET /."""
    session = edge.live_session()
    services = edge.services()
    account = edge.own.look(session.account_id) if session else None
    # Whoever has an address was told by mail.
    waiting = edge.devices.waiting(session) if session and account and not account.email.address else []
    return edge.render(
        "web/home.html",
        account=account,
        unseen=[
            {
                "at": moments.moment(one.started_at, edge.language()),
                "device": sign_in_words.device(one.browser, one.system),
            }
            for one in waiting
        ],
        services=[edge.service(client) for client in services],
    )


def accessibility(edge: Edge) -> AnyResponse:
    """GET /accessibilite."""
    return edge.render("web/accessibility.html")
