"""Writes a client as metadata: what was registered, defaults included, nothing that is not the application's."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final

from idp.protocol.client import Client
from idp.protocol.client_metadata.members import MEMBERS

_DEFAULTS: Final = {one.name: one.default for one in fields(Client) if one.default is not MISSING}
_ALWAYS: Final = frozenset(
    {
        "client_name",
        "application_type",
        "redirect_uris",
        "response_types",
        "grant_types",
        "scope",
        "token_endpoint_auth_method",
        "subject_type",
        "id_token_signed_response_alg",
    }
)
"""Told even where they have their default, so that a developer sees what was assumed (RFC 7591 section 3.2.1)."""


def write(client: Client) -> dict[str, Any]:
    """Return the metadata of a client as JSON can hold it. Its id and whatever is secret are not among them."""
    found: dict[str, Any] = {}
    for member in MEMBERS:
        value = getattr(client, member.attribute)
        if member.name == "scope":
            found["scope"] = " ".join(sorted(value))
        elif member.name in _ALWAYS or value != _DEFAULTS[member.attribute]:
            found[member.name] = _plain(value)
    return found | dict(client.localized)


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
