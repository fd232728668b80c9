"""The relying applications of the demonstration: one for each way to authenticate at the token endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.demo.credentials import Credentials
from idp.demo.plan import Plan
from idp.protocol.client import Client

SECRET_CLIENTS: Final = ("espace-personnel", "simulateur-retraite", "demo-scripts")
"""Ids of the clients that have a secret."""

ALL_SCOPES: Final = frozenset({"openid", "profile", "email", "address", "phone", "dossier", "offline_access"})
MACHINE_SCOPE: Final = "traitements"
"""A scope that a program has for itself: those of members are not for client_credentials (N-037)."""
ES256: Final = "ES256"
BASIC: Final = "client_secret_basic"
POST: Final = "client_secret_post"
KEY: Final = "private_key_jwt"
NONE: Final = "none"
CODE: Final = "authorization_code"
REFRESH: Final = "refresh_token"
CREDENTIALS: Final = "client_credentials"


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A client with what only its owner knows: a secret, a private JWK, or neither."""

    client: Client
    secret: str | None = None
    private_jwk: Mapping[str, Any] | None = None


def demo_clients(plan: Plan, credentials: Credentials) -> tuple[DemoClient, ...]:
    """Return the clients of one demonstration, their addresses on its ports."""
    base = plan.relying_party
    scripts = (f"{base}/callback-scripts", "http://127.0.0.1/callback")
    espace = Client(
        client_id="espace-personnel",
        name="Espace Personnel",
        first_party=True,
        token_endpoint_auth_method=BASIC,
        redirect_uris=(f"{base}/callback",),
        post_logout_redirect_uris=(f"{base}/signed-out",),
        grant_types=frozenset({CODE, REFRESH}),
        scopes=ALL_SCOPES,
        id_token_signed_response_alg=ES256,
        client_uri=f"{base}/",
        initiate_login_uri=f"{base}/sign-in",
    )
    documents = Client(
        client_id="mes-documents",
        name="Mes documents",
        first_party=True,
        token_endpoint_auth_method=NONE,
        redirect_uris=(f"{base}/documents/callback",),
        post_logout_redirect_uris=(f"{base}/documents/signed-out",),
        grant_types=frozenset({CODE, REFRESH}),
        scopes=frozenset({"openid", "profile", "dossier", "offline_access"}),
        id_token_signed_response_alg=ES256,
        client_uri=f"{base}/documents",
        initiate_login_uri=f"{base}/documents/sign-in",
    )
    simulateur = Client(
        client_id="simulateur-retraite",
        name="Cap Retraite",
        first_party=False,
        token_endpoint_auth_method=POST,
        redirect_uris=(f"{base}/simulateur/callback",),
        post_logout_redirect_uris=(f"{base}/simulateur/signed-out",),
        grant_types=frozenset({CODE}),
        scopes=frozenset({"openid", "profile", "email", "dossier"}),
        id_token_signed_response_alg=ES256,
        client_uri=f"{base}/simulateur",
        initiate_login_uri=f"{base}/simulateur/sign-in",
        description="Service indépendant de simulation de retraite.",
    )
    batch = Client(
        client_id="batch",
        name="Traitements de nuit",
        first_party=True,
        token_endpoint_auth_method=KEY,
        token_endpoint_auth_signing_alg=ES256,
        jwks={"keys": [_public(credentials.private_jwk)]},
        redirect_uris=scripts,
        post_logout_redirect_uris=(f"{base}/callback-scripts",),
        grant_types=frozenset({CREDENTIALS, CODE}),
        scopes=ALL_SCOPES | {MACHINE_SCOPE},
        id_token_signed_response_alg=ES256,
    )
    free = Client(
        client_id="demo-scripts",
        name="Essais par script",
        first_party=True,
        token_endpoint_auth_method=BASIC,
        redirect_uris=scripts,
        post_logout_redirect_uris=(f"{base}/callback-scripts",),
        grant_types=frozenset({CODE, REFRESH, CREDENTIALS}),
        scopes=ALL_SCOPES,
    )
    secrets = credentials.client_secrets
    return (
        DemoClient(espace, secret=secrets[espace.client_id]),
        DemoClient(documents),
        DemoClient(simulateur, secret=secrets[simulateur.client_id]),
        DemoClient(batch, private_jwk=credentials.private_jwk),
        DemoClient(free, secret=secrets[free.client_id]),
    )


def _public(private_jwk: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in private_jwk.items() if name != "d"}
