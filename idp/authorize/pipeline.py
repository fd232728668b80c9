"""The checks of an authorization request, in order: the order is the list at the end of this file.

`identify` proves where an answer may go and may only show errors (N-002). `validate` runs the rest and may only
redirect them. Each check reads the parameters and adds to the draft; none of them touches a store, a session or a
page. Sources: RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0 sections 3.1.2, 3.2.2 and 3.3.2, RFC 7636, RFC 8707,
RFC 9449, RFC 9700.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from idp.authorize.request import AuthorizationRequest, ReturnAddress
from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError, ShownError
from idp.protocol.messages import Parameters
from idp.protocol.names import OFFLINE_ACCESS, SCOPE_CLAIMS
from idp.protocol.oidc_claims import parse_claims, values_of
from idp.protocol.oidc_prompt import parse_prompt
from idp.protocol.oidc_response_types import (
    CODE,
    ID_TOKEN,
    MODES,
    SUPPORTED,
    TOKEN,
    ResponseMode,
    canonical,
    default_mode,
    grant_types_of,
    on_front_channel,
)
from idp.protocol.parameters import said_twice
from idp.protocol.redirect_uri import matches

FindClient = Callable[[str], Client | None]
ReadHint = Callable[[str, str], str | None]
"""From an ID token and the client's id to the `sub` it names, or None when it is not one of ours for that client."""
PkcePolicy = Literal["always", "public"]
"""Who must send a code challenge: every client, or those alone that have no credentials of their own."""

MAX_STATE: Final = 4096
PARAMETERS: Final = frozenset(
    """
    acr_values claims claims_locales client_id code_challenge code_challenge_method display dpop_jkt id_token_hint
    login_hint max_age nonce prompt redirect_uri registration request request_uri resource response_mode
    response_type scope state ui_locales
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Every parameter that means something here; others are ignored and never kept (N-005)."""
MAX_REQUEST: Final = 16_384
"""Characters of all meaningful parameters together: a parked request costs no more."""
_VALUE_LIMITS: Final = {
    "state": MAX_STATE,
    "nonce": 1024,
    "login_hint": 256,
    "acr_values": 512,
    "scope": 1024,
}
_REPEATABLE: Final = frozenset({"resource"})
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def identify(parameters: Parameters, find_client: FindClient) -> ReturnAddress:
    """Prove the client and the redirect URI.

    Raises:
        ShownError: for any doubt about either; nothing is ever redirected then.
    """
    for name in ("client_id", "redirect_uri"):
        if _repeats(parameters, name):
            raise ShownError(f"{name}_repeated")
    if sum([len(name) + len(value) for name, value in parameters.pairs if name in PARAMETERS]) > MAX_REQUEST:
        raise ShownError("request_too_long")
    client_id, uri = parameters.get("client_id"), parameters.get("redirect_uri")
    if client_id is None:
        raise ShownError("client_id_missing")
    client = find_client(client_id) if len(client_id) <= 128 else None
    if client is None:
        raise ShownError("client_unknown")
    if not client.enabled:
        raise ShownError("client_disabled", client.client_id)
    if uri is None:
        raise ShownError("redirect_uri_missing", client.client_id)
    if not matches(uri, client.redirect_uris, native=client.application_type == "native"):
        raise ShownError("redirect_uri_mismatch", client.client_id)
    state = None if _repeats(parameters, "state") else parameters.get("state")
    return ReturnAddress(client, uri, _mode(parameters, client), state)


def validate(
    parameters: Parameters, to: ReturnAddress, read_hint: ReadHint, *, pkce: PkcePolicy = "always"
) -> AuthorizationRequest:
    """Run every check of `CHECKS` in order.

    Raises:
        ProtocolError: the first fault, to be sent to the proven return address.
    """
    draft = _Draft(parameters, to, read_hint, pkce, parameters.as_dict())
    for check in CHECKS:
        check(draft)
    return AuthorizationRequest(to=to, **draft.found)


@dataclass(slots=True)
class _Draft:
    """What the checks have found so far; `values` are the first ones by name, `found` becomes the frozen request."""

    parameters: Parameters
    to: ReturnAddress
    read_hint: ReadHint
    pkce: PkcePolicy
    values: Mapping[str, str]
    found: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def answers_with(self, part: str) -> bool:
        """Whether the answer will hold a code, an ID token or an access token; known once its type is."""
        return part in self.found["response_type"].split()


def _mode(parameters: Parameters, client: Client) -> ResponseMode:
    """Return how the answer comes back, an error too: as asked where that may be, else as its type has it."""
    response_type = parameters.get("response_type") or ""
    possible, usual = _modes_of(client, response_type), default_mode(response_type)
    best = (mode for wish in (parameters.get("response_mode"), usual) for mode in possible if mode == wish)
    return next(best, next(iter(possible), usual))


def _modes_of(client: Client, response_type: str) -> tuple[ResponseMode, ...]:
    """Return the ways an answer may take: the client's own; for a token the fragment always and the query never."""
    if not on_front_channel(response_type):
        return tuple(mode for mode in MODES if mode in client.response_modes)
    return tuple(mode for mode in MODES if mode != "query" and mode in client.response_modes | {"fragment"})


def _repeats(parameters: Parameters, name: str) -> bool:
    return [key for key, _ in parameters.pairs].count(name) > 1


def refuse_repeated_parameters(draft: _Draft) -> None:
    """No parameter twice (N-005)."""
    once = [name for name, _ in draft.parameters.pairs if name not in _REPEATABLE]
    if len(once) != len(set(once)):
        raise said_twice(once)


def limit_lengths(draft: _Draft) -> None:
    """Values that are echoed or stored stay within bounds."""
    for name, limit in _VALUE_LIMITS.items():
        if len(draft.get(name) or "") > limit:
            raise ProtocolError("invalid_request", f"{name} is too long")


def refuse_request_objects(draft: _Draft) -> None:
    """What is left of a request object was not resolved (`rfc9101_jar`); `registration` is not offered (Core 7.2.1)."""
    for name in ("request", "request_uri"):
        if draft.get(name) is not None:
            raise ProtocolError(f"{name}_not_supported")
    if draft.get("registration") is not None:
        raise ProtocolError("registration_not_supported")


def check_response_type(draft: _Draft) -> None:
    """One of OpenID Connect's, and only for a client that was granted it (N-006)."""
    asked = draft.get("response_type")
    if asked is None:
        raise ProtocolError("invalid_request", "response_type is missing")
    wanted, client = canonical(asked), draft.to.client
    if wanted not in SUPPORTED:
        raise ProtocolError("unsupported_response_type", "response_type is not supported")
    if wanted not in map(canonical, client.response_types) or not grant_types_of(wanted) <= client.grant_types:
        raise ProtocolError("unauthorized_client", "this client may not use this response_type")
    draft.found["response_type"] = wanted


def check_response_mode(draft: _Draft) -> None:
    """A mode we offer, that this client may use (N-015); a token never comes in a query."""
    mode, response_type = draft.get("response_mode"), draft.found["response_type"]
    if mode is None:
        return
    if mode not in MODES:
        raise ProtocolError("invalid_request", "response_mode is not supported")
    if mode == "query" and on_front_channel(response_type):
        raise ProtocolError("invalid_request", "response_mode query cannot carry a token")
    if mode not in _modes_of(draft.to.client, response_type):
        raise ProtocolError("unauthorized_client", "this client may not use this response_mode")


def check_scope(draft: _Draft) -> None:
    """`openid` is required; unknown names are ignored; known ones must be registered for the client (N-015).

    `offline_access` is ignored where no refresh token can follow, for want of a code or of the client's leave (OpenID
    Connect Core 1.0 section 11): no page asks for an agreement that brings nothing.
    """
    asked = tuple(dict.fromkeys((draft.get("scope") or "").split()))
    if "openid" not in asked:
        raise ProtocolError("invalid_scope", "scope must contain openid")
    refreshes = "refresh_token" in draft.to.client.grant_types and draft.answers_with(CODE)
    known = tuple(name for name in asked if name in SCOPE_CLAIMS and (name != OFFLINE_ACCESS or refreshes))
    if not set(known) <= draft.to.client.scopes | {"openid"}:
        raise ProtocolError("invalid_scope", "a requested scope is not registered for this client")
    draft.found["scope"] = known


def check_nonce(draft: _Draft) -> None:
    """An ID token that comes through the browser must be bound to its request (OpenID Connect Core 3.2.2.1)."""
    if draft.answers_with(ID_TOKEN) and draft.get("nonce") is None:
        raise ProtocolError("invalid_request", "nonce is required for this response_type")


def check_pkce(draft: _Draft) -> None:
    """S256 from every client but those that the policy or an explicit exemption lets off (N-020, decision D6)."""
    if not draft.answers_with(CODE):
        return
    challenge, method = draft.get("code_challenge"), draft.get("code_challenge_method")
    client = draft.to.client
    if challenge is None:
        exempt = client.pkce_exempt or (draft.pkce == "public" and not client.public)
        if method is not None or not exempt:
            raise ProtocolError("invalid_request", "code_challenge is required")
        return
    if method != "S256":
        raise ProtocolError("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise ProtocolError("invalid_request", "code_challenge must be 43 to 128 unreserved characters")
    draft.found["code_challenge"] = challenge


def read_prompt(draft: _Draft) -> None:
    """Keep the prompts asked for."""
    draft.found["prompt"] = parse_prompt(draft.get("prompt"))


def read_max_age(draft: _Draft) -> None:
    """`max_age` in seconds, or the client's registered default."""
    text = draft.get("max_age")
    if text is None:
        draft.found["max_age"] = draft.to.client.default_max_age
        return
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ProtocolError("invalid_request", "max_age must be a number of seconds")
    draft.found["max_age"] = int(text)


def read_claims(draft: _Draft) -> None:
    """Keep the claims asked for one by one, and whom they name as the member they are about (Core 3.1.2.2, 5.5.1)."""
    claims = parse_claims(draft.get("claims"))
    draft.found["claims"] = claims
    named = [frozenset(values) for place in claims if (values := values_of(claims, place, "sub"))]
    if named:
        draft.found["named_subjects"] = both = frozenset.intersection(*named)
        if not both:
            raise ProtocolError("invalid_request", "claims names two different subjects")


def read_id_token_hint(draft: _Draft) -> None:
    """An ID token of ours for this client names who should be signed in; an expired one still does."""
    hint = draft.get("id_token_hint")
    if hint is None:
        return
    subject = draft.read_hint(hint, draft.to.client.client_id)
    if subject is None:
        raise ProtocolError("invalid_request", "id_token_hint is not an ID token issued to this client")
    draft.found["hinted_subject"] = subject


def read_resources(draft: _Draft) -> None:
    """`resource` names APIs that are registered for the client (RFC 8707 section 2)."""
    asked = tuple(dict.fromkeys(value for key, value in draft.parameters.pairs if key == "resource"))
    if not set(asked) <= set(draft.to.client.audiences):
        raise ProtocolError("invalid_target", "a requested resource is not registered for this client")
    if draft.answers_with(TOKEN) and len(asked) > 1:
        raise ProtocolError("invalid_target", "an access token is for one resource; name exactly one")
    draft.found["resources"] = asked


def read_levels(draft: _Draft) -> None:
    """`acr_values`, or the client's registered default, is a wish (Core 3.1.2.1); an `acr` claim is not (5.5.1.1).

    Where the access token is for a named resource, the wish must be met too: the resource asked for it, and would ask
    again (RFC 9470 section 5).
    """
    asked = draft.get("acr_values")
    wished = tuple(dict.fromkeys(asked.split())) if asked is not None else draft.to.client.default_acr_values
    draft.found["acr_values"] = wished
    essential = values_of(draft.found["claims"], "id_token", "acr")
    draft.found["essential_acr"] = essential or (wished if draft.found["resources"] else ())


def read_dpop_key(draft: _Draft) -> None:
    """`dpop_jkt` binds the code to a key (RFC 9449 section 10); nothing here proves one for an access token."""
    thumbprint = draft.get("dpop_jkt")
    if draft.answers_with(TOKEN) and (thumbprint is not None or draft.to.client.dpop_bound):
        raise ProtocolError("invalid_request", "a DPoP-bound access token comes from the token endpoint only")
    if thumbprint is not None and not _THUMBPRINT.fullmatch(thumbprint):
        raise ProtocolError("invalid_request", "dpop_jkt must be a SHA-256 JWK thumbprint")
    draft.found["dpop_jkt"] = thumbprint


def read_plain_values(draft: _Draft) -> None:
    """Values that need no judgement here."""
    for name in ("nonce", "login_hint", "ui_locales"):
        draft.found[name] = draft.get(name)


CHECKS: Final[tuple[Callable[[_Draft], None], ...]] = (
    refuse_repeated_parameters,
    limit_lengths,
    refuse_request_objects,
    check_response_type,
    check_response_mode,
    check_scope,
    check_nonce,
    check_pkce,
    read_prompt,
    read_max_age,
    read_claims,
    read_id_token_hint,
    read_resources,
    read_levels,
    read_dpop_key,
    read_plain_values,
)
