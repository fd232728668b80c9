"""What the example server is told: where the provider is, and the registration of each application."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

KEYS: Final = ("espace", "documents", "simulateur")
PREFIXES: Final = {"espace": "", "documents": "/documents", "simulateur": "/simulateur"}


@dataclass(frozen=True, slots=True)
class Registration:
    """One application as registered with the provider (OpenID Connect Dynamic Registration 1.0 section 2).

    `id_token_signed_response_alg` is pinned: an ID token signed otherwise is refused (RFC 8725 section 3.1).
    """

    client_id: str
    scope: str
    client_secret: str | None = None
    token_endpoint_auth_method: str = "client_secret_basic"
    id_token_signed_response_alg: str = "ES256"


@dataclass(frozen=True, slots=True)
class Config:
    """All that the example server knows. `base_url` is its own public address, without a trailing slash."""

    issuer: str
    base_url: str
    applications: dict[str, Registration]
    mailbox: Path | None = None


def load_config(path: Path) -> Config:
    """Read the JSON configuration file.

    Raises:
        ValueError: when a member is missing, unknown or of an unknown application.
        OSError: when the file cannot be read.
    """
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    try:
        applications = {key: Registration(**document["applications"][key]) for key in KEYS}
        mailbox = document.get("mailbox")
        return Config(
            issuer=document["issuer"],
            base_url=document["base_url"],
            applications=applications,
            mailbox=Path(mailbox) if mailbox else None,
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from error
