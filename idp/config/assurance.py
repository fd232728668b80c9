"""Settings of the levels of assurance: what an application may ask for, and what a member does to reach it."""

import re
from typing import Final

from pydantic import Field, field_validator

from idp.config.section import Section
from idp.protocol.levels import DEFAULT, Method

_NAME: Final = re.compile(r"[!#-\[\]-~]{1,128}")
"""What RFC 6749 lets a parameter hold, without the space that separates values."""
EIDAS: Final = re.compile(r"eidas([1-3])")


class AssuranceLevel(Section):
    """One level."""

    name: str = Field(description="Value of acr.")
    methods: tuple[Method, ...] = Field(description="Methods any of which reaches it.")

    @field_validator("name")
    @classmethod
    def _name_is_one_value(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("must be 1 to 128 printable ASCII characters without space, quote or backslash")
        return value

    @field_validator("methods")
    @classmethod
    def _some_method_reaches_it(cls, value: tuple[Method, ...]) -> tuple[Method, ...]:
        if not value:
            raise ValueError("must name a method: password, franceconnect, code or passkey")
        return tuple(dict.fromkeys(value))


class Assurance(Section):
    """Levels of assurance (acr): an application asks for one, and the member proves what it takes."""

    levels: tuple[AssuranceLevel, ...] = Field(
        tuple(AssuranceLevel(name=level.name, methods=level.methods) for level in DEFAULT),
        description="The levels, the weakest first, each with the methods any of which reaches it: password, "
        "franceconnect, code (a one-time or recovery code after a first proof), passkey. eidas1, eidas2 and eidas3 are "
        "FranceConnect's alone.",
    )

    @field_validator("levels")
    @classmethod
    def _names_differ(cls, value: tuple[AssuranceLevel, ...]) -> tuple[AssuranceLevel, ...]:
        names = [level.name for level in value]
        faults = [] if names else ["must name at least one level"]
        faults += [f"{name} is named twice" for name in dict.fromkeys(names) if names.count(name) > 1]
        faults += [
            f"{level.name} is reached by franceconnect alone"
            for level in value
            if EIDAS.fullmatch(level.name) and level.methods != ("franceconnect",)
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return value

    @property
    def strongest_eidas(self) -> int:
        """The highest eIDAS level that is named, 0 for none."""
        return max((int(found[1]) for level in self.levels if (found := EIDAS.fullmatch(level.name))), default=0)
