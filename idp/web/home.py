"""The provider's own first page: who is signed in, and the way to the services."""

from werkzeug.wrappers import Response as AnyResponse

from idp.web.http import Edge


def page(edge: Edge) -> AnyResponse:
    """GET /."""
    session = edge.live_session()
    services = edge.services()
    return edge.render(
        "web/home.html",
        member=edge.display_name(session.account_id) if session else None,
        services=[edge.service(client) for client in services],
    )


def accessibility(edge: Edge) -> AnyResponse:
    """GET /accessibilite."""
    return edge.render("web/accessibility.html")
