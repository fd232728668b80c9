"""Response types: what an answer of the authorization endpoint may hold, and what each asks of a client.

Sources: OAuth 2.0 Multiple Response Type Encoding Practices 1.0, OpenID Connect Core 1.0 section 3, OpenID Connect
Dynamic Client Registration 1.0 section 2 (which grant types each response type needs). The bare `token` and `none` of
the former are no OpenID Connect flows, so they are not here.
"""

from functools import lru_cache
from typing import Final, Literal

ResponseMode = Literal["query", "fragment", "form_post"]

CODE: Final = "code"
ID_TOKEN: Final = "id_token"
TOKEN: Final = "token"

SUPPORTED: Final = ("code", "id_token", "id_token token", "code id_token", "code token", "code id_token token")
"""Every response type, its words in the order of the alphabet."""

MODES: Final[tuple[ResponseMode, ...]] = ("query", "fragment", "form_post")


@lru_cache(maxsize=128)
def canonical(text: str) -> str:
    """Return a response type with its words in one order: theirs means nothing (RFC 6749 section 3.1.1)."""
    return " ".join(sorted(text.split()))


@lru_cache(maxsize=128)
def on_front_channel(response_type: str) -> bool:
    """Whether an answer of this type holds a token, which no query may carry (Encoding Practices section 3)."""
    return not {ID_TOKEN, TOKEN}.isdisjoint(response_type.split())


def default_mode(response_type: str) -> ResponseMode:
    """Return how an answer, or an error, comes back where the request does not say (Encoding Practices section 2.1)."""
    return "fragment" if on_front_channel(response_type) else "query"


@lru_cache(maxsize=128)
def grant_types_of(response_type: str) -> frozenset[str]:
    """Return the grant types for which a client must be registered to use a response type (Registration section 2)."""
    by_code = {"authorization_code"} if CODE in response_type.split() else set()
    return frozenset(by_code | ({"implicit"} if on_front_channel(response_type) else set()))
