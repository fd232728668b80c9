"""How FranceConnect makes `sub`: pairwise, from the civil identity alone, whatever the identity provider."""

import base64
import hashlib
from collections.abc import Mapping

_FRANCE = "99100"


def identity_hash(claims: Mapping[str, str | list[str]]) -> str:
    """Hash the six pivot fields. JavaScript's "binary" encoding keeps the low byte of each UTF-16 unit.

    So a corrected first name, birth name, gender or birthplace gives another subject; a usage name does not.
    """
    birthplace = claims.get("birthplace", "") if claims.get("birthcountry") == _FRANCE else ""
    fields = (
        claims.get("given_name", ""),
        claims.get("family_name", ""),
        claims.get("birthdate", ""),
        claims.get("gender", ""),
        birthplace,
        claims.get("birthcountry", ""),
    )
    text = "".join(str(field) for field in fields)
    binary = text.encode("utf-16-le")[::2]
    return base64.b64encode(hashlib.sha256(binary).digest()).decode()


def pairwise_subject(sector: str, claims: Mapping[str, str | list[str]], secret: str) -> str:
    """Return the 66-character subject of a person for the service providers of one sector."""
    text = f"{sector}{identity_hash(claims)}{secret}"
    return f"{hashlib.sha256(text.encode()).hexdigest()}v1"
