"""The other side: npm's oidc-provider with an adapter for Redis, in as many processes."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from bench.peers.grounds import CALLBACK, CLIENT, PROCESSES, RESOURCE, SCOPE, Grounds
from bench.peers.sides import DISCOVERY, Side, endpoints
from tests.support import processes
from tests.support.cast import ISSUER
from tests.support.node import installed, node
from tests.support.sources import ROOT

NAME = "oidc-provider"
PACKAGE = ROOT / "bench" / "peers" / "node"
_DAY = 86400


def configuration(grounds: Grounds, port: int) -> dict[str, object]:
    """Return what `provider.mjs` reads: our client, our key, our lifetimes."""
    return {
        "issuer": ISSUER,
        "port": port,
        "processes": PROCESSES,
        "redis": grounds.socket,
        "cookieKey": secrets.token_urlsafe(32),
        "scope": SCOPE,
        "resource": RESOURCE,
        "ttl": {
            "AccessToken": 300,
            "AuthorizationCode": 60,
            "ClientCredentials": 300,
            "IdToken": 300,
            "RefreshToken": _DAY,
            "Session": _DAY,
            "Grant": _DAY,
            "Interaction": 3600,
            "PushedAuthorizationRequest": 60,
        },
        "jwks": {"keys": [grounds.jwk]},
        "clients": [
            {
                "client_id": CLIENT,
                "client_secret": grounds.secret,
                "redirect_uris": [CALLBACK],
                "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
                "id_token_signed_response_alg": "ES256",
                "scope": f"openid profile email offline_access {SCOPE}",
            }
        ],
    }


@contextmanager
def running(grounds: Grounds) -> Iterator[Side]:
    """Run it; its packages are installed once, as locked."""
    port = processes.free_port()
    told = grounds.folder / f"peer-{port}.json"
    told.write_text(json.dumps(configuration(grounds, port)), encoding="utf-8")
    told.chmod(0o600)
    program = processes.start(
        [node(), "provider.mjs", str(told)],
        grounds.folder / f"peer-{port}.log",
        cwd=installed(PACKAGE),
        env={"NODE_ENV": "production"},
    )
    try:
        program.wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}{DISCOVERY}"), 60)
        yield Side(NAME, port, endpoints(port), program)
    finally:
        program.stop()
