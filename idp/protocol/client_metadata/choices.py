"""What a registration may choose from: the provider's own metadata, narrowed for who registers."""

from collections.abc import Mapping
from typing import Any

from idp.protocol.names import SCOPE_CLAIMS
from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices.

    Args:
        server: the discovery document: what it lists is what may be registered, so that the two cannot differ.
        grant_types: those that this registration may have.
        response_types: likewise, words in the order in which they are kept.
        scopes: the scopes about a member that it may have; all of them where it names none.
        own_scopes: whether it may have scopes of its own besides, for client credentials.
        local_http: whether plain http on localhost will do, for development only.
    """

    server: Mapping[str, Any]
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    scopes: tuple[str, ...] = tuple(SCOPE_CLAIMS)
    own_scopes: bool = False
    local_http: bool = False

    @classmethod
    def whole(cls, server: Mapping[str, Any]) -> "Choices":
        """Return everything that the provider does, for those who register in the house's name."""
        return cls(
            server=server,
            grant_types=tuple(server["grant_types_supported"]),
            response_types=tuple(server["response_types_supported"]),
            own_scopes=True,
            local_http=not str(server["issuer"]).startswith("https:"),
        )

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a list of the discovery document; none where it has no such list."""
        return tuple(self.server.get(name) or ())

    def does(self, name: str) -> bool:
        """Whether the discovery document says yes."""
        return self.server.get(name) is True
