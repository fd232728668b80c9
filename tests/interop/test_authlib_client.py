"""A relying party that others wrote: Authlib's client on requests, from discovery to logout."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.demonstrations import Demonstration

SCOPE = "openid profile email dossier offline_access"


class Member:
    """A member's browser without scripts: follows redirects until the application's address."""

    def __init__(self, demonstration: Demonstration, *addresses: str) -> None:
        self._demonstration = demonstration
        self._addresses = addresses
        self._session = requests.Session()
        self._session.trust_env = False

    def go(self, url: str) -> str:
        """Open an address; return where the application is reached, having signed in and agreed where asked."""
        answer = self._session.get(url, allow_redirects=False, timeout=10)
        for _ in range(20):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["Location"])
                if target.startswith(self._addresses):
                    return target
                answer = self._session.get(target, allow_redirects=False, timeout=10)
            else:
                answer = self._fills_in(answer)
        raise AssertionError(f"no way back from {answer.url}")

    def _fills_in(self, page: requests.Response) -> requests.Response:
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert csrf is not None, page.text
        form = {"csrf": unescape(csrf[1])}
        if 'id="consent-allow"' in page.text:
            form |= {"decision": "allow"}
        else:
            elise = self._demonstration.person("elise")
            form |= {"situation": elise.situation, "dossier": elise.dossier, "password": elise.password}
        return self._session.post(page.url, data=form, allow_redirects=False, timeout=10)


@pytest.fixture(params=["espace-personnel", "mes-documents", "demo-scripts"])
def registered(demonstration: Demonstration, request: pytest.FixtureRequest) -> dict[str, Any]:
    """An application with a secret, a public one, and one that wants RS256."""
    return demonstration.client(request.param)


@pytest.fixture
def metadata(demonstration: Demonstration) -> dict[str, Any]:
    """What the provider says of itself."""
    document = _get(f"{demonstration.issuer}/.well-known/openid-configuration").json()
    assert demonstration.issuer == document["issuer"]
    return dict(document)


@pytest.fixture
def client(registered: dict[str, Any], metadata: dict[str, Any]) -> OAuth2Session:
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
    session.trust_env = False
    return session


def test_from_discovery_to_logout(
    demonstration: Demonstration, registered: dict[str, Any], metadata: dict[str, Any], client: OAuth2Session
) -> None:
    """Code and PKCE, the ID token, userinfo, refresh, revocation and logout all work as that client expects."""
    after = registered["post_logout_redirect_uris"][0]
    member = Member(demonstration, registered["redirect_uris"][0], after)
    verifier, nonce = generate_token(48), generate_token(24)
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, prompt="consent"
    )
    back = member.go(url)
    assert [demonstration.issuer] == parse_qs(urlsplit(back).query)["iss"]
    token = client.fetch_token(authorization_response=back, state=state, code_verifier=verifier)

    claims = _checked(token, metadata, registered, nonce)
    assert claims["sub"]
    userinfo = client.get(metadata["userinfo_endpoint"]).json()
    assert claims["sub"] == userinfo["sub"]
    assert demonstration.person("elise").dossier == userinfo["numero_dossier"]

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
    assert f"{after}?state=end" == member.go(str(request.prepare().url))


def test_code_without_its_verifier(
    demonstration: Demonstration, metadata: dict[str, Any], client: OAuth2Session, registered: dict[str, Any]
) -> None:
    """A code without the verifier of its challenge is worth nothing, and the error is one the client understands."""
    member = Member(demonstration, registered["redirect_uris"][0])
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=generate_token(48))
    with pytest.raises(OAuthError, match="invalid_grant"):
        client.fetch_token(
            authorization_response=member.go(url), state=state, code_verifier=generate_token(48), timeout=10
        )


def test_both_discovery_documents(demonstration: Demonstration, metadata: dict[str, Any]) -> None:
    """OpenID Connect's document and OAuth's (RFC 8414) agree, and their keys can be read."""
    other = _get(f"{demonstration.issuer}/.well-known/oauth-authorization-server").json()
    assert {} == {name: (value, metadata.get(name)) for name, value in other.items() if metadata.get(name) != value}
    keys = KeySet.import_key_set(_get(metadata["jwks_uri"]).json())
    assert keys.keys
    assert not any(key.is_private for key in keys.keys)


def _checked(token: dict[str, Any], metadata: dict[str, Any], registered: dict[str, Any], nonce: str) -> dict[str, Any]:
    """Return the claims of the ID token, checked by Authlib's own rules of OpenID Connect."""
    algorithm = registered["id_token_signed_response_alg"]
    keys = KeySet.import_key_set(_get(metadata["jwks_uri"]).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=[algorithm])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": metadata["issuer"]}, "aud": {"value": registered["client_id"]}},
        {"nonce": nonce, "client_id": registered["client_id"], "access_token": token["access_token"]},
    )
    claims.validate()
    return dict(claims)


def _get(url: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=10)
