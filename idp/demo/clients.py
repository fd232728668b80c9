"""The relying applications of the demonstration: one for each way to authenticate at the token endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.admin.roles import Role
from idp.demo import suite
from idp.demo.credentials import Credentials
from idp.demo.keys import public_jwks
from idp.demo.plan import Plan
from idp.protocol.client import Client
from idp.protocol.names import ADMIN_API, ADMIN_SCOPE

API_CLIENT: Final = "admin-api"
"""Id of the program that may call the administrators' REST API."""
SECRET_CLIENTS: Final = ("espace-personnel", "simulateur-retraite", "demo-scripts", API_CLIENT)
"""Ids of the clients that have a secret."""
KEY_CLIENTS: Final = {"batch": "ES256"}
"""Ids of the clients that have a key, with its algorithm."""

ALL_SCOPES: Final = frozenset({"openid", "profile", "email", "address", "phone", "dossier", "offline_access"})
API_SCOPES: Final = tuple(f"{ADMIN_SCOPE}{role.value}" for role in Role)
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
        backchannel_logout_uri=f"{base}/back-channel-logout",
        backchannel_logout_session_required=True,
        grant_types=frozenset({CODE, REFRESH}),
        scopes=ALL_SCOPES,
        id_token_signed_response_alg=ES256,
        client_uri=f"{base}/",
        initiate_login_uri=f"{base}/sign-in",
        description="Vos cotisations, vos droits et vos démarches.",
    )
    documents = Client(
        client_id="mes-documents",
        name="Mes documents",
        first_party=True,
        token_endpoint_auth_method=NONE,
        redirect_uris=(f"{base}/documents/callback",),
        post_logout_redirect_uris=(f"{base}/documents/signed-out",),
        backchannel_logout_uri=f"{base}/documents/back-channel-logout",
        backchannel_logout_session_required=True,
        grant_types=frozenset({CODE, REFRESH}),
        scopes=frozenset({"openid", "profile", "dossier", "offline_access"}),
        id_token_signed_response_alg=ES256,
        client_uri=f"{base}/documents",
        initiate_login_uri=f"{base}/documents/sign-in",
        logo_uri=f"{plan.issuer}/static/img/documents.svg",
        description="Vos attestations, vos relevés et vos courriers.",
    )
    simulateur = Client(
        client_id="simulateur-retraite",
        name="Cap Retraite",
        first_party=False,
        subject_type="pairwise",
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
        jwks=public_jwks(credentials.private_jwks["batch"]),
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
    administration = Client(
        client_id=API_CLIENT,
        name="Programmes d’administration",
        first_party=True,
        token_endpoint_auth_method=BASIC,
        response_types=frozenset(),
        grant_types=frozenset({CREDENTIALS}),
        scopes=frozenset(API_SCOPES),
        id_token_signed_response_alg=ES256,
        audiences=(f"{plan.issuer}{ADMIN_API}",),
    )
    clients = [espace, documents, simulateur, batch, free, administration]
    if plan.open_registration:
        clients += suite.suite_clients(plan, credentials)
    return tuple(
        DemoClient(
            client,
            secret=credentials.client_secrets.get(client.client_id),
            private_jwk=credentials.private_jwks.get(client.client_id),
        )
        for client in clients
    )


def secret_clients(plan: Plan) -> tuple[str, ...]:
    """Return the ids of the clients of a demonstration that have a secret."""
    return (*SECRET_CLIENTS, *suite.SECRET_CLIENTS) if plan.open_registration else SECRET_CLIENTS


def key_clients(plan: Plan) -> dict[str, str]:
    """Return the ids of the clients of a demonstration that have a key, with its algorithm."""
    return {**KEY_CLIENTS, **(suite.KEY_CLIENTS if plan.open_registration else {})}
