"""GET /client-logo: our copy of an application's logo, from our own origin, as a picture and nothing else."""

from typing import Final

from idp.protocol.messages import Reply, Request, json_reply
from idp.services.client_logos import Logos

_HEADERS: Final = (
    # The address changes with the picture.
    ("Cache-Control", "public, max-age=86400, immutable"),
    ("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class ClientLogoEndpoint:
    """The copies by client id; the door adds `nosniff`."""

    def __init__(self, logos: Logos) -> None:
        self._logos = logos

    def __call__(self, request: Request) -> Reply:
        """Answer with the picture, or 404."""
        logo = self._logos.get(request.query.get("client_id") or "")
        # An earlier picture's address must not be kept with the present picture.
        if logo is None or request.query.get("v") != logo.digest[:16]:
            return json_reply(404, {"error": "not_found"})
        return Reply(200, (("Content-Type", logo.media_type), *_HEADERS), logo.body)
