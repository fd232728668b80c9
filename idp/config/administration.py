"""Settings of administration: the REST API, which is there only where somebody wants it."""

from typing import Final, Literal

from pydantic import Field, field_validator

from idp.config.section import Section

FourEyesAct = Literal[
    "admins.change_roles",
    "admins.create",
    "admins.disable",
    "admins.invite",
    "clients.delete",
    "clients.rotate_secret",
    "clients.update",
    "config.apply",
    "federation.pause",
    "federation.resume",
    "keys.rotate",
    "members.close",
    "members.remove_second_factor",
    "members.unlink",
]
"""The acts that may be made to wait for a second person; an emergency of the keys always does."""


_BY_FILE: Final = frozenset({"admins.change_roles", "clients.update", "federation.pause", "federation.resume"})
"""Those that a configuration file does as well."""

_HAND_OVER: Final = frozenset({"clients.delete", "clients.update"})
"""Those that hand an application over as a new secret does: other keys, or another application under its id."""


class Admin(Section):
    """What the fund's staff and their programs administer the provider by."""

    api: bool = Field(
        False,
        description="Whether the REST API is there, below /admin/api/v1, for machines with a scope admin:<role>.",
    )
    api_per_minute: int = Field(
        300, ge=1, le=1_000_000, description="Requests that one client may send to the REST API in a minute."
    )
    four_eyes: tuple[FourEyesAct, ...] = Field(
        (),
        description="Acts that wait until a second administrator with the role, or an operator at the command line, "
        "approves them; keys.emergency always does. clients.update is a change of anything but what people read of an "
        "application, and the way back to a version; clients.rotate_secret stands with it and with clients.delete.",
    )
    proposal_lifetime: int = Field(
        86400, ge=600, le=7 * 86400, description="Seconds for which such an act can be approved; an emergency: an hour."
    )

    @field_validator("four_eyes")
    @classmethod
    def _no_way_around(cls, value: tuple[FourEyesAct, ...]) -> tuple[FourEyesAct, ...]:
        if "clients.rotate_secret" in value and not _HAND_OVER.issubset(value):
            raise ValueError(
                "must contain clients.update and clients.delete too: each hands an application over as well"
            )
        if "config.apply" not in value and not set(value).isdisjoint(_BY_FILE):
            raise ValueError("must contain config.apply too: a configuration file does what the others do")
        return tuple(dict.fromkeys(value))
