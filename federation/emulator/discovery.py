"""The discovery document of each platform, FranceConnect's misleading members included.

The real documents announce PKCE and response modes that the parameter white list then refuses; a client that trusts
them blindly must fail here too.
"""

from typing import Any

from federation.emulator.config import ENCRYPTION_ALGORITHMS
from federation.emulator.platforms import Platform


def discovery_document(issuer: str, platform: Platform) -> dict[str, Any]:
    """Return the provider metadata for an issuer without trailing slash."""
    signing = list(platform.signing_algorithms())
    if not platform.encrypted:
        signing.insert(0, "HS256")
    claims = sorted({name for names in platform.scopes.values() for name in names} | {"sub", "acr"})
    document = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "revocation_endpoint": f"{issuer}/token/revocation",
        "end_session_endpoint": f"{issuer}/session/end",
        "acr_values_supported": list(platform.levels),
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
        "scopes_supported": sorted(platform.scopes),
        "subject_types_supported": ["pairwise"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256"],
        "userinfo_signing_alg_values_supported": signing,
    }
    if platform.encrypted:
        for kind in ("id_token", "userinfo"):
            document[f"{kind}_encryption_alg_values_supported"] = [*ENCRYPTION_ALGORITHMS, "RSA-OAEP-256"]
            document[f"{kind}_encryption_enc_values_supported"] = ["A256GCM"]
    return document
