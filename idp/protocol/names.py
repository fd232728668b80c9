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

ACR_PASSWORD: Final = "https://carpimko.com/acr/password"
"""A password alone: the fund's own level, below eIDAS low."""

ACR_EIDAS1: Final = "eidas1"
"""eIDAS low, the level FranceConnect standard always returns."""

ACR_ORDER: Final[tuple[str, ...]] = (ACR_PASSWORD, ACR_EIDAS1)
"""Levels from the weakest to the strongest."""

AMR_PASSWORD: Final = "pwd"
AMR_FEDERATION: Final = "fc"
