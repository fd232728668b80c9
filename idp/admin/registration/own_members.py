"""The house's own members: what no specification names and no application may decide for itself."""

import re
from typing import Final

from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.members import Member
from idp.protocol.client_metadata.refusal import MetadataRefused
from idp.protocol.client_metadata.values import flag, strings, text
from idp.protocol.redirect_uri import fault, sent_origin

LONGEST_DESCRIPTION: Final = 500
_RESOURCE: Final = re.compile(r"[a-z][a-z0-9+.-]*:[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7e]{1,1000}")
"""An absolute URI without a fragment (RFC 8707 section 2)."""
_listed: Final = strings()


def origins(name: str, sent: object, choices: Choices) -> frozenset[str]:
    """Read whose pages may call the machines' endpoints: exact strings are compared, so only what browsers send."""
    found: tuple[str, ...] = _listed(name, sent, choices)
    for position, one in enumerate(found, 1):
        if sent_origin(one) != one or fault(one, native=False, local_http=choices.local_http) is not None:
            reason = "must be an origin as browsers send it, such as https://app.example.org, without a path"
            raise MetadataRefused(name, reason, position=position)
    return frozenset(found)


def resource(name: str, sent: object, _choices: Choices) -> str:
    """Read the name of a resource server."""
    if not isinstance(sent, str) or not _RESOURCE.fullmatch(sent):
        raise MetadataRefused(name, "must be an absolute URI without a fragment, such as https://api.example.org")
    return sent


def resources(name: str, sent: object, choices: Choices) -> tuple[str, ...]:
    """Read names of resource servers."""
    found: tuple[str, ...] = _listed(name, sent, choices)
    return tuple(resource(name, one, choices) for one in found)


OWN: Final = (
    Member("description", "description", text(LONGEST_DESCRIPTION)),
    Member("first_party", "first_party", flag),
    Member("origins", "origins", origins, lists=True),
    Member("audiences", "audiences", resources),
    Member("resource_server", "resource_server", resource),
    Member("pkce_exempt", "pkce_exempt", flag),
    Member("legacy_assertion_audience", "legacy_assertion_audience", flag),
)
"""The members, as `idp.protocol.client.Client` explains them."""

OWN_BY_NAME: Final = {member.name: member for member in OWN}
