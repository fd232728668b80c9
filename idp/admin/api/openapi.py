"""The OpenAPI 3.1 document, written from the table that routes: there is nothing in it that is not served."""

from collections.abc import Sequence
from typing import Any, Final, get_args

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from idp.admin.api.door import scopes_of
from idp.admin.api.idempotency import HEADER, PATTERN
from idp.admin.api.operation import JSON, PLACES, Operation
from idp.admin.api.problems import KINDS, MEDIA
from idp.admin.api.proposals_shapes import Proposed
from idp.admin.api.shapes import ProblemDetails
from idp.admin.api.values import Shape
from idp.admin.roles import Role
from idp.config.administration import FourEyesAct
from idp.protocol.names import ADMIN_SCOPE

_REFERENCE: Final = "#/components/schemas/{model}"
_SCHEME: Final = "token"
_ALWAYS: Final = (
    "malformed-request",
    "no-credentials",
    "invalid-token",
    "insufficient-scope",
    "not-acceptable",
    "invalid-value",
    "too-many-requests",
    "unexpected-fault",
    "unavailable",
)
_POSTED: Final = ("in-progress", "key-reused")
_SENT: Final = ("too-large", "unsupported-media-type")
_HELD: Final = frozenset({*get_args(FourEyesAct), "clients.roll_back"})
"""Acts that may wait for a second person; the way back to a version is a change, and waits as one."""
_TITLES: Final = {
    Role.CLIENTS: "Relying applications.",
    Role.MEMBERS: "The support desk.",
    Role.SECURITY: "Keys, settings, upstreams, administrators.",
    Role.AUDITOR: "Look at everything, change nothing.",
}


def document(operations: Sequence[Operation], issuer: str, base: str) -> dict[str, Any]:
    """Return the document.

    Args:
        operations: the table.
        issuer: the provider's address, where tokens come from.
        base: the API's address.
    """
    schemas, references = _schemas(operations)
    paths: dict[str, Any] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, references)
    kinds = "\n".join(f"- `{kind.name}` ({kind.status}): {kind.title}." for kind in KINDS.values())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Administration",
            "version": "1.0",
            "description": f"Errors are problem details (RFC 9457); their `type` ends with one of:\n\n{kinds}",
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                _SCHEME: {
                    "type": "oauth2",
                    "description": f"A token of the client credentials grant for the resource {base}.",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": f"{issuer}/token",
                            "scopes": {f"{ADMIN_SCOPE}{role.value}": said for role, said in _TITLES.items()},
                        }
                    },
                }
            },
        },
    }


def _schemas(operations: Sequence[Operation]) -> tuple[dict[str, Any], dict[type[Shape], dict[str, Any]]]:
    modes: dict[type[Shape], JsonSchemaMode] = {ProblemDetails: "serialization", Proposed: "serialization"}
    for one in operations:
        if one.body is not None:
            modes[one.body] = "validation"
        if one.answer is not None:
            modes[one.answer] = "serialization"
    found, definitions = models_json_schema(list(modes.items()), ref_template=_REFERENCE)
    return definitions["$defs"], {shape: found[shape, mode] for shape, mode in modes.items()}


def _operation(one: Operation, references: dict[type[Shape], dict[str, Any]]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "security": [{_SCHEME: [scope]} for scope in scopes_of(one)],
        "parameters": _parameters(one),
        "responses": _responses(one, references),
    }
    if one.body is not None:
        said["requestBody"] = {"required": True, "content": {JSON: {"schema": references[one.body]}}}
    return said


def _parameters(one: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": place, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{PLACES[place]}$"}}
        for place in one.places
    ]
    for name, schema in one.query.model_json_schema().get("properties", {}).items():
        found.append({"name": name, "in": "query", "schema": _present(schema)})
    if one.method == "POST" and one.kept:
        found.append(
            {
                "name": HEADER,
                "in": "header",
                "description": "The same request with the same key is done once, and answered alike for a day.",
                "schema": {"type": "string", "pattern": f"^{PATTERN}$"},
            }
        )
    return found


def _present(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a parameter is where it is sent: an optional one is left out, never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    said = {name: value for name, value in schema.items() if name not in {"anyOf", "title"} and value is not None}
    return (kinds[0] if len(kinds) == 1 else {}) | said


def _responses(one: Operation, references: dict[type[Shape], dict[str, Any]]) -> dict[str, Any]:
    content = {
        media: {"schema": {"type": "string"} if one.answer is None else references[one.answer]} for media in one.media
    }
    found: dict[str, Any] = {str(one.status): {"description": "Done.", "content": content}}
    if one.act in _HELD:
        found["202"] = {
            "description": "Not done: it waits for a second person, where the settings ask for one.",
            "content": {JSON: {"schema": references[Proposed]}},
        }
    posted = _POSTED if one.method == "POST" and one.kept else ()
    sent = _SENT if one.method == "POST" else ()
    by_status: dict[int, list[str]] = {}
    for name in (*_ALWAYS, *one.refusals, *posted, *sent, *(("not-found",) if one.places else ())):
        titles = by_status.setdefault(KINDS[name].status, [])
        if KINDS[name].title not in titles:
            titles.append(KINDS[name].title)
    for status, titles in sorted(by_status.items()):
        found[str(status)] = {
            "description": "; or: ".join(titles) + ".",
            "content": {MEDIA: {"schema": references[ProblemDetails]}},
        }
    return found
