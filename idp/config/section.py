"""What every section of the settings is, and what is raised when settings cannot be used."""

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from idp.config import Settings

LOCAL: Final = ("localhost", "127.0.0.1", "::1")
"""Names of this machine, where plain http is accepted."""


class ConfigurationError(Exception):
    """The settings cannot be used; `faults` lists every reason, one sentence each.

    `rest` is what remains when the faulty values take their defaults, for `idp config check`, which looks further.
    """

    def __init__(self, faults: list[str], rest: "Settings | None" = None) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
        self.rest = rest


class Section(BaseModel):
    """Base of the sections: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
