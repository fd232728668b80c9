"""The API's door: a request walks through path, token, rate, act, parameters and idempotency to its operation."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from idp.admin.actor import Actor, ForbiddenError, ProposedError
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.api.guard import Guard
from idp.admin.api.idempotency import Once
from idp.admin.api.operation import JSON, Call, File, Operation
from idp.admin.api.problems import MEDIA, Problem, write
from idp.admin.api.proposals_shapes import Proposed
from idp.admin.api.values import Shape
from idp.admin.roles import ACTS, Act, Role
from idp.clock import Clock
from idp.protocol.messages import NO_STORE, Reply, Request
from idp.protocol.names import ADMIN_API, ADMIN_SCOPE
from idp.services.audit import AuditLog
from keys.compact import parse_object
from keys.errors import TokenRejected

log = logging.getLogger("idp.admin")

DOCUMENT: Final = "/openapi.json"
_SEEN: Final = ("GET", "HEAD")


class Door:
    """Answers every path below `ADMIN_API`.

    Args:
        operations: the table.
        guard: says who calls.
        once: does each POST once by its key.
        document: the OpenAPI document, which needs no token: it says what the API is, and nothing of what is in it.
        trail: told of each act that a token did not open (N-151).
        clock: Unix seconds.
        base: the API's address.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        guard: Guard,
        once: Once,
        document: Mapping[str, Any],
        trail: AuditLog,
        clock: Clock,
        base: str,
    ) -> None:
        self._operations = tuple(operations)
        self._guard = guard
        self._once = once
        self._document = json.dumps(document, ensure_ascii=False, indent=1).encode()
        self._trail = trail
        self._clock = clock
        self._base = base

    def __call__(self, request: Request) -> Reply:
        """Answer one request; what the house itself cannot do is raised to the edge."""
        try:
            return self._answer(request)
        except Problem as problem:
            return self._told(problem, request)

    def _answer(self, request: Request) -> Reply:
        path = request.path.removeprefix(ADMIN_API)
        if path == DOCUMENT:
            return self._described(request)
        fitting = [(one, places) for one in self._operations if (places := one.match(path)) is not None]
        if not fitting:
            raise Problem("not-found", "the API has no such path")
        method = "GET" if request.method == "HEAD" else request.method
        allowed = [name for one, _ in fitting for name in (_SEEN if one.method == "GET" else ("POST",))]
        if request.method == "OPTIONS":
            return Reply(204, (("Allow", ", ".join((*allowed, "OPTIONS"))),))
        for operation, places in fitting:
            if operation.method == method:
                return self._perform(operation, places, request)
        raise _not_allowed(allowed)

    def _described(self, request: Request) -> Reply:
        if request.method == "OPTIONS":
            return Reply(204, (("Allow", "GET, HEAD, OPTIONS"),))
        if request.method not in _SEEN:
            raise _not_allowed(_SEEN)
        return Reply(200, (("Content-Type", JSON), ("Cache-Control", "public, max-age=300")), self._document)

    def _perform(self, operation: Operation, places: Mapping[str, str], request: Request) -> Reply:
        actor = self._guard.admit(request)
        self._permit(actor, operation)
        _acceptable(operation, request)
        query = _valid(operation.query, _single(request))
        body = None if operation.body is None else _valid(operation.body, _json(request))
        if operation.body is None and request.body:
            raise Problem("malformed-request", "this takes no body")
        call = Call(actor, places, query, body)
        if operation.method == "GET" or not operation.kept:
            return self._done(operation, call)
        return self._once.answer(request, actor.id, lambda: self._settled(operation, call, request))

    def _settled(self, operation: Operation, call: Call, request: Request) -> Reply:
        """Do it; a refusal is an answer too, the same for the same request."""
        try:
            return self._done(operation, call)
        except Problem as problem:
            return self._told(problem, request)

    def _done(self, operation: Operation, call: Call) -> Reply:
        try:
            answer = operation.handle(call)
        except ForbiddenError as error:
            raise self._forbidden(call.actor, error.act) from None
        except ProposedError as waits:
            return self._waits(waits)
        except UnknownError as error:
            raise Problem("not-found", str(error), error.member) from None
        except ConflictError as error:
            raise Problem("conflict", str(error), error.member) from None
        except RefusedError as error:
            raise Problem("invalid-value", str(error), error.member) from None
        if isinstance(answer, File):
            return Reply(operation.status, (("Content-Type", answer.media), *NO_STORE), answer.content)
        body = json.dumps(answer.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":")).encode()
        return Reply(operation.status, (("Content-Type", JSON), *NO_STORE), body)

    def _waits(self, waits: ProposedError) -> Reply:
        """Answer that a second person must approve: accepted, and not done (RFC 9110 section 15.3.3)."""
        told = Proposed(proposal=waits.proposal, act=waits.act, expires_at=waits.expires_at)
        where = ("Location", f"{self._base}/proposals/{waits.proposal}")
        return Reply(202, (("Content-Type", JSON), *NO_STORE, where), told.model_dump_json().encode())

    def _permit(self, actor: Actor, operation: Operation) -> None:
        """Ask the gate before anything is read; the act asks it again."""
        try:
            actor.permit(operation.act, self._clock())
        except ForbiddenError as error:
            raise self._forbidden(actor, error.act) from None

    def _forbidden(self, actor: Actor, act: Act) -> Problem:
        facts = {"act": act.name, "client_id": actor.id, **actor.facts()}
        self._trail("act_refused", outcome="forbidden", **facts)
        return _insufficient(act)

    def _told(self, problem: Problem, request: Request) -> Reply:
        log.info("%s refused: %s", request.path[:200], problem.kind.name, extra={"reference": request.reference})
        return write(problem, self._base, request.reference)


def scopes_of(operation: Operation) -> list[str]:
    """Return the scopes of which each one opens an operation: the act's own role, and an auditor's for a look."""
    return _scopes(ACTS[operation.act])


def _scopes(act: Act) -> list[str]:
    return [f"{ADMIN_SCOPE}{role.value}" for role in Role if act.open_to((role,))]


def _not_allowed(allowed: Sequence[str]) -> Problem:
    methods = ", ".join((*allowed, "OPTIONS"))
    return Problem("method-not-allowed", f"this path takes {methods}", "", (("Allow", methods),))


def _insufficient(act: Act) -> Problem:
    """Say what lacks, which an act may ask for beside its own: the scope for what an application may do here."""
    scopes = _scopes(act)
    challenge = f'Bearer realm="admin", error="insufficient_scope", scope="{scopes[0]}"'
    return Problem(
        "insufficient-scope", f"one of these is needed: {', '.join(scopes)}", "", (("WWW-Authenticate", challenge),)
    )


def _acceptable(operation: Operation, request: Request) -> None:
    """Refuse where nothing that there is would be taken (RFC 9110 section 12.5.1)."""
    wanted = request.headers.get("accept", "").strip()
    if not wanted:
        return
    taken = {range_.partition(";")[0].strip().lower() for range_ in wanted.split(",") if not _refuses(range_)}
    offered = {*operation.media, MEDIA}
    if not taken & {*offered, *(f"{one.partition('/')[0]}/*" for one in offered), "*/*"}:
        raise Problem("not-acceptable", f"there is {', '.join(operation.media)}", "Accept")


def _refuses(range_: str) -> bool:
    quality = [part.strip().lower() for part in range_.split(";")[1:]]
    return any(part in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for part in quality)


def _single(request: Request) -> dict[str, object]:
    twice = request.query.repeated()
    if twice is not None:
        raise Problem("malformed-request", "a parameter appears more than once", twice[:64])
    return dict(request.query.pairs)


def _json(request: Request) -> dict[str, object]:
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != JSON or rest.strip().lower() not in {"", "charset=utf-8", 'charset="utf-8"'}:
        raise Problem("unsupported-media-type", f"the body must be {JSON}", "Content-Type")
    try:
        return parse_object(request.body)
    except TokenRejected:
        raise Problem("malformed-request", "the body must be one JSON object, without a member twice") from None


def _valid(shape: type[Shape], values: dict[str, object]) -> Shape:
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        member = ".".join(str(part) for part in first["loc"])[:128]
        raise Problem("invalid-value", f"{member or 'the whole'}: {_said(first)}", member) from None


def _said(error: Mapping[str, Any]) -> str:
    """Return what pydantic says without the value: a pattern of a page's length explains nothing."""
    if error["type"] == "string_pattern_mismatch":
        return "is not written as the API's description says"
    return str(error["msg"])
