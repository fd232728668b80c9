"""How an access token is presented to a resource of ours: RFC 6750 section 2, and RFC 9449 section 7 for bound ones."""

import re
from typing import Final, Literal

from idp.endpoints.dpop import DpopGate
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Request
from idp.services.access_tokens import LiveToken

Scheme = Literal["Bearer", "DPoP"]
_SCHEMES: Final[dict[str, Scheme]] = {"bearer": "Bearer", "dpop": "DPoP"}
_CREDENTIALS: Final = re.compile(r"([A-Za-z]+) +([A-Za-z0-9\-._~+/]+=*)")


def in_header(request: Request) -> tuple[Scheme, str]:
    """Return how and which token is presented in the header.

    Raises:
        ProtocolError: with an empty code and status 401 where there is no credential at all (RFC 6750 section 3);
            `invalid_request` where it is not one, is there twice, or stands in the address.
    """
    if request.query.get("access_token") is not None:
        raise ProtocolError("invalid_request", "an access token in the query is refused")
    header = request.headers.get("authorization")
    if header is None:
        raise ProtocolError("", status=401)
    found = _CREDENTIALS.fullmatch(header.strip())
    scheme = _SCHEMES.get(found[1].lower()) if found else None
    if found is None or scheme is None or request.sent_twice("authorization"):
        raise ProtocolError("invalid_request", "the Authorization header is malformed")
    return scheme, found[2]


def check_holder(request: Request, token: LiveToken, scheme: Scheme, value: str, dpop: DpopGate) -> None:
    """Hold a token against how it was presented: a bound one with a proof by its key, any other as a bearer's.

    Raises:
        ProtocolError: `invalid_token`, or `invalid_dpop_proof`.
        Unavailable: whether the proof was used before cannot be known.
    """
    if token.dpop_jkt is None and scheme == "DPoP":
        raise ProtocolError("invalid_token", "the access token is not DPoP-bound", status=401)
    if token.dpop_jkt is not None:
        if scheme != "DPoP":
            raise ProtocolError("invalid_token", "the access token is DPoP-bound", status=401)
        if dpop.key_of(request, value) != token.dpop_jkt:
            raise ProtocolError("invalid_token", "the DPoP key does not match", status=401)
