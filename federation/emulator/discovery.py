"""The discovery document of FranceConnect's standard platform, misleading members included.

The real document announces PKCE and response modes that the parameter white list then refuses; a client that
trusts it blindly must fail here too.
"""

from typing import Any

from federation.emulator.scopes import KNOWN_SCOPES, SCOPE_CLAIMS


def discovery_document(issuer: str) -> dict[str, Any]:
    """Return the provider metadata for an issuer without trailing slash."""
    signing = ["HS256", "ES256", "RS256"]
    claims = sorted({name for names in SCOPE_CLAIMS.values() for name in names} | {"sub", "acr"})
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "revocation_endpoint": f"{issuer}/token/revocation",
        "end_session_endpoint": f"{issuer}/session/end",
        "acr_values_supported": ["eidas1"],
        "authorization_response_iss_parameter_supported": True,
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
        "claims_supported": claims,
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code"],
        "id_token_signing_alg_values_supported": signing,
        "request_parameter_supported": False,
        "response_modes_supported": ["form_post", "fragment", "query"],
        "response_types_supported": ["code"],
        "scopes_supported": sorted(KNOWN_SCOPES),
        "subject_types_supported": ["pairwise"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256"],
        "userinfo_signing_alg_values_supported": signing,
    }
