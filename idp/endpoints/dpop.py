"""Where DPoP proofs come in: the token endpoint binds, userinfo enforces (RFC 9449 sections 5 and 7)."""

import logging

from idp.clock import Clock
from idp.protocol import rfc9449_dpop
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Request
from idp.records import dataclass
from idp.services.replay import DPOP, Replay
from keys.errors import TokenRejected

log = logging.getLogger("idp.endpoints")


@dataclass(frozen=True, slots=True)
class DpopGate:
    """Verifies proofs and lets each be used once.

    Args:
        replay: remembers `jti`.
        issuer: our address, before the path of the endpoint.
        clock: Unix seconds.
    """

    replay: Replay
    issuer: str
    clock: Clock

    def at_token_endpoint(self, request: Request) -> str | None:
        """Return the thumbprint of the proven key, or None when no proof was sent.

        Raises:
            ProtocolError: `invalid_dpop_proof`, status 400.
        """
        if "dpop" not in request.headers:
            return None
        return self.key_of(request)

    def key_of(self, request: Request, access_token: str | None = None) -> str:
        """Return the thumbprint of the key that the request proves to hold.

        Raises:
            ProtocolError: `invalid_dpop_proof`.
            Unavailable: the database did not answer, so single use cannot be known.
        """
        fault = ProtocolError("invalid_dpop_proof", "the DPoP proof is missing or not valid")
        header = request.headers.get("dpop")
        if header is None or request.sent_twice("dpop"):
            raise fault
        try:
            proof = rfc9449_dpop.check_proof(
                header,
                method=request.method,
                url=self.issuer + request.path,
                now=self.clock(),
                access_token=access_token,
            )
        except TokenRejected as error:
            log.info("DPoP proof refused: %s", error)
            raise fault from None
        if not self.replay.first_use(DPOP, proof.jkt, proof.jti, proof.expires_at):
            raise fault
        return proof.jkt
