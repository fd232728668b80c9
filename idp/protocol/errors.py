"""Errors as values that know where they may go.

`ShownError` may only be shown on our own page: the client or its redirect URI is not proven. `ProtocolError` may be
sent to the client (by redirect or as JSON). `description` is one fixed ASCII sentence, never user input (RFC 6749
section 4.1.2.1 restricts its characters; N-012); `detail` is the cause and goes to the log only.
"""

import re
from typing import Final

_ALLOWED: Final = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")


class ShownError(Exception):
    """A fault of a request that must not be redirected (N-002).

    Args:
        reason: machine-readable name, used to choose the page's words and written in the log.
        detail: cause for the log.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class ProtocolError(Exception):
    """An OAuth or OpenID error answer.

    Args:
        error: a registered error code, such as `invalid_grant`.
        description: fixed sentence for the developer of the client; printable ASCII without quote and backslash.
        status: HTTP status where it is answered as JSON.
        detail: cause for the log.
        headers: extra headers, such as WWW-Authenticate.

    Raises:
        ValueError: when the description holds a character that RFC 6749 forbids.
    """

    def __init__(
        self,
        error: str,
        description: str = "",
        *,
        status: int = 400,
        detail: str = "",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        if not _ALLOWED.fullmatch(description):
            raise ValueError("error_description outside the RFC 6749 character set")
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status
        self.detail = detail
        self.headers = headers


class Unavailable(Exception):
    """The provider cannot answer now: a store is busy or gone, or too many passwords are being checked.

    Doors turn it into 503 with `Retry-After`, never into a bare 500 (N-136). Lower rooms derive from it, so that a
    door need not know them.

    Args:
        reason: machine-readable name for the log.
        retry_after: seconds after which to try again.
    """

    def __init__(self, reason: str, *, retry_after: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
