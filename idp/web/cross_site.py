"""Forms that come from other sites: sent again as an address, so that the browser brings its cookies.

A POST of another site brings no SameSite=Lax cookie. Answered as it is, nobody would be known: `prompt=none` would
fail, a logout would end no session, and a new browser cookie would take the place of the one other tabs rely on.
"""

from typing import Final
from urllib.parse import urlencode

from werkzeug.wrappers import Response as AnyResponse

from idp.protocol.messages import Parameters
from idp.web import asked
from idp.web.http import Edge

LONGEST_QUERY: Final = 4000
"""Characters of a request that may come back as an address: proxies refuse addresses over 8 KiB."""


def as_address(edge: Edge, parameters: Parameters) -> AnyResponse | None:
    """Return the redirect to this same page with a form's parameters in the query; None where it is not needed."""
    here = asked.now()
    if here.method != "POST":
        return None
    known = any(edge.cookie(name) in here.cookies for name in ("browser", "session"))
    query = urlencode(parameters.pairs)
    if known or len(query) > LONGEST_QUERY:
        return None
    return edge.go(f"{here.path}?{query}")
