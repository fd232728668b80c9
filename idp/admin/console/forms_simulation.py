"""The simulator's form, read once, at the edge, into a frozen value. Pure; messages are French message ids."""

import json
from collections.abc import Mapping
from dataclasses import field, replace
from typing import ClassVar, Final

from idp.admin.console.forms import LONGEST_LOGIN
from idp.records import dataclass
from idp.web.i18n import mark as _

_NO_IDENTITY: Final = _(
    'Saisissez un objet JSON dont les valeurs sont des textes, par exemple {"family_name": "DUBOIS"}.'
)
_LONGEST_IDENTITY: Final = 8000


@dataclass(frozen=True, slots=True)
class SimulationForm:
    """An identity as an upstream's userinfo says it, in JSON; claims other than `names` are passed over."""

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

    upstream: str = ""
    claims: str = field(default="", repr=False)
    identity: Mapping[str, object] = field(default_factory=dict, repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "SimulationForm":
        """Read a posted form; what is no identity is said, and asks for nothing."""
        typed = fields.get("claims", "")[: _LONGEST_IDENTITY + 1]
        form = cls(fields.get("upstream", "")[:LONGEST_LOGIN], typed)
        try:
            found = json.loads(typed) if len(typed) <= _LONGEST_IDENTITY else None
        except (ValueError, RecursionError):
            found = None
        named = {name: found[name] for name in cls.names if name in found} if isinstance(found, dict) else {}
        if not named or not all(_plain(value) for value in named.values()):
            return replace(form, errors={"claims": _NO_IDENTITY})
        return replace(form, identity=named)

    def failed(self, summary: str) -> "SimulationForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)


def _plain(value: object) -> bool:
    """Whether a claim is a text that can be shown, or a few of them."""
    if isinstance(value, list):
        return len(value) <= 20 and all(isinstance(one, str) and _plain(one) for one in value)
    return isinstance(value, str) and len(value) <= 256 and value.replace("\xa0", " ").isprintable()
