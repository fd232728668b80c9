"""Settings of the machine: how it listens, where things are kept, keys, lifetimes of tokens, logs."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from idp.config.section import Section

SigningAlgorithm = Literal["RS256", "ES256", "PS256", "EdDSA", "Ed25519"]
KeyManagement = Literal["RSA-OAEP-256", "ECDH-ES"]


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
    tls_certificate: Path | None = Field(
        None,
        description="PEM file with the server's certificate and those between it and its authority, where no proxy "
        "ends TLS.",
    )
    tls_key: Path | None = Field(None, description="PEM file (PKCS #8) with that certificate's private key.")
    least_disk_mib: int = Field(
        64,
        ge=1,
        description="MiB free, where the database file, messages as files and temporary files go, below which /readyz "
        "says that this node should get no work.",
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
    pool_overflow: int = Field(
        4, ge=0, le=200, description="Connections that a worker may open beyond these for a moment."
    )
    statement_timeout: float = Field(
        5.0, gt=0, le=60, description="Seconds after which PostgreSQL gives up a statement."
    )
    capacity_gib: float | None = Field(
        None,
        gt=0,
        description="GiB that there is room for, from which the dashboard says when it is used up; empty: the disk of "
        "a SQLite file is looked at, and of PostgreSQL nothing is said.",
    )


class Cache(Section):
    """Sessions, pending sign-ins and counters: Redis, or the database itself when no Redis is named."""

    redis_url: str | None = Field(
        None,
        description="redis://host:6379/0, rediss://… or unix:///path; redis+sentinel://host:26379,host:26379/name/0 "
        "for the primary that sentinels name; redis+cluster://host:6379,host:6379 for a cluster; empty: the database.",
    )
    redis_password_file: Path | None = Field(None, description="File that holds the Redis password.")
    ca_bundle: Path | None = Field(
        None, description="File of the certificate authorities believed where Redis speaks TLS, in place of the usual."
    )
    sentinel_password_file: Path | None = Field(None, description="File that holds the sentinels' own, where they ask.")
    timeout: float = Field(
        0.5, gt=0, le=10, description="Seconds to wait for each answer of Redis before going on without it."
    )
    stand_in: bool = Field(
        True,
        description="Whether the database stands in while Redis is gone: members sign in anew, with stricter delays; "
        "false: pages and codes get 503 until it is back.",
    )
    stand_in_after: float = Field(
        5.0,
        ge=0.1,
        le=600,
        description="Seconds for which Redis must have done nothing before the database stands in; longer than its "
        "sentinels or its cluster take to replace a primary, or each time everybody signs in anew.",
    )
    stand_in_calm: float = Field(
        30.0,
        ge=1,
        le=3600,
        description="Seconds for which every node must have found Redis well before it is used again; twice as long "
        "each time it was lost again within the hour, sixteen times at most.",
    )


class Metrics(Section):
    """Figures for Prometheus, on a port of their own; nothing listens where none is named."""

    host: str = Field(
        "127.0.0.1",
        description="Address to answer scrapes on; one that only the monitoring reaches, never the public one.",
    )
    port: int | None = Field(
        None, ge=1, le=65535, description="TCP port of GET /metrics, for all processes of `idp serve`; empty for none."
    )
    worker_port: int | None = Field(None, ge=1, le=65535, description="The same for `idp worker`; empty for none.")
    token_file: Path | None = Field(
        None,
        description="File with the token that a reader must show: Authorization: Bearer; empty: none is asked for.",
    )


class Tracing(Section):
    """Traces for an OpenTelemetry collector; nothing is loaded where none is named. Needs the extra `tracing`."""

    endpoint: str | None = Field(
        None, description="Where spans go by OTLP over HTTP: https://collector:4318/v1/traces; empty for nowhere."
    )
    header_file: Path | None = Field(
        None, description="File with a header that the collector wants, on one line: Authorization: Bearer …"
    )
    share: float = Field(
        0.1, ge=0, le=1, description="Share of the requests that are traced; a caller with a trace of its own decides."
    )
    service: str = Field("carpimko-idp", min_length=1, max_length=64, description="What we are called in traces.")
    timeout: float = Field(5.0, gt=0, le=60, description="Seconds to wait for the collector; no request waits for it.")

    @field_validator("endpoint")
    @classmethod
    def _endpoint_is_an_address(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname):
            raise ValueError("must be an http or https address")
        return value


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
    algorithms: tuple[SigningAlgorithm, ...] = Field(
        ("RS256", "ES256", "PS256", "EdDSA"),
        description="Algorithms that sign, each with keys of its own, in the order in which clients are told of them.",
    )
    encryption: tuple[KeyManagement, ...] = Field(
        ("RSA-OAEP-256", "ECDH-ES"),
        description="Key managements by which clients may encrypt to the provider, each with keys of its own.",
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

    @field_validator("algorithms")
    @classmethod
    def _every_client_finds_its_default(cls, value: tuple[SigningAlgorithm, ...]) -> tuple[SigningAlgorithm, ...]:
        if "RS256" not in value:
            raise ValueError("must contain RS256, which OpenID Connect takes where a client registers nothing")
        return tuple(dict.fromkeys(value))

    @field_validator("encryption")
    @classmethod
    def _once_each(cls, value: tuple[KeyManagement, ...]) -> tuple[KeyManagement, ...]:
        return tuple(dict.fromkeys(value))


class Outgoing(Section):
    """Calls to addresses that relying applications registered: their keys, logos, request objects, logout."""

    timeout: float = Field(5.0, gt=0, le=20, description="Seconds for one whole call.")
    ca_bundle: Path | None = Field(
        None, description="File of the certificate authorities believed, in place of the usual ones."
    )
    private_hosts: tuple[str, ...] = Field(
        (),
        description="Hosts inside the house, or on this machine, that may be called, over http too; no other may.",
    )

    @field_validator("private_hosts")
    @classmethod
    def _hosts_are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not host or (any(mark in host for mark in "/:@ ") and not host.count(":") > 1):
                raise ValueError("must be host names or addresses, without scheme and port")
        return tuple(host.lower() for host in value)


class Authorize(Section):
    """What an authorization request must have."""

    pkce: Literal["always", "public"] = Field(
        "always",
        description="Who must send a code challenge: every client, or those alone that have no secret and no key.",
    )
    request_uri: bool = Field(
        False,
        description="Fetch request objects from the addresses that clients registered; those sent along always count.",
    )
    pushed_lifetime: int = Field(
        60, ge=5, le=599, description="Seconds for which a pushed authorization request may be used."
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
    refresh_grace: int = Field(
        60,
        ge=0,
        le=300,
        description="Seconds after its replacement in which a refresh token works once more, for a client that never "
        "received the answer; 0 for none.",
    )


class Logs(Section):
    """What is written to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level written.")
    format: Literal["json", "text"] = Field("json", description="json for machines, text for people.")
