"""Everything that is wrong with an administrator's document, for doors that say it all at once. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from idp.admin.registration.own_members import OWN_BY_NAME
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.members import BY_NAME
from idp.protocol.client_metadata.refusal import MetadataRefused

_STAND_INS: Final[Mapping[str, Any]] = {
    "client_id": "x",
    "client_name": "x",
    "redirect_uris": ["https://x.example/"],
}
"""What every application has, with a value that is right."""

_UNRELATED: Final = frozenset({"client_id", "client_name"})
_MEMBERS: Final = frozenset({"application_type", "response_types", "grant_types"})
_DEPENDS: Final[Mapping[str, frozenset[str]]] = {
    "redirect_uris": _MEMBERS,
    "post_logout_redirect_uris": _MEMBERS,
    "backchannel_logout_uri": _MEMBERS,
    "scope": _MEMBERS,
}
"""On which others it depends whether a member is right; it may be any other where nothing is said."""


def faults(
    make: Callable[[str, Mapping[str, Any]], Client], client_id: str, document: Mapping[str, Any], choices: Choices
) -> list[MetadataRefused]:
    """Return each reason for which a document is refused: each wrong member, and what members say together.

    What is wrong is left out to look further, of a list the one value; what is refused then is told only where that
    cannot be why.

    Args:
        make: registers an id and a document, or raises MetadataRefused with the first reason.
        client_id: the id.
        document: what was said.
        choices: what the provider does.
    """
    found: list[MetadataRefused] = []
    said: dict[str, Any] = {**document, "client_id": client_id}
    left_out: set[str] = set()
    while (refused := _first(make, said)) is not None:
        member, rest = refused.member, values_of(said, refused.member)
        if member in left_out and not refused.position:
            break
        if _depends(member, left_out - {member}) and not _by_itself(member, said, choices):
            break
        if 0 < refused.position <= len(rest):
            wrong = rest.pop(refused.position - 1)
            position = values_of(document, member).index(wrong) + 1
            found.append(MetadataRefused(member, refused.reason, refused.code, position=position))
        elif member in left_out:
            break
        else:
            found.append(refused)
            rest = []
        if said.get(member) is None and member not in _STAND_INS:
            break
        left_out.add(member)
        said[member] = _joined(rest, said[member]) if rest else _STAND_INS.get(member)
    return found


def values_of(document: Mapping[str, Any], member: str) -> list[str]:
    """Return the values of a member that a refusal's `position` counts: of a list or of a text's words, each once."""
    value = document.get(member)
    listed = value.split() if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    return list(dict.fromkeys(one for one in listed if isinstance(one, str)))


def _joined(values: list[str], before: object) -> str | list[str]:
    return " ".join(values) if isinstance(before, str) else values


def _first(make: Callable[[str, Mapping[str, Any]], Client], said: Mapping[str, Any]) -> MetadataRefused | None:
    try:
        make(said["client_id"], {name: value for name, value in said.items() if name != "client_id"})
    except MetadataRefused as refused:
        return refused
    return None


def _depends(member: str, left_out: set[str]) -> bool:
    """Whether a refusal may only come of what was left out."""
    related = left_out - _UNRELATED
    return bool(related & _DEPENDS[member] if member in _DEPENDS else related)


def _by_itself(member: str, said: Mapping[str, Any], choices: Choices) -> bool:
    """Whether a member is wrong whatever the others say."""
    known = BY_NAME.get(member) or OWN_BY_NAME.get(member)
    if known is None or said.get(member) is None:
        return False
    try:
        known.read(member, said[member], choices)
    except MetadataRefused:
        return True
    return False
