"""The look-up of a reference, read once, at the edge, into a frozen value. Pure; messages are French message ids."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from idp.admin.acts.usage import is_reference
from idp.admin.console.forms import line
from idp.records import dataclass
from idp.web.i18n import mark as _

_LONGEST: Final = 64
_WRONG: Final = _("Une référence a 16 caractères, des chiffres et des lettres de a à f, par exemple 0123456789abcdef.")
_APART: Final = str.maketrans("", "", " -\u00a0\u202f")


@dataclass(frozen=True, slots=True)
class ReferenceForm:
    """A reference as it was read out: small or capital letters, in groups or not."""

    reference: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "ReferenceForm":
        """Read a look-up; what has not the form of a reference comes back as it was typed, and asks for nothing."""
        if "reference" not in fields:
            return cls()
        typed = line(fields["reference"])[:_LONGEST]
        reference = typed.translate(_APART).lower()
        return cls(reference) if is_reference(reference) else cls(typed, {"reference": _WRONG})

    @property
    def asks(self) -> bool:
        """Whether there is something to look up."""
        return bool(self.reference) and not self.errors
