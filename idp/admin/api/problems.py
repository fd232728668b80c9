"""What goes wrong at the API, told as `application/problem+json` (RFC 9457)."""

import json
from collections.abc import Callable
from typing import Final

from idp.protocol.messages import NO_STORE, Reply
from idp.records import dataclass

MEDIA: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem; `name` ends its `type`."""

    name: str
    status: int
    title: str


_KINDS: Final = (
    Kind("malformed-request", 400, "The request cannot be read"),
    Kind("no-credentials", 401, "An access token is needed"),
    Kind("invalid-token", 401, "The access token does not open this"),
    Kind("insufficient-scope", 403, "The access token lacks the scope"),
    Kind("not-found", 404, "There is no such thing"),
    Kind("method-not-allowed", 405, "The method is not for this path"),
    Kind("not-acceptable", 406, "There is no such representation"),
    Kind("conflict", 409, "What there is does not allow it"),
    Kind("in-progress", 409, "The same request is being answered"),
    Kind("too-large", 413, "The request is too large"),
    Kind("unsupported-media-type", 415, "The body must be JSON"),
    Kind("invalid-value", 422, "A value is not allowed"),
    Kind("key-reused", 422, "The idempotency key belongs to another request"),
    Kind("too-many-requests", 429, "Too many requests"),
    Kind("unexpected-fault", 500, "Something went wrong here"),
    Kind("unavailable", 503, "Try again later"),
)

KINDS: Final = {kind.name: kind for kind in _KINDS}
_OF_STATUS: Final = {400: "malformed-request", 413: "too-large", 503: "unavailable"}


class Problem(Exception):
    """A problem on its way to the caller.

    Args:
        name: one of `KINDS`.
        detail: a sentence for whoever reads the answer, never a secret.
        member: the parameter or member of the body at fault, or empty.
        headers: what the answer carries beside.
    """

    def __init__(self, name: str, detail: str, member: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(f"{name}: {detail}")
        self.kind = KINDS[name]
        self.detail = detail
        self.member = member
        self.headers = headers


def write(problem: Problem, base: str, reference: str) -> Reply:
    """Return the answer; `base` is the API's address, `reference` the request's, which logs and audit have too."""
    members = {
        "type": f"{base}/openapi.json#{problem.kind.name}",
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "instance": reference,
    }
    if problem.member:
        members["member"] = problem.member
    body = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(problem.kind.status, (("Content-Type", MEDIA), *NO_STORE, *problem.headers), body)


def faults(base: str) -> Callable[..., Reply]:
    """Return the `idp.wire.table.Fault` of the API: what never reached it is a problem all the same."""

    def fault(status: int, _error: str, description: str, /, *headers: tuple[str, str], reference: str) -> Reply:
        return write(Problem(_OF_STATUS.get(status, "unexpected-fault"), description, "", headers), base, reference)

    return fault
