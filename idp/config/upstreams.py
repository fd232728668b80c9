"""Settings of the upstream identity providers."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from idp.config.section import LOCAL, Section

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,30}")
_TAKEN: Final = frozenset({"franceconnect", "password"})


class FranceConnect(Section):
    """The FranceConnect upstream. Presets fill the host; ids of one environment never work with another's host."""

    enabled: bool = Field(False, description="Offer FranceConnect on the sign-in page.")
    environment: Literal["sandbox", "production", "emulator", "sandbox_plus", "production_plus", "emulator_plus"] = (
        Field(
            "sandbox",
            description="sandbox, production, or emulator (demo, tests: issuer below); with _plus for FranceConnect+.",
        )
    )
    issuer: str | None = Field(None, description="Issuer of the emulator; must stay empty for every other environment.")
    client_id: str = Field("", description="The client id FranceConnect gave for this environment.")
    client_secret_file: Path | None = Field(None, description="File that holds the client secret for this environment.")
    signing_algorithm: Literal["ES256", "RS256"] = Field(
        "ES256", description="Algorithm registered with FranceConnect."
    )
    level: Literal["", "eidas1", "eidas2", "eidas3"] = Field(
        "", description="Level of assurance asked for: eidas1; with FranceConnect+ eidas2 or eidas3. Empty: the lower."
    )
    encryption: Literal["RSA-OAEP", "ECDH-ES"] = Field(
        "ECDH-ES", description="With FranceConnect+: the encryption registered there, to a key of ours at /jwks."
    )
    idp_hint: str = Field(
        "",
        max_length=128,
        description="Identifier of the one account to use there; only where FranceConnect grants it.",
    )
    scopes: tuple[str, ...] = Field(
        ("openid", "identite_pivot", "preferred_username", "email", "idp_birthdate"),
        description="Scopes of our habilitation.",
    )
    automatic_link: bool = Field(
        True,
        description="Link a dossier at once when every field of the identity agrees; false asks for a proof first.",
    )
    proofs: tuple[Literal["password", "contact_code", "letter_code"], ...] = Field(
        ("password", "contact_code", "letter_code"),
        min_length=1,
        description="Proofs of a dossier, the first shown first: password, contact_code (by e-mail), letter_code.",
    )
    timeout: float = Field(5.0, gt=0, le=20, description="Seconds to wait for FranceConnect on each call.")
    clock_leeway: int = Field(60, ge=0, le=60, description="Seconds of clock difference tolerated.")

    @property
    def plus(self) -> bool:
        """Whether the platform is FranceConnect+."""
        return self.environment.endswith("_plus")

    @property
    def eidas(self) -> int:
        """The eIDAS level that is asked for: 1 to 3."""
        return int(self.level[-1]) if self.level else 2 if self.plus else 1

    @property
    def decrypts(self) -> tuple[str, ...]:
        """The key managements for which encryption keys of ours are needed."""
        return (self.encryption,) if self.enabled and self.plus else ()

    @field_validator("scopes")
    @classmethod
    def _openid_is_asked(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("must contain openid")
        return value


class OpenIdProvider(Section):
    """An OpenID provider beside FranceConnect, such as ProConnect for the fund's staff; opens no member's account."""

    enabled: bool = Field(False, description="Take people who come by this provider.")
    label: str = Field("", description="Its name for people.")
    issuer: str = Field("", description="Its issuer, exactly as its discovery document says it; https.")
    client_id: str = Field("", description="The client id it gave us.")
    client_secret_file: Path | None = Field(None, description="File that holds the client secret.")
    signing_algorithm: Literal["ES256", "RS256", "PS256"] = Field("RS256", description="Algorithm registered with it.")
    scopes: tuple[str, ...] = Field(("openid", "given_name", "usual_name", "email"), description="Scopes asked for.")
    acr_values: tuple[str, ...] = Field(
        (), description="Levels of assurance asked for, one of which must come back; none: any."
    )
    staff: bool = Field(
        False, description="Let administrators in whom an invitation tied to it; each sign-in asks it for a new proof."
    )
    two_factor_acr: tuple[str, ...] = Field(
        (), description="Levels of its that count as two factors for the staff; any other adds ours, or opens nothing."
    )
    pkce: bool = Field(True, description="Send a code challenge (RFC 7636); off only where it is refused.")
    signed_userinfo: bool = Field(True, description="Its userinfo answer is a signed JWT, as registered with it.")
    names_itself: bool = Field(True, description="Its answers carry iss (RFC 9207).")
    timeout: float = Field(5.0, gt=0, le=20, description="Seconds to wait for it on each call.")
    clock_leeway: int = Field(60, ge=0, le=60, description="Seconds of clock difference tolerated.")

    @field_validator("issuer")
    @classmethod
    def _issuer_is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.hostname in LOCAL
        if value and (parts.scheme not in ({"https", "http"} if local else {"https"}) or not parts.hostname):
            raise ValueError("must be an https address (http only on localhost)")
        return value

    @field_validator("scopes")
    @classmethod
    def _openid_is_asked(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("must contain openid")
        return value

    @property
    def missing(self) -> tuple[str, ...]:
        """The settings that an enabled provider lacks."""
        needed = ("label", "issuer", "client_id", "client_secret_file")
        return tuple(name for name in needed if not getattr(self, name)) if self.enabled else ()


def well_named(upstreams: Mapping[str, OpenIdProvider]) -> Mapping[str, OpenIdProvider]:
    """Return the providers if each name can stand in a path; raise ValueError otherwise."""
    for name in upstreams:
        if not _NAME.fullmatch(name) or name in _TAKEN:
            raise ValueError(f"{name!r} cannot name an upstream: lower-case letters, digits and hyphens, not taken yet")
    return upstreams
