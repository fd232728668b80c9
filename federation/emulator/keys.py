"""Signing keys under FranceConnect's static labels, and the wrong signatures that the knobs ask for.

FranceConnect keeps the same `kid` when it changes a key, so a client must refetch on a bad signature too; the
`rotated` and `foreign` generations below exist to prove it.
"""

import base64
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

_ALGORITHMS = ("ES256", "RS256")
UNKNOWN_KID = "pkcs11:unknown:hsm"


class SigningKeys:
    """One ES256 and one RS256 key a generation; generations are made on first use and kept in memory.

    With a `file`, the current generation outlives the process: a demo that restarts still accepts the ID tokens of
    before as logout hints. The file holds test keys in clear, readable by its owner only.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._generations: dict[str, dict[str, ECKey | RSAKey]] = {}
        if file is not None and file.exists():
            self._generations["current"] = _read(file)
        current = self._generation("current")
        if file is not None and not file.exists():
            _write(file, current)

    def jwks(self, generation: str, kids: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
        """Return the public keys of one generation as a JWK set: those that `kids` labels, under its labels."""
        keys = self._generation(generation)
        return {"keys": [{**keys[alg].as_dict(private=False), "kid": kid} for alg, kid in kids.items()]}

    def sign(
        self,
        claims: Mapping[str, Any],
        alg: str,
        *,
        kid: str,
        generation: str = "current",
        mac_secret: str = "",
    ) -> str:
        """Return a compact JWS whose header is exactly `alg` and `kid`.

        `alg` none and HS256 (keyed by `mac_secret`) exist for the knobs only; a client must refuse both.
        """
        payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
        if alg in _ALGORITHMS:
            header = {"alg": alg, "kid": kid}
            key = self._generation(generation)[alg]
            return jws.serialize_compact(header, payload, key, algorithms=[alg])
        signing_input = f"{_b64(json.dumps({'alg': alg}).encode())}.{_b64(payload)}"
        if alg == "none":
            return f"{signing_input}."
        mac = hmac.new(mac_secret.encode(), signing_input.encode(), hashlib.sha256)
        return f"{signing_input}.{_b64(mac.digest())}"

    def verify(self, token: str, alg: str, generation: str = "current") -> dict[str, Any] | None:
        """Return the claims of a token signed with our key of that algorithm and generation, else None."""
        try:
            signed = jws.deserialize_compact(token, self._generation(generation)[alg], algorithms=[alg])
            claims = json.loads(signed.payload)
        except (JoseError, ValueError):
            return None
        return claims if isinstance(claims, dict) else None

    def _generation(self, name: str) -> dict[str, ECKey | RSAKey]:
        with self._lock:
            if name not in self._generations:
                self._generations[name] = {
                    "ES256": ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}),
                    "RS256": RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}),
                }
            return self._generations[name]


def _read(file: Path) -> dict[str, ECKey | RSAKey]:
    stored = json.loads(file.read_text(encoding="utf-8"))
    return {"ES256": ECKey.import_key(stored["ES256"]), "RS256": RSAKey.import_key(stored["RS256"])}


def _write(file: Path, keys: Mapping[str, ECKey | RSAKey]) -> None:
    stored = {alg: key.as_dict(private=True) for alg, key in keys.items()}
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(stored, stream)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
