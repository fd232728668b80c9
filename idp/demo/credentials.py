"""The secrets of one demonstration: made once per installation, kept in `demo.json` (mode 0600) and nowhere else."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from joserfc.jwk import ECKey, KeyParameters, RSAKey

from idp.members.factors import totp


@dataclass(frozen=True, slots=True)
class Credentials:
    """Passwords by dossier number, and by client id the secrets and the private JWKs.

    `admin_totp` is the secret of the administrators' code generators, in base32.
    """

    passwords: Mapping[str, str]
    client_secrets: Mapping[str, str]
    private_jwks: Mapping[str, Mapping[str, Any]]
    franceconnect_secret: str
    admin_password: str
    admin_totp: str


def complete(
    previous: Mapping[str, Any] | None,
    dossiers: Sequence[str],
    clients: Sequence[str],
    keys: Mapping[str, str],
    franceconnect_secret: str | None,
) -> Credentials:
    """Return the credentials of an earlier start, with new ones for what was not there.

    Args:
        previous: the earlier `demo.json`, or None at the first start.
        dossiers: numbers of the dossiers that have a password.
        clients: ids of the clients that have a secret.
        keys: ids of the clients that have a key, each with its algorithm, ES256 or RS256.
        franceconnect_secret: the earlier secret at the emulator, or None.
    """
    passwords: dict[str, str] = {}
    client_secrets: dict[str, str] = {}
    private_jwks: dict[str, Mapping[str, Any]] = {}
    for persona in (previous or {}).get("personas", ()):
        for entry in persona["dossiers"]:
            if entry["password"]:
                passwords[entry["dossier"]] = entry["password"]
    for client in (previous or {}).get("clients", ()):
        if client.get("client_secret"):
            client_secrets[client["client_id"]] = client["client_secret"]
        if client.get("private_jwk"):
            private_jwks[client["client_id"]] = client["private_jwk"]
    words, admin = _words(), (previous or {}).get("admin") or {}
    return Credentials(
        passwords={number: passwords.get(number) or password(words) for number in dossiers},
        client_secrets={name: client_secrets.get(name) or secrets.token_urlsafe(32) for name in clients},
        private_jwks={name: private_jwks.get(name) or _signing_key(algorithm) for name, algorithm in keys.items()},
        franceconnect_secret=franceconnect_secret or secrets.token_hex(32),
        admin_password=admin.get("password") or password(words),
        admin_totp=admin.get("totp_secret") or totp.encoded(secrets.token_bytes(totp.SECRET_BYTES)),
    )


def password(words: Sequence[str]) -> str:
    """Return four words and a number, such as `cerise-volet-tambour-orme-482`: easy to type, at least 45 bits."""
    chosen = [secrets.choice(words) for _ in range(4)]
    return "-".join([*chosen, str(100 + secrets.randbelow(900))])


def _words() -> list[str]:
    return files("idp.demo").joinpath("words.txt").read_text(encoding="ascii").split()


def _signing_key(algorithm: str) -> dict[str, Any]:
    use: KeyParameters = {"use": "sig", "alg": algorithm}
    key = RSAKey.generate_key(2048, use) if algorithm == "RS256" else ECKey.generate_key("P-256", use)
    key.ensure_kid()
    return dict(key.as_dict(private=True))
