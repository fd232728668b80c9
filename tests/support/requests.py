"""Authorization requests for tests: a sound one, and what is changed in it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from idp.protocol.client import Client
from idp.protocol.messages import Parameters

CALLBACK = "https://app.example.org/callback"

CLIENT = Client(
    client_id="espace",
    name="Espace Personnel",
    first_party=True,
    redirect_uris=(CALLBACK,),
    post_logout_redirect_uris=("https://app.example.org/bye",),
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scopes=frozenset({"openid", "profile", "email", "dossier", "offline_access"}),
)

SOUND = {
    "response_type": "code",
    "client_id": "espace",
    "redirect_uri": CALLBACK,
    "scope": "openid profile",
    "state": "af0ifjsldkj-._~",
    "nonce": "n-0S6_WzA2Mj",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


def parameters(**changes: str | None) -> Parameters:
    """Return the sound request with members changed, or removed where None."""
    merged = {**SOUND, **changes}
    return Parameters.of({name: value for name, value in merged.items() if value is not None})


def finder(*clients: Client) -> Callable[[str], Client | None]:
    """Return a `find_client` over the given clients, the sound one by default."""
    known = {client.client_id: client for client in (clients or (CLIENT,))}
    return known.get


def client(**changes: Any) -> Client:
    """Return the sound client with members changed."""
    return replace(CLIENT, **changes)
