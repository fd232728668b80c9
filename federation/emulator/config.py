"""Configuration of the emulator: a frozen value, a file loader, and the refusal to pose as the real service."""

import ipaddress
import json
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from federation.emulator.personas import Persona, load_personas
from federation.emulator.platforms import PLATFORMS, Guise, Platform
from federation.emulator.scopes import KNOWN_SCOPES

Clock = Callable[[], int]
"""A function that returns the present time in Unix seconds."""

ENCRYPTION_ALGORITHMS = ("RSA-OAEP", "ECDH-ES")
"""How FranceConnect+ wraps its content key; the content is A256GCM always."""

SIGNING_ALGORITHMS = ("ES256", "RS256")
"""What FranceConnect v2 lets a service provider choose for its ID token and userinfo signatures."""

MINIMUM_SECRET_LENGTH = 32
OFFICIAL_DOMAINS = ("franceconnect.gouv.fr", "dev-franceconnect.fr")
TEST_SUFFIXES = (".localhost", ".test", ".example", ".invalid")


class EmulatorConfigurationError(Exception):
    """The configuration cannot be used; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """A client of the emulator, with what FranceConnect keeps of a registered service provider.

    `scopes` is the habilitation: a known scope outside of it is refused. `entity_id` is the pairwise sector: two
    clients with the same one see the same `sub` (defaults to the client id). `entitled_to_amr` allows the `claims`
    parameter to ask for `amr`; `allowed_prompts` lets `prompt=login` skip the information page. `jwks` holds the
    public keys of a client that signs in by `private_key_jwt`, or to which FranceConnect+ encrypts with
    `encryption_alg`; with `jwks_uri` they are read there at each use instead.
    """

    client_id: str
    client_secret: str = field(repr=False)
    name: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    id_token_alg: str = "ES256"
    userinfo_alg: str = "ES256"
    scopes: frozenset[str] = KNOWN_SCOPES
    allowed_idp_hints: tuple[str, ...] = ()
    entitled_to_amr: bool = False
    allowed_prompts: tuple[str, ...] = ()
    entity_id: str = ""
    jwks: Mapping[str, Any] | None = field(default=None, hash=False)
    jwks_uri: str = ""
    encryption_alg: str = ""

    def __post_init__(self) -> None:
        if len(self.client_secret) < MINIMUM_SECRET_LENGTH:
            raise EmulatorConfigurationError(f"client {self.client_id}: client_secret needs at least 32 characters")
        if not self.redirect_uris:
            raise EmulatorConfigurationError(f"client {self.client_id}: no redirect_uris")
        for algorithm in (self.id_token_alg, self.userinfo_alg):
            if algorithm not in SIGNING_ALGORITHMS:
                raise EmulatorConfigurationError(
                    f"client {self.client_id}: signatures are ES256 or RS256, not {algorithm}"
                )
        if unknown := self.scopes - PLATFORMS["generic"].scopes.keys():
            raise EmulatorConfigurationError(f"client {self.client_id}: unknown scopes {sorted(unknown)}")
        if self.encryption_alg not in ("", *ENCRYPTION_ALGORITHMS):
            raise EmulatorConfigurationError(f"client {self.client_id}: encryption is RSA-OAEP or ECDH-ES")

    @property
    def sector(self) -> str:
        """The value that makes subjects pairwise."""
        return self.entity_id or self.client_id


@dataclass(frozen=True, slots=True)
class EmulatorConfig:
    """Everything the emulator needs. `issuer` has no trailing slash, for example http://localhost:8001/api/v2.

    `clock` gives Unix seconds and `sleep` waits (used by the slowness knobs only): tests pass their own.
    `keys_file` keeps the signing keys from one start to the next; without it they are new each time.
    Raises EmulatorConfigurationError when the issuer could be taken for the real service.
    """

    issuer: str
    clients: tuple[ServiceProvider, ...]
    personas: tuple[Persona, ...]
    clock: Clock = lambda: int(time.time())
    sleep: Callable[[float], None] = time.sleep
    subject_secret: str = field(default="emulator-subject-secret", repr=False)
    allow_public_host: bool = False
    keys_file: Path | None = None
    guise: Guise = "standard"

    def __post_init__(self) -> None:
        check_issuer(self.issuer, self.allow_public_host)
        if self.guise not in PLATFORMS:
            raise EmulatorConfigurationError(f"guise is one of {', '.join(PLATFORMS)}")
        for client in self.clients:
            self._check(client)
        identifiers = [client.client_id for client in self.clients]
        if len(set(identifiers)) != len(identifiers):
            raise EmulatorConfigurationError("two clients share one client_id")

    def _check(self, client: ServiceProvider) -> None:
        """Refuse a service that its platform would not have registered."""
        for algorithm in (client.id_token_alg, client.userinfo_alg):
            if algorithm not in self.platform.signing_algorithms():
                raise EmulatorConfigurationError(f"client {client.client_id}: {self.platform.name} signs with ES256")
        keys = client.jwks is not None or client.jwks_uri
        if self.platform.encrypted and not (client.encryption_alg and keys):
            raise EmulatorConfigurationError(
                f"client {client.client_id}: {self.platform.name} encrypts: encryption_alg, and jwks or jwks_uri"
            )

    @property
    def platform(self) -> Platform:
        """How the guise differs from the others."""
        return PLATFORMS[self.guise]

    def client(self, client_id: str) -> ServiceProvider | None:
        """Return the client of that id, or None."""
        return next((c for c in self.clients if c.client_id == client_id), None)

    def persona(self, key: str) -> Persona | None:
        """Return the persona that signs in under that key, or None."""
        return next((p for p in self.personas if p.key == key), None)


def check_issuer(issuer: str, allow_public_host: bool) -> None:
    """Refuse an issuer that a person could take for FranceConnect, whatever the configuration says.

    The State's own domains are refused always; another public host needs `allow_public_host`.
    """
    parts = urlsplit(issuer)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise EmulatorConfigurationError(f"issuer is not an http(s) address: {issuer}")
    if issuer.endswith("/"):
        raise EmulatorConfigurationError("issuer must not end with a slash")
    if any(host == domain or host.endswith(f".{domain}") for domain in OFFICIAL_DOMAINS):
        raise EmulatorConfigurationError(f"{host} belongs to FranceConnect: this is a test double")
    if not (allow_public_host or _is_local(host)):
        raise EmulatorConfigurationError(
            f"{host} is not a loopback or test host; set allow_public_host to serve the double there"
        )


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(TEST_SUFFIXES):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_config(path: Path | str, *, clock: Clock | None = None) -> EmulatorConfig:
    """Read a JSON or TOML file (by its suffix). `personas` and `keys_file` in it are paths, relative to the file.

    Raises EmulatorConfigurationError on an unknown key, a missing one or a value that cannot be used.
    """
    file = Path(path)
    text = file.read_text(encoding="utf-8")
    try:
        raw: dict[str, Any] = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise EmulatorConfigurationError(f"{file.name} cannot be read: {error}") from error
    known = {"issuer", "clients", "personas", "subject_secret", "allow_public_host", "keys_file", "guise"}
    if unknown := set(raw) - known:
        raise EmulatorConfigurationError(f"unknown settings: {sorted(unknown)}")
    if missing := {"issuer", "clients", "personas"} - set(raw):
        raise EmulatorConfigurationError(f"missing settings: {sorted(missing)}")
    more: dict[str, Any] = {k: raw[k] for k in ("subject_secret", "allow_public_host", "guise") if k in raw}
    if "keys_file" in raw:
        more["keys_file"] = file.parent / raw["keys_file"]
    if clock is not None:
        more["clock"] = clock
    return EmulatorConfig(
        issuer=raw["issuer"],
        clients=tuple(_client(entry) for entry in raw["clients"]),
        personas=load_personas(file.parent / raw["personas"]),
        **more,
    )


def _client(entry: Mapping[str, Any]) -> ServiceProvider:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    if "scopes" in values:
        values["scopes"] = frozenset(values["scopes"])
    try:
        return ServiceProvider(**values)
    except TypeError as error:
        raise EmulatorConfigurationError(f"client entry: {error}") from error
