"""The applications that a conformance suite uses when it registers none itself: two for each way to authenticate.

Only a demonstration with open registration has them. What the suite must be told of them stands in `demo.json` with
every other client; how, in `docs/conformance.md`.
"""

from typing import Final, get_args

from idp.config.registration import ResponseType
from idp.demo.credentials import Credentials
from idp.demo.keys import public_jwks
from idp.demo.plan import Plan
from idp.protocol.client import AuthMethod, Client

METHODS: Final[tuple[tuple[str, AuthMethod], ...]] = (
    ("basic", "client_secret_basic"),
    ("post", "client_secret_post"),
    ("key", "private_key_jwt"),
)
SECRET_CLIENTS: Final = tuple(f"suite-{name}-{number}" for name in ("basic", "post") for number in (1, 2))
"""Ids of those that have a secret."""
KEY_CLIENTS: Final = {f"suite-key-{number}": "RS256" for number in (1, 2)}
"""Ids of those that have a key, with its algorithm: the suite signs with RS256 unless told otherwise."""

SCOPES: Final = frozenset({"openid", "profile", "email", "address", "phone", "offline_access"})
GRANTS: Final = frozenset({"authorization_code", "implicit", "refresh_token"})
MODES: Final = frozenset({"query", "fragment", "form_post"})
SECOND_QUERY: Final = "?dummy1=lorem&dummy2=ipsum"
"""What the suite adds to its callback for its second client."""


def suite_clients(plan: Plan, credentials: Credentials) -> tuple[Client, ...]:
    """Return the suite's clients, their addresses below `plan.suite`."""
    return tuple(
        _client(plan, credentials, f"suite-{name}-{number}", method) for name, method in METHODS for number in (1, 2)
    )


def _client(plan: Plan, credentials: Credentials, client_id: str, method: AuthMethod) -> Client:
    callback = f"{plan.suite}/callback"
    with_key = method == "private_key_jwt"
    return Client(
        client_id=client_id,
        name=f"Suite de conformité ({client_id.removeprefix('suite-')})",
        first_party=False,
        token_endpoint_auth_method=method,
        token_endpoint_auth_signing_alg="RS256" if with_key else None,
        jwks=public_jwks(credentials.private_jwks[client_id]) if with_key else None,
        # The suite's assertions are for the token endpoint (OpenID Connect Core 1.0 section 9).
        legacy_assertion_audience=with_key,
        redirect_uris=(callback, callback + SECOND_QUERY),
        post_logout_redirect_uris=(f"{plan.suite}/post_logout_redirect",),
        grant_types=GRANTS,
        response_types=frozenset(get_args(ResponseType)),
        response_modes=MODES,
        scopes=SCOPES,
    )
