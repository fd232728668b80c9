"""A relying party that others wrote: Authlib's client on requests, from discovery to logout."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt

from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.house import House
from tests.support.demonstrations import Demonstration

SCOPE = "openid profile email dossier offline_access"


@pytest.fixture(params=["espace-personnel", "mes-documents", "demo-scripts"])
def registered(demonstration: Demonstration, request: pytest.FixtureRequest) -> dict[str, Any]:
    """An application with a secret, a public one, and one that wants RS256."""
    return demonstration.client(request.param)


@pytest.fixture
def metadata(house: House) -> dict[str, Any]:
    """What the provider says of itself."""
    assert house.issuer == house.metadata["issuer"]
    return house.metadata


@pytest.fixture
def client(house: House, registered: dict[str, Any], metadata: dict[str, Any]) -> OAuth2Session:
    """Authlib's client, set up from the contract and discovery alone."""
    session = OAuth2Session(
        registered["client_id"],
        registered.get("client_secret"),
        token_endpoint_auth_method=registered["token_endpoint_auth_method"],
        scope=" ".join(sorted(set(SCOPE.split()) & set(registered["scope"].split()))),
        redirect_uri=registered["redirect_uris"][0],
        code_challenge_method="S256",
        token_endpoint=metadata["token_endpoint"],
    )
    session.trust_env, session.verify = False, house.authority
    return session


def test_from_discovery_to_logout(
    house: House, registered: dict[str, Any], metadata: dict[str, Any], client: OAuth2Session
) -> None:
    """Code and PKCE, the ID token, userinfo, refresh, revocation and logout all work as that client expects."""
    after = registered["post_logout_redirect_uris"][0]
    member = house.browser()
    verifier, nonce = generate_token(48), generate_token(24)
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, prompt="consent"
    )
    back = arrival(member, url)
    assert [house.issuer] == parse_qs(urlsplit(back).query)["iss"]
    token = client.fetch_token(authorization_response=back, state=state, code_verifier=verifier)

    claims = _checked(house, token, registered, nonce)
    assert claims["sub"]
    userinfo = client.get(metadata["userinfo_endpoint"]).json()
    assert claims["sub"] == userinfo["sub"]
    assert house.demonstration.person("elise").dossier == userinfo["numero_dossier"]

    if "refresh_token" in registered["grant_types"]:
        renewed = client.refresh_token(refresh_token=token["refresh_token"])
        assert token["access_token"] != renewed["access_token"]
        assert userinfo == client.get(metadata["userinfo_endpoint"]).json()

    assert client.revoke_token(metadata["revocation_endpoint"], token=client.token["access_token"]).status_code == 200
    assert client.get(metadata["userinfo_endpoint"]).status_code == 401

    request = requests.Request(
        "GET",
        metadata["end_session_endpoint"],
        params={"id_token_hint": token["id_token"], "post_logout_redirect_uri": after, "state": "end"},
    )
    assert f"{after}?state=end" == arrival(member, str(request.prepare().url))


def test_code_without_its_verifier(house: House, metadata: dict[str, Any], client: OAuth2Session) -> None:
    """A code without the verifier of its challenge is worth nothing, and the error is one the client understands."""
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=generate_token(48))
    with pytest.raises(OAuthError, match="invalid_grant"):
        client.fetch_token(
            authorization_response=arrival(house.browser(), url),
            state=state,
            code_verifier=generate_token(48),
            timeout=10,
        )


def test_both_discovery_documents(house: House, metadata: dict[str, Any]) -> None:
    """OpenID Connect's document and OAuth's (RFC 8414) agree, and their keys can be read."""
    other = house.send("GET", f"{house.issuer}/.well-known/oauth-authorization-server").json()
    assert {} == {name: (value, metadata.get(name)) for name, value in other.items() if metadata.get(name) != value}
    assert house.keys.keys
    assert not any(key.is_private for key in house.keys.keys)


def arrival(member: SuiteBrowser, url: str) -> str:
    """Send a member off; return where the application is reached, having signed in and agreed where asked."""
    callback = member.go(url).callback
    assert callback is not None
    return callback.url


def _checked(house: House, token: dict[str, Any], registered: dict[str, Any], nonce: str) -> dict[str, Any]:
    """Return the claims of the ID token, checked by Authlib's own rules of OpenID Connect."""
    algorithm = registered["id_token_signed_response_alg"]
    decoded = jwt.decode(token["id_token"], house.keys, algorithms=[algorithm])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": house.issuer}, "aud": {"value": registered["client_id"]}},
        {"nonce": nonce, "client_id": registered["client_id"], "access_token": token["access_token"]},
    )
    claims.validate()
    return dict(claims)
