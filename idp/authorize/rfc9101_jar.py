"""Request objects: an authorization request as a signed token, by value or by reference.

Sources: RFC 9101 sections 4 to 6 and 10, OpenID Connect Core 1.0 section 6. What comes out is an ordinary list of
parameters, which the pipeline then checks like any other: nothing here proves a return address.

A request object is believed where one of the client's registered keys signed it with the algorithm that the client
registered (with any asymmetric one that its keys fit, where it registered none), for us (`aud`), in the client's name
(`iss`, `client_id`), and not past its time (N-040 to N-044, N-072). It may be encrypted to one of our keys, once.

Libraries older than RFC 9101 leave `aud` and `iss` out, which Core 6.1 only recommends: they may be absent, since
`client_id`, a name that only we gave, already says for whom and by whom. What is there must be right.

What stands inside wins over what stands outside. Parameters that stand only outside count too (Core 6.1), except for a
client that must sign its requests (`require_signed_request_object`, RFC 9101 section 10.5): of such a request nothing
unsigned counts, and `aud`, `iss`, `exp` and `nbf` are compulsory. Not covered: `none`, symmetric algorithms, `jti`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

from idp.authorize.pipeline import MAX_REQUEST, PARAMETERS, FindClient
from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Parameters
from idp.protocol.parameters import said_twice
from idp.records import dataclass
from keys import jws
from keys.algorithms import SIGNATURES
from keys.claims_check import check_audience, check_issuer, check_text, check_times
from keys.errors import Rejection, TokenRejected
from keys.foreign import PublicKeySet
from keys.jwe import is_encrypted
from keys.jws import VerifiedToken
from keys.purposes import Purpose

LONGEST_LIFE: Final = 3600
"""Seconds ahead that `exp` may lie, and that `nbf` of a client that must sign may lie back (FAPI 2 Message Signing)."""
AHEAD: Final = 10
"""Seconds that `iat` and `nbf` may lie ahead."""
_NOT_VALID: Final = "the request object is not valid"
_NEVER_INSIDE: Final = ("request", "request_uri")
_STRUCTURED: Final = frozenset({"claims", "registration"})

Unseal = Callable[[str], str]
"""Opens what was encrypted to one of our keys, or raises `TokenRejected`."""
Verified = Callable[[Client, Callable[[PublicKeySet], VerifiedToken]], VerifiedToken]
"""Runs a check against a client's keys, and once more where they may have changed (`idp.services.client_keys`)."""
Fetch = Callable[[str], str]
"""Returns the request object at a registered address, or raises `ProtocolError`."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The parameters that count.

    `signed`: they come out of a request object, and hold none any more. `fault`: the request object is not believed;
    then these are the parameters outside it, from which it follows where the error may go. `pushed` is the store's key
    of a request that was pushed (RFC 9126), believed and checked then.
    """

    parameters: Parameters
    signed: bool = False
    fault: ProtocolError | None = None
    pushed: str | None = None

    def believed(self) -> Parameters:
        """Return the parameters.

        Raises:
            ProtocolError: the fault.
        """
        if self.fault is not None:
            raise self.fault
        return self.parameters


@dataclass(frozen=True, slots=True)
class RequestObjects:
    """Turns a request that holds a request object into the request that is meant. `fetch` is None where not offered."""

    issuer: str
    find_client: FindClient
    verified: Verified
    unseal: Unseal
    clock: Clock
    fetch: Fetch | None = None

    def resolve(self, sent: Parameters) -> Resolved:
        """Return the parameters that count; those sent, where there is no request object.

        Its fault is `invalid_request_object`, `invalid_request_uri`, `request_uri_not_supported` or `invalid_request`.

        Raises:
            Unavailable: the keys or the request object cannot be had now.
        """
        client = self._client(sent)
        if client is None:
            return Resolved(sent)  # `identify` says what is wrong
        try:
            return self._resolve(client, sent)
        except TokenRejected as error:
            detail = str(error)
        except ProtocolError as error:
            return Resolved(sent, fault=error)
        return Resolved(sent, fault=ProtocolError("invalid_request_object", _NOT_VALID, detail=detail))

    def _resolve(self, client: Client, sent: Parameters) -> Resolved:
        by_value, by_reference = sent.get("request"), sent.get("request_uri")
        if by_value is None and by_reference is None:
            if client.require_signed_request_object:
                raise ProtocolError("invalid_request", "this client must send its request as a signed request object")
            return Resolved(sent)
        if by_value is not None and by_reference is not None:
            raise ProtocolError("invalid_request", "request and request_uri exclude each other")
        if _repeats(sent):
            raise said_twice(name for name, _ in sent.pairs if name != "resource")
        token = by_value if by_value is not None else self._referred(client, by_reference or "")
        claims = self._verified(client, token)
        return Resolved(_merged(sent, claims, strict=client.require_signed_request_object), signed=True)

    def _client(self, sent: Parameters) -> Client | None:
        named = [value for name, value in sent.pairs if name == "client_id"]
        client = self.find_client(named[0]) if len(named) == 1 and len(named[0]) <= 128 else None
        return client if client is not None and client.enabled else None

    def _referred(self, client: Client, uri: str) -> str:
        if self.fetch is None:
            raise ProtocolError("request_uri_not_supported")
        # Whoever registers an address without a fragment may add the hash of what stands there (Core 6.2).
        if uri not in client.request_uris and uri.partition("#")[0] not in client.request_uris:
            raise ProtocolError("invalid_request_uri", "this request_uri is not registered for this client")
        return self.fetch(uri)

    def _verified(self, client: Client, token: str) -> Mapping[str, object]:
        """Return the claims of a request object that the client signed for us, now."""
        signed = self.unseal(token) if is_encrypted(token) else token
        registered = client.request_object_signing_alg
        algorithms = SIGNATURES if registered is None else tuple({registered}.intersection(SIGNATURES))
        claims = self.verified(
            client,
            lambda keys: jws.verify_foreign(
                keys, Purpose.REQUEST_OBJECT, signed, algorithms=algorithms, max_bytes=MAX_REQUEST
            ),
        ).claims
        now, strict = self.clock(), client.require_signed_request_object
        check_text(claims, "client_id", client.client_id)
        if strict or "iss" in claims:
            check_issuer(claims, client.client_id)
        if strict or "aud" in claims:
            check_audience(claims, self.issuer)
        check_times(claims, now, leeway=AHEAD, max_lifetime=LONGEST_LIFE, require_exp=strict, require_nbf=strict)
        begins = claims.get("nbf")
        if strict and isinstance(begins, int) and begins < now - LONGEST_LIFE:
            raise TokenRejected(Rejection.TOO_OLD, "nbf")
        return claims


def _repeats(sent: Parameters) -> bool:
    return Parameters(tuple(pair for pair in sent.pairs if pair[0] in PARAMETERS - {"resource"})).repeated() is not None


def _merged(sent: Parameters, claims: Mapping[str, object], *, strict: bool) -> Parameters:
    """Return the parameters inside, and those outside that the object says nothing of; `strict`: none but `client_id`.

    Inside, only names that mean something at `/authorize` count, so that `iss` or a claim of tomorrow changes nothing.
    """
    for name in _NEVER_INSIDE:
        if name in claims:
            raise TokenRejected(Rejection.FORBIDDEN_CLAIM, name)
    inside = {name: _values(name, claims[name]) for name in sorted(PARAMETERS & claims.keys())}
    # The type decides where an answer goes; two of them are a mistake or an attack (Core 6.1).
    outside = sent.get("response_type")
    within = next(iter(inside.get("response_type", ())), outside)
    if outside is not None and within is not None and set(outside.split()) != set(within.split()):
        raise TokenRejected(Rejection.MISMATCH, "response_type")
    kept = {"client_id"} if strict else {name for name, _ in sent.pairs} - inside.keys() - set(_NEVER_INSIDE)
    pairs = [pair for pair in sent.pairs if pair[0] in kept and pair[0] not in inside]
    return Parameters.of([*pairs, *((name, text) for name, texts in inside.items() for text in texts)])


def _values(name: str, value: object) -> tuple[str, ...]:
    """Return a claim as a parameter's text (RFC 9101 section 4): text, a number for `max_age`, an object for `claims`.

    Nothing is coerced that the parameter could not mean.
    """
    if name == "resource" and isinstance(value, list):
        return tuple(_text(name, one) for one in value)
    if name in _STRUCTURED and isinstance(value, dict):
        return (json.dumps(value, ensure_ascii=False, separators=(",", ":")),)
    if name == "max_age" and type(value) is int:
        return (str(value),)
    return (_text(name, value),)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise TokenRejected(Rejection.MALFORMED_CLAIM, name)
    return value
