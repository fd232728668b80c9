"""Settings: typed fields with a sentence each, read from TOML and the environment, every fault told at once.

Order of precedence: arguments, environment (`IDP_SECTION__FIELD`), the TOML file, the defaults below. Unknown keys
are refused. A secret is never a value here: it is the path of a file (`…_file`) that one service may read.
`config.example.toml` is written from these classes (`idp config example`) and a test compares the two.
"""

import os
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from idp.config_faults import examined

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


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


class Server(Section):
    """How the provider listens."""

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on; 0.0.0.0 behind a reverse proxy on another machine.",
    )
    port: int = Field(8000, ge=1, le=65535, description="TCP port.")
    workers: int = Field(1, ge=1, le=64, description="Worker processes; one per core is a good start.")
    threads: int = Field(8, ge=1, le=256, description="Threads per worker that run requests.")
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="Addresses or networks of the reverse proxies whose X-Forwarded-For is believed; nobody else's is.",
    )
    run_worker: bool = Field(
        True,
        description="Run the outbox worker beside the server; false when `idp worker` runs apart.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value


class Database(Section):
    """Where dossiers, clients, grants and keys live."""

    url: str = Field(
        "sqlite:///var/idp.sqlite3",
        description="SQLAlchemy URL: sqlite:///path on one machine, postgresql+psycopg://user@host/name in production.",
    )
    password_file: Path | None = Field(None, description="File that holds the database password, added to the URL.")
    pool_size: int = Field(8, ge=1, le=200, description="Connections kept per worker.")
    statement_timeout: float = Field(
        5.0, gt=0, le=60, description="Seconds after which PostgreSQL gives up a statement."
    )


class Cache(Section):
    """Sessions, pending sign-ins and counters: Redis, or the database itself when no Redis is named."""

    redis_url: str | None = Field(
        None,
        description="redis://host:6379/0, rediss://… or unix:///path; empty: use the database.",
    )
    redis_password_file: Path | None = Field(None, description="File that holds the Redis password.")
    timeout: float = Field(0.5, gt=0, le=10, description="Seconds to wait for Redis before going on without it.")


class Keys(Section):
    """Signing keys: sealed in the database under a key-encryption key."""

    kek_file: Path = Field(
        Path("var/kek"),
        description="File (mode 0600) with the 32-byte key-encryption key; made at first start when absent.",
    )
    previous_kek_files: tuple[Path, ...] = Field(
        (),
        description="Earlier key-encryption keys, which still open what they sealed until `idp keys rewrap` is done.",
    )
    publish_ahead: int = Field(14 * 86400, ge=0, description="Seconds a new key is published before it signs.")
    active_for: int = Field(90 * 86400, ge=3600, description="Seconds a key signs.")
    keep_after: int = Field(
        14 * 86400,
        ge=3600,
        description="Seconds a retired key stays published; longer than any token.",
    )
    reload_every: int = Field(
        30, ge=1, le=3600, description="Seconds after which a node looks for keys made by another."
    )


class Tokens(Section):
    """Lifetimes, in seconds."""

    code: int = Field(60, ge=10, le=600, description="Authorization code; 60 at most is the good practice.")
    access_token: int = Field(600, ge=60, le=86400, description="Access token.")
    id_token: int = Field(600, ge=60, le=86400, description="ID token.")
    refresh_idle: int = Field(14 * 86400, ge=300, description="Refresh token unused for this long dies.")
    refresh_absolute: int = Field(
        90 * 86400, ge=300, description="Refresh token dies after this long whatever its use."
    )


class Sessions(Section):
    """Single sign-on sessions, in seconds."""

    idle: int = Field(1800, ge=60, description="A session unused for this long ends.")
    absolute: int = Field(8 * 3600, ge=300, description="A session ends after this long whatever its use.")
    interaction: int = Field(24 * 3600, ge=600, description="How long a started sign-in page stays usable.")


class Passwords(Section):
    """Argon2id cost and the sign-in delays."""

    memory_kib: int = Field(19 * 1024, ge=1024, description="Argon2id memory per hash, KiB (19 MiB with two passes).")
    passes: int = Field(2, ge=1, le=20, description="Argon2id passes.")
    lanes: int = Field(1, ge=1, le=8, description="Argon2id lanes.")
    parallel_hashes: int = Field(
        2, ge=1, le=64, description="Hashes computed at the same time per worker; others wait."
    )
    wait: float = Field(
        10.0,
        gt=0,
        le=60,
        description="Seconds a sign-in waits for its turn before it is told to retry.",
    )
    minimum_length: int = Field(12, ge=8, le=64, description="Shortest personal password accepted.")
    free_failures: int = Field(2, ge=0, le=20, description="Failures per dossier before the delays begin.")
    first_delay: int = Field(2, ge=1, le=600, description="First delay, in seconds; it doubles at each failure.")
    longest_delay: int = Field(3600, ge=1, le=86400, description="Longest delay per dossier, in seconds.")
    network_failures: int = Field(50, ge=5, description="Failures per network and hour before that network waits.")
    global_failures: int = Field(
        2000, ge=50, description="Failures per minute over all before every sign-in waits a little."
    )


class Activation(Section):
    """First connection and forgotten password: provisional passwords, and the address that receives them."""

    email_lifetime: int = Field(
        3600, ge=300, le=86400, description="Seconds a provisional password sent by e-mail works; 24 h at most."
    )
    letter_lifetime: int = Field(
        21 * 86400, ge=7 * 86400, le=31 * 86400, description="Seconds a provisional password sent by post works."
    )
    attempts: int = Field(5, ge=1, le=20, description="Wrong tries after which a provisional password is dead.")
    change_lifetime: int = Field(
        900, ge=120, le=3600, description="Seconds the form that asks for a personal password stays usable."
    )
    link_lifetime: int = Field(
        86400, ge=600, le=86400, description="Seconds the link that proves an e-mail address works; 24 h at most."
    )
    contact_rest: int = Field(
        7 * 86400, ge=0, description="Seconds a changed e-mail or postal address receives no provisional password."
    )
    requests_per_dossier: int = Field(5, ge=1, description="Requests per dossier and day; more are refused.")
    requests_per_network: int = Field(30, ge=1, description="Requests per network and hour; more are refused.")
    letter_interval: int = Field(
        3 * 86400, ge=0, description="Seconds before a second letter to the same member; the first is on its way."
    )
    letters_per_day: int = Field(2000, ge=1, description="Letters in 24 hours over all; the others wait for the next.")


class Captcha(Section):
    """Proof that a form is not sent by a machine, after suspicion only."""

    provider: Literal["proof_of_work", "recaptcha", "hcaptcha", "turnstile"] = Field(
        "proof_of_work", description="proof_of_work needs no third party; the others take over while they answer."
    )
    site_key: str = Field("", description="The public key that the third party gave for this site.")
    secret_file: Path | None = Field(None, description="File that holds the secret that the third party gave.")
    verify_url: str | None = Field(None, description="Tests only: a verification endpoint on this machine.")
    timeout: float = Field(3.0, gt=0, le=10, description="Seconds to wait for the third party's verdict.")
    lifetime: int = Field(600, ge=60, le=3600, description="Seconds a challenge can be answered.")
    proof_iterations: int = Field(5000, ge=100, le=100_000, description="PBKDF2 iterations per try.")
    proof_attempts: int = Field(
        250, ge=10, le=10_000, description="Tries that the browser needs on average; 250 take a phone about a second."
    )
    unscripted_wait: int = Field(5, ge=1, le=60, description="Seconds before a ticked box is believed without scripts.")
    unscripted_per_network: int = Field(
        10, ge=0, description="Forms per network and hour that are believed without scripts."
    )

    @field_validator("verify_url")
    @classmethod
    def _tests_stay_here(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://localhost")
        if parts.scheme != "http" or parts.hostname not in _LOCAL:
            raise ValueError("is for tests, on this machine only")
        return value


class FranceConnect(Section):
    """The FranceConnect upstream. Presets fill the host; ids of one environment never work with another's host."""

    enabled: bool = Field(False, description="Offer FranceConnect on the sign-in page.")
    environment: Literal["sandbox", "production", "emulator"] = Field(
        "sandbox", description="sandbox, production, or emulator (demo and tests: issuer below)."
    )
    issuer: str | None = Field(None, description="Issuer of the emulator; must stay empty for sandbox and production.")
    client_id: str = Field("", description="The client id FranceConnect gave for this environment.")
    client_secret_file: Path | None = Field(None, description="File that holds the client secret for this environment.")
    signing_algorithm: Literal["ES256", "RS256"] = Field(
        "ES256", description="Algorithm registered with FranceConnect."
    )
    scopes: tuple[str, ...] = Field(
        ("openid", "identite_pivot", "preferred_username", "email", "idp_birthdate"),
        description="Scopes of our habilitation.",
    )
    timeout: float = Field(5.0, gt=0, le=20, description="Seconds to wait for FranceConnect on each call.")
    clock_leeway: int = Field(60, ge=0, le=60, description="Seconds of clock difference tolerated.")

    @field_validator("scopes")
    @classmethod
    def _openid_is_asked(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("must contain openid")
        return value


class Mail(Section):
    """Messages to members."""

    transport: Literal["smtp", "file"] = Field(
        "file", description="smtp, or file: messages written under `directory` (demo)."
    )
    directory: Path = Field(Path("var/mailbox"), description="Where the file transport writes messages.")
    host: str = Field("localhost", description="SMTP host.")
    port: int = Field(587, ge=1, le=65535, description="SMTP port.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="Encryption towards the SMTP server.")
    username: str | None = Field(None, description="SMTP user.")
    password_file: Path | None = Field(None, description="File that holds the SMTP password.")
    timeout: float = Field(10.0, gt=0, le=120, description="Seconds to wait for the SMTP server.")
    sender: str = Field("ne-pas-repondre@carpimko.example", description="From address.")


class Letters(Section):
    """Letters that bring a provisional password by post, printed by `idp letters print`."""

    directory: Path = Field(Path("var/letters"), description="Where print files are written, readable by us alone.")
    sender: tuple[str, ...] = Field(
        ("CARPIMKO", "6 place Charles de Gaulle", "78882 Saint-Quentin-en-Yvelines Cedex"),
        min_length=2,
        max_length=6,
        description="The sender's name, then address, one line each.",
    )
    place: str = Field("Saint-Quentin-en-Yvelines", description="The place written before the date.")
    batch_size: int = Field(1000, ge=1, le=5000, description="Letters in one print file; more make further files.")
    least_days: int = Field(
        5, ge=1, le=20, description="Whole days a password must still work; with less, its letter is not printed."
    )


class Help(Section):
    """What pages tell a member who needs a person."""

    phone: str = Field("01 30 48 10 00", description="Telephone number shown on every page.")
    url: str = Field("https://www.carpimko.com/nous-contacter", description="Contact page.")


class Logs(Section):
    """What is written to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level written.")
    format: Literal["json", "text"] = Field("json", description="json for machines, text for people.")


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
    tokens: Tokens = Tokens()
    sessions: Sessions = Sessions()
    passwords: Passwords = Passwords()
    activation: Activation = Activation()
    captcha: Captcha = Captcha()
    franceconnect: FranceConnect = FranceConnect()
    mail: Mail = Mail()
    letters: Letters = Letters()
    help: Help = Help()
    logs: Logs = Logs()

    @field_validator("issuer")
    @classmethod
    def _issuer_is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.hostname in _LOCAL
        if parts.scheme not in ({"https", "http"} if local else {"https"}) or not parts.netloc:
            raise ValueError("must be an https address (http only on localhost)")
        if parts.path or parts.query or parts.fragment or parts.username:
            raise ValueError("must be scheme://host[:port] without a path, a query or a trailing slash")
        return value

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
    def secure(self) -> bool:
        """Whether the issuer is https, so that cookies take `Secure` and the `__Host-` prefix (N-122)."""
        return self.issuer.startswith("https://")


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
        raise ConfigurationError([f"the configuration file {chosen} does not exist"])

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
