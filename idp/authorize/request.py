"""An authorization request that passed every check: a frozen value (OpenID Connect Core 1.0 section 3.1.2.1)."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from idp.protocol.client import Client
from idp.protocol.names import SCOPE_CLAIMS
from idp.protocol.oidc_response_types import ResponseMode
from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Where an answer may go: a client and one of its registered redirect URIs, proven (N-001, N-002)."""

    client: Client
    redirect_uri: str
    response_mode: ResponseMode
    state: str | None


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """The request below the edge.

    `scope` keeps the order sent, unknown and ungranted names dropped. `response_type` is one of
    `oidc_response_types.SUPPORTED`. `max_age` is in seconds. `hinted_subject` is the `sub` of a verified
    `id_token_hint`; `named_subjects` those that the `claims` parameter names, none for any. `essential_acr` lists
    levels one of which must be reached: those of an `acr` claim, or `acr_values` where the access token is for a named
    resource (RFC 9470 section 5). `acr_values` are else a wish, in order of preference.
    """

    to: ReturnAddress
    scope: tuple[str, ...]
    response_type: str = "code"
    nonce: str | None = None
    code_challenge: str | None = None
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    login_hint: str | None = None
    hinted_subject: str | None = None
    named_subjects: frozenset[str] = frozenset()
    essential_acr: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    ui_locales: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    dpop_jkt: str | None = None

    @property
    def shares(self) -> tuple[str, ...]:
        """The scopes that say what the client will learn: those asked for, and those that open single claims.

        A claim asked for by name is as much of the member as one of a scope, so consent covers both alike (N-016).
        """
        asked = {name for place in self.claims.values() for name in place}
        opening = (
            scope
            for scope, names in SCOPE_CLAIMS.items()
            if scope in self.client.scopes and scope != "openid" and not asked.isdisjoint(names)
        )
        return tuple(dict.fromkeys((*self.scope, *opening)))

    def is_for(self, subject: str) -> bool:
        """Whether a member with this `sub` is whom the request is about; one that names nobody is for everybody."""
        return self.hinted_subject in {None, subject} and (not self.named_subjects or subject in self.named_subjects)

    @property
    def client(self) -> Client:
        """The client that asks."""
        return self.to.client
