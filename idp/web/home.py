"""The provider's own first page: who is signed in, and the way to the services."""

from werkzeug.wrappers import Response as AnyResponse

from idp.web.http import Edge, service_of


def page(edge: Edge) -> AnyResponse:
    """GET /."""
    session = edge.live_session()
    services = edge.services()
    return edge.render(
        "web/home.html",
        images=tuple(client.logo_uri for client in services if client.logo_uri),
        member=edge.display_name(session.account_id) if session else None,
        services=[service_of(client) for client in services],
    )


def accessibility(edge: Edge) -> AnyResponse:
    """GET /accessibilite."""
    return edge.render("web/accessibility.html")
