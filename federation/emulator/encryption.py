"""What FranceConnect+ wraps its signed answers in: a JWE to the service's own key, A256GCM."""

from typing import Any

import requests
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from federation.emulator.config import ServiceProvider
from federation.emulator.errors import JsonError

_PATIENCE = 5.0


def encrypted(signed: str, client: ServiceProvider, issuer: str, fault: str = "") -> str:
    """Return a signed token encrypted to the service's key of its registered algorithm.

    `fault` is a position of the `encryption` knob. Raises JsonError 500 when the service publishes no such key.
    """
    key = _key_of(client)
    alg, kid = client.encryption_alg, key.kid
    if fault == "foreign_key":
        key = ECKey.generate_key("P-256") if alg == "ECDH-ES" else RSAKey.generate_key(2048)
    if fault == "other":
        alg = "RSA-OAEP-256" if alg == "RSA-OAEP" else "ECDH-ES+A256KW"
    header: dict[str, Any] = {
        "alg": alg,
        "enc": "A256GCM",
        "cty": "JWT",
        "kid": "unknown" if fault == "unknown_kid" else kid,
        "iss": issuer,
        "aud": client.client_id,
    }
    registry = jwe.JWERegistry(algorithms=[alg, "A256GCM"], strict_check_header=False)
    return jwe.encrypt_compact(header, signed, key, registry=registry)


def _key_of(client: ServiceProvider) -> ECKey | RSAKey:
    try:
        document: Any = requests.get(client.jwks_uri, timeout=_PATIENCE).json() if client.jwks_uri else client.jwks
        for key in KeySet.import_key_set({"keys": list(document["keys"])}).keys:
            if isinstance(key, ECKey | RSAKey) and (key.get("use"), key.get("alg")) == ("enc", client.encryption_alg):
                return key
    except (requests.RequestException, ValueError, KeyError, TypeError, JoseError):
        pass
    raise JsonError(500, "server_error", "the service publishes no key for its encryption algorithm", "Y040001")
