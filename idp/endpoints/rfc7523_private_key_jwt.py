"""Client assertions: RFC 7523 sections 2.2 and 3 as OpenID Connect Core 9 and FAPI 2 narrow them (N-034, N-035, C-05).

The client's registered keys and algorithm verify; `iss` = `sub` = the client; `aud` is our issuer as one string, or
the token endpoint where the client carries the legacy switch, never a list; `jti` is used once. Not covered: JWTs as
authorization grants (section 2.1).
"""

import logging
from typing import Final

from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.client_notes import Kind, Note, unnoted
from idp.records import dataclass
from idp.services.client_keys import ClientKeys
from idp.services.replay import ASSERTION, Replay
from keys import jws
from keys.claims_check import check_audience, check_subject, check_times, text_claim
from keys.compact import parse_object, split
from keys.errors import TokenRejected
from keys.purposes import Purpose

log = logging.getLogger("idp.endpoints")

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS: Final = ("ES256", "PS256", "RS256", "EdDSA", "Ed25519")
"""Offered where a client registered none; the last two are one algorithm by its old and its new name (RFC 9864)."""
MAX_ASSERTION: Final = 8192
LONGEST_LIFE: Final = 600
"""Seconds ahead that `exp` may lie."""
AHEAD: Final = 10
"""Seconds that `iat` and `nbf` may lie ahead."""


@dataclass(frozen=True, slots=True)
class AssertionVerifier:
    """Verifies assertions made for us.

    Args:
        keys: finds the client's keys.
        replay: remembers `jti`.
        issuer: the audience.
        token_endpoint: the audience of clients with the legacy switch.
        clock: Unix seconds.
        note: told why an assertion was refused.
    """

    keys: ClientKeys
    replay: Replay
    issuer: str
    token_endpoint: str
    clock: Clock
    note: Note = unnoted

    def holds(self, client: Client, assertion: str) -> bool:
        """Whether the assertion proves the client; a good one is spent by this call (V-18).

        Raises:
            Unavailable: the database did not answer, so single use cannot be known; or clients' addresses hang.
        """
        try:
            jti, expires_at = self._verify(client, assertion)
        except TokenRejected as error:
            log.info("assertion of %s refused: %s", client.client_id, error)
            if client.enabled and client.token_endpoint_auth_method == "private_key_jwt":
                self.note(client.client_id, Kind.AUTHENTICATION, str(error))
            return False
        if client.token_endpoint_auth_method != "private_key_jwt" or not client.enabled:
            return False
        if not self.replay.first_use(ASSERTION, client.client_id, jti, expires_at):
            log.warning("assertion of %s was used before", client.client_id)
            self.note(client.client_id, Kind.AUTHENTICATION, "assertion_used")
            return False
        return True

    def _verify(self, client: Client, assertion: str) -> tuple[str, int]:
        registered = client.token_endpoint_auth_signing_alg
        verified = self.keys.verified(
            client,
            lambda keys: jws.verify_foreign(
                keys,
                Purpose.CLIENT_ASSERTION,
                assertion,
                algorithms=ALGORITHMS if registered is None else (registered,),
                max_bytes=MAX_ASSERTION,
            ),
        )
        claims, now = verified.claims, self.clock()
        check_subject(claims, client.client_id)
        legacy = client.legacy_assertion_audience and claims.get("aud") == self.token_endpoint
        check_audience(claims, self.token_endpoint if legacy else self.issuer, string=True)
        check_times(claims, now, leeway=AHEAD, max_lifetime=LONGEST_LIFE)
        expires = claims["exp"]
        return text_claim(claims, "jti"), expires if isinstance(expires, int) else now


def claimed_client(assertion: str, assertion_type: str | None) -> str | None:
    """Return the client an assertion claims to come from, before anything in it is believed, or None."""
    if assertion_type != ASSERTION_TYPE:
        return None
    try:
        return check_subject(parse_object(split(assertion, max_bytes=MAX_ASSERTION).payload))
    except TokenRejected:
        return None
