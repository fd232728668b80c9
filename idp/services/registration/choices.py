"""What an application that registers by itself may choose from: less than what the provider does."""

from collections.abc import Mapping
from typing import Any

from idp.protocol.client_metadata.choices import Choices


def choices_of_anybody(server: Mapping[str, Any], response_types: tuple[str, ...], scopes: tuple[str, ...]) -> Choices:
    """Return the choices.

    Nobody acts for itself here: client credentials have the scopes of the house's own services.

    Args:
        server: the discovery document.
        response_types: `registration.response_types` of the settings.
        scopes: `registration.scopes` of the settings.
    """
    whole = Choices.whole(server)
    kept = tuple(one for one in whole.response_types if one in response_types)
    grants = ["authorization_code", "refresh_token"]
    if any(set(one.split()) & {"token", "id_token"} for one in kept):
        grants.append("implicit")
    return Choices(
        server=server,
        grant_types=tuple(one for one in grants if one in whole.grant_types),
        response_types=kept,
        scopes=tuple(one for one in whole.scopes if one in scopes),
        local_http=whole.local_http,
    )
