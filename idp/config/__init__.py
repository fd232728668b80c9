"""Settings: typed fields with a sentence each, read from TOML and the environment, every fault told at once.

Order of precedence: arguments, environment (`IDP_SECTION__FIELD`), the TOML file, the defaults below. Unknown keys
are refused. A secret is never a value here: it is the path of a file (`…_file`) that one service may read.
`config.example.toml` is written from these classes (`idp config example`) and a test compares the two.
"""

import os
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ModelWrapValidatorHandler, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from idp.config.administration import Admin
from idp.config.assurance import Assurance, AssuranceLevel
from idp.config.faults import examined
from idp.config.machine import Authorize, Cache, Database, Keys, Logs, Metrics, Outgoing, Server, Tokens, Tracing
from idp.config.people import Account, Activation, Audit, Captcha, Help, Letters, Mail, Passwords, Sessions
from idp.config.registration import Registration
from idp.config.section import LOCAL, ConfigurationError, Section
from idp.config.upstreams import FranceConnect, OpenIdProvider, well_named

__all__ = [
    "Account",
    "Activation",
    "Admin",
    "Assurance",
    "AssuranceLevel",
    "Audit",
    "Authorize",
    "Cache",
    "Captcha",
    "ConfigurationError",
    "Database",
    "FranceConnect",
    "Help",
    "Keys",
    "Letters",
    "Logs",
    "Mail",
    "Metrics",
    "OpenIdProvider",
    "Outgoing",
    "Passwords",
    "Registration",
    "Section",
    "Server",
    "Sessions",
    "Settings",
    "Tokens",
    "Tracing",
    "load",
    "read_secret",
]


class Settings(BaseSettings):
    """All settings of the provider."""

    model_config = SettingsConfigDict(
        env_prefix="IDP_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    issuer: str = Field(
        "http://localhost:8000",
        description="Public address of the provider, without a trailing slash; https except on localhost.",
    )
    server: Server = Server()
    database: Database = Database()
    cache: Cache = Cache()
    keys: Keys = Keys()
    authorize: Authorize = Authorize()
    tokens: Tokens = Tokens()
    outgoing: Outgoing = Outgoing()
    sessions: Sessions = Sessions()
    passwords: Passwords = Passwords()
    activation: Activation = Activation()
    account: Account = Account()
    assurance: Assurance = Assurance()
    audit: Audit = Audit()
    captcha: Captcha = Captcha()
    registration: Registration = Registration()
    franceconnect: FranceConnect = FranceConnect()
    upstreams: dict[str, OpenIdProvider] = Field(
        default_factory=dict, description="Other OpenID providers, one table each: [upstreams.proconnect]."
    )
    mail: Mail = Mail()
    letters: Letters = Letters()
    help: Help = Help()
    admin: Admin = Admin()
    metrics: Metrics = Metrics()
    tracing: Tracing = Tracing()
    logs: Logs = Logs()

    @field_validator("issuer")
    @classmethod
    def _issuer_is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.hostname in LOCAL
        if parts.scheme not in ({"https", "http"} if local else {"https"}) or not parts.netloc:
            raise ValueError("must be an https address (http only on localhost)")
        if parts.path or parts.query or parts.fragment or parts.username:
            raise ValueError("must be scheme://host[:port] without a path, a query or a trailing slash")
        return value

    @field_validator("upstreams")
    @classmethod
    def _upstreams_are_well_named(cls, value: dict[str, OpenIdProvider]) -> dict[str, OpenIdProvider]:
        return dict(well_named(value))

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault_at_once(cls, data: Any, handler: ModelWrapValidatorHandler["Settings"]) -> "Settings":
        """Validate; where a value is wrong, go on with its default, so that what stands beside it is judged too."""
        settings, faults = examined(data, handler)
        if faults:
            raise ConfigurationError(faults, settings)
        return settings

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not offered, the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def upstream_names(self) -> tuple[str, ...]:
        """The names of the upstreams that are enabled, in the order in which pages show them."""
        others = tuple(name for name, one in self.upstreams.items() if one.enabled)
        return ("franceconnect", *others) if self.franceconnect.enabled else others

    @property
    def secure(self) -> bool:
        """Whether the issuer is https, so that cookies take `Secure` and the `__Host-` prefix (N-122)."""
        return self.issuer.startswith("https://")

    @property
    def strict_transport(self) -> bool:
        """Whether browsers are told to stay with https (N-125).

        Not on this machine: they would hold it against every other program on it, whatever its port (RFC 6797
        section 8.3).
        """
        return self.secure and urlsplit(self.issuer).hostname not in LOCAL


def load(path: Path | None = None, **overrides: Any) -> Settings:
    """Read the settings.

    Args:
        path: a TOML file; None reads `IDP_CONFIG` from the environment, or no file at all.
        overrides: top-level sections as dicts, for tests and the demo.

    Raises:
        ConfigurationError: with every fault, each naming its key.
    """
    chosen = path or (Path(os.environ["IDP_CONFIG"]) if os.environ.get("IDP_CONFIG") else None)
    if chosen is not None and not chosen.is_file():
        raise ConfigurationError([f"the configuration file {chosen.absolute()} does not exist"])

    class FromFile(Settings):
        model_config = SettingsConfigDict(**{**Settings.model_config, "toml_file": chosen})

    try:
        return FromFile(**overrides)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([f"{chosen}: {error}"]) from None


def read_secret(path: Path) -> str:
    """Return the first line of a secret file, without the line end.

    Raises:
        ConfigurationError: when the file is missing or empty.
    """
    try:
        text = path.read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, IndexError, UnicodeDecodeError):
        text = ""
    if not text:
        raise ConfigurationError([f"the secret file {path} cannot be read or is empty"])
    return text
