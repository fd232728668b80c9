"""Settings of dynamic registration: whether applications may register by themselves, and what they get."""

from typing import Literal

from pydantic import Field, field_validator

from idp.config.section import Section

ResponseType = Literal["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"]
MemberScope = Literal["openid", "profile", "email", "address", "phone", "dossier", "offline_access"]


class Registration(Section):
    """Applications that register by themselves (RFC 7591, RFC 7592). Members are always asked for their consent."""

    enabled: bool = Field(False, description="Whether /register is there.")
    open: bool = Field(
        False,
        description="Whether anybody may register; otherwise a token of `idp clients initial-token` is needed.",
    )
    response_types: tuple[ResponseType, ...] = Field(
        ("code",), description="Response types that such an application may have."
    )
    scopes: tuple[MemberScope, ...] = Field(
        ("openid", "profile", "email", "address", "phone", "offline_access"),
        description="Scopes that such an application may have, and has where it names none.",
    )
    per_hour: int = Field(20, ge=1, le=100_000, description="Registrations without token from one network in an hour.")
    most: int = Field(1000, ge=1, le=1_000_000, description="Applications that may stand registered in this way.")
    unused_for: int = Field(
        30 * 86400, ge=3600, description="Seconds after which one that nobody signed in to is removed."
    )

    @field_validator("response_types", "scopes")
    @classmethod
    def _some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("must hold at least one value")
        return tuple(dict.fromkeys(value))
