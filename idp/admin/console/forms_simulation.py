"""The simulator's form, read once, at the edge, into a frozen value. Pure; messages are French message ids."""

import json
import re
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date
from typing import ClassVar, Final

from idp.admin.console.forms import LONGEST_LOGIN, line
from idp.admin.console.matching import GENDERS
from idp.records import dataclass
from idp.web.i18n import mark as _

_LONGEST_IDENTITY: Final = 8000
_FRENCH_DAY: Final = re.compile(r"([0-9]{1,2})[/. ]([0-9]{1,2})[/. ]([0-9]{4})")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COMMUNE: Final = re.compile(r"[0-9][0-9AB][0-9]{3}")
_COUNTRY: Final = re.compile(r"99[0-9]{3}")

_NO_IDENTITY: Final = _(
    'Saisissez un objet JSON dont les valeurs sont des textes, par exemple {"family_name": "DUBOIS"}.'
)
_NOTHING: Final = _("Remplissez au moins un champ, ou collez un objet JSON.")
_BOTH: Final = _("Remplissez les champs ou collez un objet JSON, pas les deux.")
_WRONG: Final[Mapping[str, str]] = {
    "birthdate": _("Saisissez la date de naissance sous la forme JJ/MM/AAAA, par exemple 24/08/1962."),
    "gender": _("Choisissez une valeur de la liste."),
    "birthplace": _("Un code INSEE de commune a cinq caractères, par exemple 75107 ou 2A004."),
    "birthcountry": _("Choisissez une valeur de la liste."),
}


@dataclass(frozen=True, slots=True)
class SimulationForm:
    """An identity as an upstream's userinfo says it: field by field, or pasted as JSON (`claims`).

    The fields have the claims' names; of what is pasted, claims other than `names` are passed over. `identity` is what
    was read, in claims.
    """

    names: ClassVar[tuple[str, ...]] = (
        "sub",
        "family_name",
        "given_name",
        "given_name_array",
        "preferred_username",
        "birthdate",
        "idp_birthdate",
        "gender",
        "birthplace",
        "birthcountry",
    )
    fields: ClassVar[tuple[str, ...]] = tuple(one for one in names if one not in {"given_name_array", "idp_birthdate"})

    upstream: str = ""
    sub: str = field(default="", repr=False)
    family_name: str = field(default="", repr=False)
    given_name: str = field(default="", repr=False)
    preferred_username: str = field(default="", repr=False)
    birthdate: str = field(default="", repr=False)
    gender: str = ""
    birthplace: str = field(default="", repr=False)
    birthcountry: str = ""
    claims: str = field(default="", repr=False)
    identity: Mapping[str, object] = field(default_factory=dict, repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "SimulationForm":
        """Read a posted form; what is no identity is said, and asks for nothing."""
        typed = {name: line(fields.get(name, "")) for name in cls.fields}
        pasted = fields.get("claims", "")[: _LONGEST_IDENTITY + 1]
        form = cls(
            upstream=fields.get("upstream", "")[:LONGEST_LOGIN],
            sub=typed["sub"],
            family_name=typed["family_name"],
            given_name=typed["given_name"],
            preferred_username=typed["preferred_username"],
            birthdate=typed["birthdate"],
            gender=typed["gender"],
            birthplace=typed["birthplace"],
            birthcountry=typed["birthcountry"],
            claims=pasted,
        )
        told = {name: value for name, value in typed.items() if value}
        if pasted.strip():
            return replace(form, errors={"claims": _BOTH}) if told else form._pasted()
        return form._filled(told) if told else replace(form, errors={"family_name": _NOTHING})

    def failed(self, summary: str) -> "SimulationForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)

    def _pasted(self) -> "SimulationForm":
        try:
            found = json.loads(self.claims) if len(self.claims) <= _LONGEST_IDENTITY else None
        except (ValueError, RecursionError):
            found = None
        named = {name: found[name] for name in self.names if name in found} if isinstance(found, dict) else {}
        if not named or not all(_plain(value) for value in named.values()):
            return replace(self, errors={"claims": _NO_IDENTITY})
        return replace(self, identity=named)

    def _filled(self, told: Mapping[str, str]) -> "SimulationForm":
        days = _days(self.birthdate)
        right = {
            "birthdate": days is not None,
            "gender": self.gender in GENDERS,
            "birthplace": _COMMUNE.fullmatch(self.birthplace.upper()) is not None,
            "birthcountry": _COUNTRY.fullmatch(self.birthcountry) is not None,
        }
        errors = {name: _WRONG[name] for name, fine in right.items() if name in told and not fine}
        known = {name: value.upper() if name == "birthplace" else value for name, value in told.items()}
        return replace(self, errors=errors) if errors else replace(self, identity=known | (days or {}))


def _days(typed: str) -> dict[str, str] | None:
    """Return a day of birth in claims, None for none; what is not known of it (00) reads 01, and is told beside it."""
    french = _FRENCH_DAY.fullmatch(typed)
    said = f"{french[3]}-{int(french[2]):02}-{int(french[1]):02}" if french else typed
    whole = said.replace("-00", "-01")
    try:
        known = _DAY.fullmatch(said) is not None and date.fromisoformat(whole) is not None
    except ValueError:
        known = False
    if not known:
        return None
    return {"birthdate": whole} if whole == said else {"birthdate": whole, "idp_birthdate": said}


def _plain(value: object) -> bool:
    """Whether a claim is a text that can be shown, or a few of them."""
    if isinstance(value, list):
        return len(value) <= 20 and all(isinstance(one, str) and _plain(one) for one in value)
    return isinstance(value, str) and len(value) <= 256 and value.replace("\xa0", " ").isprintable()
