"""Reads client metadata: each member by itself, then what members say together, in the order of a list."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.members import BY_NAME, MEMBERS, PROMISES
from idp.protocol.client_metadata.refusal import MetadataRefused
from idp.protocol.client_metadata.together import RULES, Draft

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
"""A language tag of BCP 47, its shape only."""
_MOST_TEXTS: Final = 40


def read(document: Mapping[str, object], choices: Choices, base: Client) -> Client:
    """Return a client with the metadata of a document.

    Args:
        document: JSON, parsed. A member that is null counts as absent, one that nobody knows is ignored (RFC 7591
            section 2).
        choices: what there is to choose from.
        base: who it is, and whatever metadata cannot say.

    Raises:
        MetadataRefused: with the first reason found.
    """
    sent = {name: value for name, value in document.items() if value is not None}
    for name in PROMISES:
        if sent.get(name) not in (None, False):
            raise MetadataRefused(name, "is not supported")
    members: dict[str, Any] = {
        member.attribute: member.read(member.name, sent[member.name], choices)
        for member in MEMBERS
        if member.name in sent
    }
    members["localized"] = _localized(sent, choices)
    draft = Draft(members, choices)
    for rule in RULES:
        rule(draft)
    sets = {member.attribute for member in MEMBERS if member.lists} | {"scopes"}
    kept: dict[str, Any] = {name: frozenset(value) if name in sets else value for name, value in draft.members.items()}
    return replace(base, **kept)


def _localized(sent: Mapping[str, object], choices: Choices) -> dict[str, str]:
    """Return the texts and addresses that are in one language, by member and language."""
    found: dict[str, str] = {}
    for key, value in sent.items():
        name, mark, language = key.partition("#")
        member = BY_NAME.get(name)
        if not mark or member is None:
            continue
        if not member.localized:
            raise MetadataRefused(name, "is the same in every language")
        if not _LANGUAGE.fullmatch(language):
            raise MetadataRefused(name, "has a language tag that is none of BCP 47")
        found[f"{name}#{language}"] = member.read(name, value, choices)
        if len(found) > _MOST_TEXTS:
            raise MetadataRefused(name, "is there in too many languages")
    return found
