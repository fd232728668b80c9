"""Who calls the token and revocation endpoints: `client_secret_post`, or `private_key_jwt` (RFC 7523, section 3).

The real service happens to take HTTP Basic too, which it does not document; this double refuses it, so that
nobody comes to rely on it.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from federation.emulator.config import SIGNING_ALGORITHMS, EmulatorConfig, ServiceProvider
from federation.emulator.errors import UNCATEGORISED, JsonError
from federation.emulator.state import State

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION = 3600


def authenticate(form: Mapping[str, str], config: EmulatorConfig, state: State) -> ServiceProvider:
    """Return the client that the form proves. Raises JsonError 400 without any proof, 401 with a wrong one."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    assertion = form.get("client_assertion", "")
    if not client_id or not (secret or assertion):
        raise JsonError(400, "invalid_request", "no client authentication mechanism provided", UNCATEGORISED)
    client = config.client(client_id)
    if client is None:
        raise JsonError(401, "invalid_client", "client authentication failed", "Y04EA6EF")
    if assertion:
        _check_assertion(form, client, config, state)
    elif not hmac.compare_digest(client.client_secret.encode(), secret.encode()):
        raise JsonError(401, "invalid_client", "client authentication failed", "Y0434A7B")
    return client


def _check_assertion(form: Mapping[str, str], client: ServiceProvider, config: EmulatorConfig, state: State) -> None:
    """Refuse an assertion that is not the client's own, for us, in time and new."""
    claims = _signed_claims(form["client_assertion"], client)
    now, expires, jti = config.clock(), claims.get("exp"), claims.get("jti")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    good = (
        form.get("client_assertion_type") == ASSERTION_TYPE
        and claims.get("iss") == claims.get("sub") == client.client_id
        and bool({config.issuer, f"{config.issuer}/token"} & {str(entry) for entry in audiences})
        and isinstance(expires, int)
        and now < expires <= now + LONGEST_ASSERTION
        and isinstance(jti, str)
    )
    if not good or not state.spend_assertion(f"{client.client_id} {jti}", int(expires or 0)):
        raise JsonError(401, "invalid_client", "client authentication failed", UNCATEGORISED)


def _signed_claims(assertion: str, client: ServiceProvider) -> dict[str, Any]:
    """Return the claims once a registered key of the client verifies them, else nothing at all."""
    if client.jwks is None:
        return {}
    try:
        keys = KeySet.import_key_set({"keys": list(client.jwks["keys"])})
        claims = json.loads(jws.deserialize_compact(assertion, keys, algorithms=list(SIGNING_ALGORITHMS)).payload)
    except (JoseError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
