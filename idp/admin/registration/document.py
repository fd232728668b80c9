"""Reads an administrator's document into a client, and writes a client as such a document."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from idp.admin.registration.kinds import MEMBER_SCOPES, Kind, completed
from idp.admin.registration.own_members import OWN, OWN_BY_NAME
from idp.admin.roles import Role
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.members import BY_NAME, PROMISES
from idp.protocol.client_metadata.read import read
from idp.protocol.client_metadata.refusal import MetadataRefused
from idp.protocol.client_metadata.write import write
from idp.protocol.names import ADMIN_API, ADMIN_SCOPE

ADMIN_SCOPES: Final = tuple(f"{ADMIN_SCOPE}{role.value}" for role in Role)
"""The scopes of the administrators' API: one a role."""

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LIKE_A_MEMBER: Final = re.compile(r"[0-9a-fA-F]{32}")
_ITSELF: Final = ["client_credentials"]
_NO_MEMBERS: Final = "must be empty, since members do not sign in to this application"


def registered(client_id: str, kind: Kind, document: Mapping[str, Any], choices: Choices) -> Client:
    """Return a new client.

    Args:
        client_id: its id.
        kind: what it begins with.
        document: what it says itself.
        choices: what the provider does.

    Raises:
        MetadataRefused: with the first reason found.
    """
    if not _CLIENT_ID.fullmatch(client_id):
        raise MetadataRefused("client_id", "must be 1 to 64 letters, digits, dots, hyphens and underscores")
    if _LIKE_A_MEMBER.fullmatch(client_id):
        raise MetadataRefused("client_id", "must not be 32 hexadecimal digits, which is how a member's sub looks")
    return changed(Client(client_id, ""), completed(kind, document, choices), choices)


def changed(client: Client, document: Mapping[str, Any], choices: Choices) -> Client:
    """Return a client whose registration is a document from now on; its secrets and state stay.

    What the document does not say, or says as null, goes back to its default.

    Raises:
        MetadataRefused: with the first reason found.
    """
    said = {name: value for name, value in document.items() if value is not None}
    for name in said:
        if name.partition("#")[0] not in BY_NAME and name not in OWN_BY_NAME and name not in PROMISES:
            raise MetadataRefused(_shown(name), "is not known here: see the members in docs/applications.md")
    if not said.get("client_name"):
        raise MetadataRefused("client_name", "is needed: members read it")
    metadata = {name: value for name, value in said.items() if name not in OWN_BY_NAME}
    if "scope" not in metadata and metadata.get("response_types", metadata.get("grant_types") != _ITSELF):
        # Who registers by itself gets all that its settings allow; an administrator's silence gives little.
        metadata["scope"] = " ".join(MEMBER_SCOPES)
    found = read(metadata, choices, _blank(client))
    own = {one.attribute: one.read(one.name, said[one.name], choices) for one in OWN if one.name in said}
    found = replace(found, **own)
    if found.logo_uri == client.logo_uri:
        found = replace(found, logo_digest=client.logo_digest)
    if found.token_endpoint_auth_method not in {"client_secret_basic", "client_secret_post"}:
        found = replace(found, secrets=())
    _check(found)
    return _for_administration(found, str(choices.server["issuer"]))


def written(client: Client) -> dict[str, Any]:
    """Return the document of a client: `changed` reads it back to the same client."""
    found = write(client)
    if not found["scope"]:
        del found["scope"]
    plain = Client(client.client_id, "")
    for member in OWN:
        value = getattr(client, member.attribute)
        if value != getattr(plain, member.attribute):
            found[member.name] = sorted(value) if member.lists else list(value) if isinstance(value, tuple) else value
    return found


def administers(client: Client) -> bool:
    """Whether a client may act on the administrators' API."""
    return not client.scopes.isdisjoint(ADMIN_SCOPES)


def _blank(client: Client) -> Client:
    """Return what a document cannot say of a client."""
    return Client(
        client.client_id,
        client.name,
        enabled=client.enabled,
        staff=client.staff,
        secrets=client.secrets,
        response_modes=client.response_modes,
        registered_dynamically=client.registered_dynamically,
        extra=client.extra,
    )


def _check(client: Client) -> None:
    """What the house's members and the others say together."""
    for scope in sorted(client.scopes):
        if scope.startswith(ADMIN_SCOPE) and scope not in ADMIN_SCOPES:
            known = ", ".join(ADMIN_SCOPES)
            raise MetadataRefused("scope", f"holds a scope of the administrators' API that is none: {known}")
    if not client.response_types:
        for name in ("backchannel_logout_uri", "frontchannel_logout_uri", "origins"):
            if getattr(client, name):
                raise MetadataRefused(name, _NO_MEMBERS)
    elif administers(client):
        raise MetadataRefused("scope", "holds admin: scopes, which only an application without members can have")
    if client.pkce_exempt and client.public:
        raise MetadataRefused("pkce_exempt", "must be false for an application without credentials")


def _for_administration(client: Client, issuer: str) -> Client:
    """Let whoever has a scope of the API ask tokens for it, and nobody else."""
    api = f"{issuer}{ADMIN_API}"
    if client.resource_server == api:
        raise MetadataRefused("resource_server", "is the administrators' API, which asks nobody about its tokens")
    others = tuple(one for one in client.audiences if one != api)
    return replace(client, audiences=(*others, api) if administers(client) else others)


def _shown(name: str) -> str:
    """Return a member's name that nobody of us chose, fit for a message."""
    return ascii(name)[1:-1][:64] or "a member without a name"
