"""The people of the emulator: civil identities read from the personas file shared with the demo's seeder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

IDENTITY_CLAIMS = (
    "given_name",
    "given_name_array",
    "family_name",
    "birthdate",
    "idp_birthdate",
    "gender",
    "birthplace",
    "birthcountry",
    "preferred_username",
    "email",
)
REQUIRED_CLAIMS = ("given_name", "given_name_array", "family_name", "birthdate")


class PersonasError(Exception):
    """The personas file cannot be used; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Someone who can sign in: `key` is the login, `claims` the identity as FranceConnect serves it.

    A claim that the identity lacks (an eIDAS person has no birthcountry) is absent from `claims`; a birthplace
    abroad is present and empty, as on the real service.
    """

    key: str
    label: str
    story: str
    claims: Mapping[str, str | list[str]]


def load_personas(path: Path) -> tuple[Persona, ...]:
    """Read the personas that have a FranceConnect identity, in the order of the file.

    Raises PersonasError on a missing or unknown claim, or a login used twice.
    """
    entries = json.loads(path.read_text(encoding="utf-8"))["personas"]
    people = tuple(_persona(entry) for entry in entries if entry["franceconnect"] is not None)
    keys = [person.key for person in people]
    if len(set(keys)) != len(keys):
        raise PersonasError("two personas share one key")
    return people


def _persona(entry: Mapping[str, object]) -> Persona:
    key, identity = str(entry["key"]), entry["franceconnect"]
    if not isinstance(identity, dict):
        raise PersonasError(f"{key}: franceconnect must be an object or null")
    if unknown := set(identity) - set(IDENTITY_CLAIMS):
        raise PersonasError(f"{key}: unknown claims {sorted(unknown)}")
    if missing := [name for name in REQUIRED_CLAIMS if not identity.get(name)]:
        raise PersonasError(f"{key}: missing claims {missing}")
    if identity["given_name"] != " ".join(identity["given_name_array"]):
        raise PersonasError(f"{key}: given_name must be given_name_array joined by spaces")
    return Persona(key, str(entry["label"]), str(entry["story"]), identity)
