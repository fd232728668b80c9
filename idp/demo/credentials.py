"""The secrets of one demonstration: made once per installation, kept in `demo.json` (mode 0600) and nowhere else."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from joserfc.jwk import ECKey


@dataclass(frozen=True, slots=True)
class Credentials:
    """Passwords by dossier number, client secrets by client id, and the private JWK of the `batch` client."""

    passwords: Mapping[str, str]
    client_secrets: Mapping[str, str]
    private_jwk: Mapping[str, Any]
    franceconnect_secret: str


def complete(
    previous: Mapping[str, Any] | None,
    dossiers: Sequence[str],
    clients: Sequence[str],
    franceconnect_secret: str | None,
) -> Credentials:
    """Return the credentials of an earlier start, with new ones for what was not there.

    Args:
        previous: the earlier `demo.json`, or None at the first start.
        dossiers: numbers of the dossiers that have a password.
        clients: ids of the clients that have a secret.
        franceconnect_secret: the earlier secret at the emulator, or None.
    """
    passwords: dict[str, str] = {}
    client_secrets: dict[str, str] = {}
    private_jwk: Mapping[str, Any] | None = None
    for persona in (previous or {}).get("personas", ()):
        for entry in persona["dossiers"]:
            if entry["password"]:
                passwords[entry["dossier"]] = entry["password"]
    for client in (previous or {}).get("clients", ()):
        if client.get("client_secret"):
            client_secrets[client["client_id"]] = client["client_secret"]
        private_jwk = client.get("private_jwk") or private_jwk
    words = _words()
    return Credentials(
        passwords={number: passwords.get(number) or password(words) for number in dossiers},
        client_secrets={name: client_secrets.get(name) or secrets.token_urlsafe(32) for name in clients},
        private_jwk=private_jwk or _signing_key(),
        franceconnect_secret=franceconnect_secret or secrets.token_hex(32),
    )


def password(words: Sequence[str]) -> str:
    """Return four words and a number, such as `cerise-volet-tambour-orme-482`: easy to type, at least 45 bits."""
    chosen = [secrets.choice(words) for _ in range(4)]
    return "-".join([*chosen, str(100 + secrets.randbelow(900))])


def _words() -> list[str]:
    return files("idp.demo").joinpath("words.txt").read_text(encoding="ascii").split()


def _signing_key() -> dict[str, Any]:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True)
    key.ensure_kid()
    return dict(key.as_dict(private=True))
