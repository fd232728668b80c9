"""What the request being answered says, each read once."""

from flask import g, request

from idp.protocol.messages import MalformedMessage, Parameters
from idp.protocol.network import network_of


def parameters() -> Parameters:
    """Return the request's own parameters: the form of a POST, the query of a GET; never both merged.

    Raises:
        MalformedMessage: undecodable or oversized.
    """
    if request.method == "POST":
        if request.mimetype != "application/x-www-form-urlencoded":
            raise MalformedMessage("not a form")
        try:
            return Parameters.parse(request.get_data(cache=True).decode("ascii"))
        except UnicodeDecodeError:
            raise MalformedMessage("malformed form") from None
    return Parameters.parse(request.query_string.decode("latin-1"))


def network() -> str:
    """Return the caller's network for throttling: an IPv4 address, or an IPv6 /64."""
    if "network" not in g:
        g.network = network_of(request.environ.get("idp.remote") or request.remote_addr or "")
    return str(g.network)
