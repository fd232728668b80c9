"""The browser's state and `session_state` values, under a key of the house (`idp.protocol.oidc_session_state`)."""

from collections.abc import Callable
from dataclasses import field

from idp.protocol import oidc_session_state
from idp.records import dataclass
from keys.entropy import token_urlsafe


@dataclass(frozen=True, slots=True)
class SessionStates:
    """Makes both values.

    Args:
        key: a secret of the house.
        salt: makes salts.
    """

    key: bytes = field(repr=False)
    salt: Callable[[], str] = lambda: token_urlsafe(12)

    def of_browser(self, sid: str) -> str:
        """Return the state of a browser that holds a session."""
        return oidc_session_state.browser_state(self.key, sid)

    def answer(self, client_id: str, redirect_uri: str, sid: str) -> dict[str, str]:
        """Return the field of an authorization response that tells of a session; empty where no page could ask."""
        state = oidc_session_state.session_state(client_id, redirect_uri, self.of_browser(sid), self.salt())
        return {"session_state": state} if state is not None else {}
