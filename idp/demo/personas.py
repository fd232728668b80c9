"""The people of the demonstration, read from `examples/demo/personas.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idp.members.dossiers import Dossier
from idp.upstream import CivilStatus


@dataclass(frozen=True, slots=True)
class SeededDossier:
    """A dossier to seed; `with_password` is False for a member who has never signed in."""

    dossier: Dossier
    with_password: bool


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to try the demonstration as. `franceconnect` is the identity the emulator gives, or None."""

    key: str
    label: str
    story: str
    franceconnect: Mapping[str, Any] | None
    dossiers: tuple[SeededDossier, ...]


def load_personas(path: Path) -> tuple[Persona, ...]:
    """Read the personas.

    Raises:
        OSError, ValueError, KeyError: when the file is absent or not of the documented form.
    """
    entries = json.loads(path.read_text(encoding="utf-8"))["personas"]
    return tuple(
        Persona(
            key=entry["key"],
            label=entry["label"],
            story=entry["story"],
            franceconnect=entry["franceconnect"],
            dossiers=tuple(_dossier(dossier) for dossier in entry["dossiers"]),
        )
        for entry in entries
    )


def _dossier(entry: Mapping[str, Any]) -> SeededDossier:
    civil = CivilStatus(
        birth_name=entry["birth_name"],
        given_names=tuple(entry["given_names"]),
        birthdate=entry["birthdate"],
        gender=entry["gender"],
        birthplace=entry["birthplace"] or "",
        birthcountry=entry["birthcountry"],
        usage_name=entry.get("usage_name") or "",
    )
    dossier = Dossier(
        dossier=entry["dossier"],
        situation=entry["situation"],
        status=entry["status"],
        civil=civil,
        email=entry.get("email"),
        phone_number=entry.get("phone_number"),
        address=entry.get("address"),
        profile=entry.get("profile") or {},
    )
    return SeededDossier(dossier, bool(entry["password"]))
