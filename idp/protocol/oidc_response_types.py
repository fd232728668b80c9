"""Response types: what an answer of the authorization endpoint may hold, and what each asks of a client.

Sources: OAuth 2.0 Multiple Response Type Encoding Practices 1.0, OpenID Connect Core 1.0 section 3, OpenID Connect
Dynamic Client Registration 1.0 section 2 (which grant types each response type needs). The bare `token` and `none` of
the former are no OpenID Connect flows, so they are not here.
"""

from itertools import permutations
from typing import Final, Literal

ResponseMode = Literal["query", "fragment", "form_post"]

CODE: Final = "code"
ID_TOKEN: Final = "id_token"
TOKEN: Final = "token"

SUPPORTED: Final = ("code", "id_token", "id_token token", "code id_token", "code token", "code id_token token")
"""Every response type, its words in the order of the alphabet."""

MODES: Final[tuple[ResponseMode, ...]] = ("query", "fragment", "form_post")


def canonical(text: str) -> str:
    """Return a response type with its words in one order: theirs means nothing (RFC 6749 section 3.1.1)."""
    return _ORDERS.get(text) or " ".join(sorted(text.split()))


def on_front_channel(response_type: str) -> bool:
    """Whether an answer of this type holds a token, which no query may carry (Encoding Practices section 3)."""
    known = _IN_FRONT.get(response_type)
    return _holds_token(response_type) if known is None else known


def default_mode(response_type: str) -> ResponseMode:
    """Return how an answer, or an error, comes back where the request does not say (Encoding Practices section 2.1)."""
    return "fragment" if on_front_channel(response_type) else "query"


def grant_types_of(response_type: str) -> frozenset[str]:
    """Return the grant types for which a client must be registered to use a response type (Registration section 2)."""
    by_code = {"authorization_code"} if CODE in response_type.split() else set()
    return frozenset(by_code | ({"implicit"} if on_front_channel(response_type) else set()))


def _holds_token(response_type: str) -> bool:
    return not {ID_TOKEN, TOKEN}.isdisjoint(response_type.split())


_ORDERS: Final = {" ".join(words): one for one in SUPPORTED for words in permutations(one.split())}
"""Every way to write a supported type, and the type: each request has one of them."""
_IN_FRONT: Final = {text: _holds_token(text) for text in _ORDERS}
