"""What an application may ask the browser about the session: OpenID Connect Session Management 1.0 section 2.

`session_state` ties together the application, the origin of its page, the browser's state and a salt; the frame
(`idp/endpoints/oidc_check_session.html`) computes it again. The browser's state lies in a cookie that scripts read, so
it is a keyed hash of the session's public name: it changes with the session and tells nothing of it.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def cookie_name(*, secure: bool) -> str:
    """Return the name of the cookie that holds the browser's state; on plain http no prefix is allowed."""
    return "__Host-idp-state" if secure else "idp-state"


def browser_state(key: bytes, sid: str) -> str:
    """Return the state of a browser that holds a session.

    Args:
        key: a secret of the house.
        sid: public name of the session; it stays when the same member proves who they are once more.
    """
    return urlsafe_b64encode(hmac.digest(key, sid.encode(), "sha256")).rstrip(b"=").decode()


def session_state(client_id: str, redirect_uri: str, state: str, salt: str) -> str | None:
    """Return `session_state` for an answer at a redirect URI; None where no page can ask: it has no web origin.

    Args:
        client_id: the application.
        redirect_uri: where the answer goes; its origin is taken for that of the page that will ask.
        state: the browser's state.
        salt: random, of base64url characters.
    """
    origin = web_origin(redirect_uri)
    if origin is None:
        return None
    return f"{hashlib.sha256(f'{client_id} {origin} {state} {salt}'.encode()).hexdigest()}.{salt}"


@lru_cache(maxsize=1024)
def web_origin(uri: str) -> str | None:
    """Return an origin as browsers write it (RFC 6454 section 6.2): lower case, a default port left out."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme]) else "")
