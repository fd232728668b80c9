"""What may go wrong with an upstream, by type: the type says what the person is told."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

_PRINTABLE = re.compile(r"[^ -~]")


class UpstreamError(Exception):
    """Base. `reason` is a stable name for logs and audit; it never carries upstream text.

    `details` holds what the upstream's support asks for, where its answer said so: `error`, `description`, and
    FranceConnect's `code` and `id` out of `error_uri`; all cleaned and cut for the log.
    """

    def __init__(self, reason: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = dict(details or {})


class UpstreamDown(UpstreamError):
    """No answer in time, no connection, a 5xx, or too many requests: trying again later may work."""


class TooManyWaiting(UpstreamDown):
    """As many sign-ins as may are talking to the upstream: ours to bear, it says nothing about the upstream."""


class UpstreamInvalid(UpstreamError):
    """An answer that must not be believed: signature, issuer, audience, times, shape."""


class UpstreamUnusable(UpstreamInvalid):
    """A discovery document or key set that nobody can sign in with, whatever their browser says."""


class UpstreamRefused(UpstreamError):
    """An OAuth error answer (RFC 6749 section 5.2)."""

    def __init__(self, details: Mapping[str, str]) -> None:
        super().__init__(details.get("error") or "error", details)


_ONE_PERSONS: Final = frozenset({"invalid_grant", "invalid_request"})
"""What a code that is late, of another trip or made up is answered with: the browser brings it."""


def fails_for_all(error: UpstreamError) -> bool:
    """Whether a failed call speaks against the upstream, so that a circuit breaker may count it.

    Nothing that follows from what a browser carried counts: a forged code, the code of another trip (whose nonce or
    claims do not fit), or an error in the callback's query. Anybody could switch the upstream off for all with those.
    """
    if isinstance(error, UpstreamRefused):
        return error.details.get("error") not in _ONE_PERSONS
    if isinstance(error, TooManyWaiting):
        return False
    return isinstance(error, UpstreamDown | UpstreamUnusable)


def error_details(answer: Mapping[str, object]) -> dict[str, str]:
    """Return the loggable parts of an OAuth error: foreign text, made printable and short."""
    details = {
        "error": clean(answer.get("error"), 64),
        "description": clean(answer.get("error_description"), 200),
    }
    uri = answer.get("error_uri")
    if isinstance(uri, str) and len(uri) <= 1000:
        try:
            query = parse_qs(urlsplit(uri).query)
        except ValueError:
            query = {}
        for name in ("code", "id"):
            details[name] = clean(query.get(name, [""])[0], 64)
    return {name: value for name, value in details.items() if value}


def clean(text: object, limit: int) -> str:
    """Return foreign text as printable ASCII of at most ``limit`` characters; no line breaks."""
    return _PRINTABLE.sub("?", text[:limit]) if isinstance(text, str) else ""
