"""Names that several rooms share: scopes and their claims, acr and amr values, situations.

Sources: OpenID Connect Core 1.0 section 5.4, RFC 8176 (amr), eIDAS levels as FranceConnect names them.
"""

from typing import Final

SCOPE_CLAIMS: Final[dict[str, tuple[str, ...]]] = {
    "openid": ("sub",),
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
    "dossier": ("numero_dossier", "situation"),
    "offline_access": (),
}
"""Each scope with the claims it opens at userinfo (OpenID Connect Core 5.4; `dossier` is the fund's own)."""

OFFLINE_ACCESS: Final = "offline_access"
"""The scope with which a client asks for a refresh token (OpenID Connect Core 1.0 section 11)."""

ACR_PASSWORD: Final = "https://carpimko.com/acr/password"
"""A password alone: the fund's own level, below eIDAS low."""

ACR_EIDAS1: Final = "eidas1"
"""eIDAS low, the level FranceConnect standard always returns."""

ACR_TWO_FACTORS: Final = "https://carpimko.com/acr/two-factors"
"""Two factors, the second one of ours: a code, a recovery code or a passkey, after whatever came first."""

AMR_PASSWORD: Final = "pwd"
AMR_FEDERATION: Final = "fc"
AMR_CODE: Final = "otp"
AMR_HARDWARE: Final = "hwk"
"""A key that stays on one device."""
AMR_SOFTWARE: Final = "swk"
"""A key that its owner's devices share."""
AMR_USER: Final = "user"
"""The device asked for a finger, a face or a code."""
AMR_SEVERAL: Final = "mfa"

STAFF: Final = "administration"
"""The `situation` of an account that is the fund's staff's; no dossier has it, and no form names it."""

ADMIN_API: Final = "/admin/api/v1"
"""Where the administrators' API is, below the issuer; the two together are the resource that its tokens name."""

ADMIN_SCOPE: Final = "admin:"
"""How the scopes of that API begin; a role follows. No member's application can have one."""
