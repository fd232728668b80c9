"""A client as its table in a configuration file: every member beside the defaults, and the way back.

The members are those of an administrator's document (`idp.admin.registration`), and `enabled` beside them. A file is
for reading too: what has its default is left out where leaving it out means the same. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from math import isfinite
from typing import Any, Final

from idp.admin.registration.document import administers, changed, registered, written
from idp.admin.registration.kinds import kind_of
from idp.admin.registration.own_members import OWN, OWN_BY_NAME
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.members import BY_NAME
from idp.protocol.client_metadata.refusal import MetadataRefused
from idp.protocol.client_metadata.values import Reader, flag
from idp.protocol.names import ADMIN_API

ENABLED: Final = "enabled"
NEVER: Final = frozenset({"client_id", "client_secret", "client_secret_file", "secret", "secrets", "staff"})
"""What somebody may think of writing into a table, and what no file decides."""
UNWRITTEN: Final = frozenset(
    {"client_id", "secrets", "staff", "logo_digest", "registered_dynamically", "response_modes", "extra", "token_epoch"}
)
"""Members of `Client` that no table has: who it is, what is secret, what the house keeps for itself."""
_FIRST: Final = ("client_name", ENABLED, *(member.name for member in OWN))
_SAME_WHERE_ABSENT: Final = {"application_type": "web", "subject_type": "public"}


class MetadataFaults(Exception):
    """What is wrong with a client's table: every member, each with its reason."""

    def __init__(self, faults: list[MetadataRefused]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def table(client: Client) -> dict[str, Any]:
    """Return what a file says of a client: plain values, sets in order, nothing that has its default."""
    document: dict[str, Any] = _whole(written(client))
    if administers(client):
        # Whoever has a scope of the administrators' API may ask tokens for it, whatever the issuer is called.
        document["audiences"] = [one for one in client.audiences if not one.endswith(ADMIN_API)]
    if not client.enabled:
        document[ENABLED] = False
    told = {name: value for name, value in document.items() if _tells(name, value)}
    return {name: told[name] for name in (*_FIRST, *told) if name in told}


def of_table(client_id: str, said: Mapping[str, Any], choices: Choices, known: Client | None) -> Client:
    """Return the client that a table describes; a member that it does not name has its default.

    Args:
        client_id: whose.
        said: the table, as TOML has it.
        choices: what the provider does.
        known: the client as it is, whose secrets stay; None for a new one.

    Raises:
        MetadataFaults: every member that is wrong; what members say together comes when none is by itself.
    """
    found = [refused for name, value in said.items() if (refused := _wrong(name, value, choices)) is not None]
    if "client_name" not in said:
        found.append(MetadataRefused("client_name", "is needed: members read it"))
    if found:
        raise MetadataFaults(found)
    document = {name: value for name, value in said.items() if name != ENABLED}
    try:
        client = changed(known or Client(client_id, ""), document, choices)
        if known is None:
            client = registered(client_id, kind_of(client), beginning(client), choices)
    except MetadataRefused as refused:
        raise MetadataFaults([refused]) from None
    return replace(client, enabled=said.get(ENABLED, True))


def beginning(client: Client) -> dict[str, Any]:
    """Return the document of a client that is to be made, in which its kind finds nothing to add."""
    begins = {
        "origins": sorted(client.origins),
        "backchannel_logout_session_required": client.backchannel_logout_session_required,
        "frontchannel_logout_session_required": client.frontchannel_logout_session_required,
    }
    return begins | written(client)


def changes(before: Client, after: Client) -> dict[str, Any]:
    """Return what turns the document of one client into that of another; null for what goes back to its default."""
    new = written(after)
    return {name: None for name in written(before) if name not in new} | new


def _wrong(name: str, value: object, choices: Choices) -> MetadataRefused | None:
    """Return what is wrong with one member by itself."""
    reader = _reader(name)
    if name in NEVER:
        return MetadataRefused(name, "does not belong in a file: secrets stay where they are")
    if reader is None:
        return MetadataRefused(name, "is no member of an application: see docs/applications.md")
    if not _json(value):
        return MetadataRefused(name, "must hold values that JSON knows: no date, no number without end")
    try:
        reader(name, value, choices)
    except MetadataRefused as refused:
        return refused
    return None


def _reader(name: str) -> Reader | None:
    if name == ENABLED:
        return flag
    plain, mark, _language = name.partition("#")
    member = BY_NAME.get(plain)
    if member is not None and (not mark or member.localized):
        return member.read
    return OWN_BY_NAME[name].read if name in OWN_BY_NAME else None


def _tells(name: str, value: Any) -> bool:
    return value not in ([], "", None) and _SAME_WHERE_ABSENT.get(name) != value


def _json(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_json, value.values()))
    if isinstance(value, list):
        return all(map(_json, value))
    return not isinstance(value, date | time) and not (isinstance(value, float) and not isfinite(value))


def _whole(value: Any) -> Any:
    """Return a value without the nulls within, which TOML does not have and no key needs."""
    if isinstance(value, Mapping):
        return {name: _whole(one) for name, one in value.items() if one is not None}
    return [_whole(one) for one in value if one is not None] if isinstance(value, list) else value
