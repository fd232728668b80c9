"""What a developer copies to sign members in to an application, library by library, with its own values.

A secret is never among them: each reads it from the environment. The libraries as of November 2026: Authlib 1.6 and
later, openid-client 6, Spring Security 6 and 7, mod_auth_openidc 2.4. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from string import Template
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

from idp.admin.registration import snippet_texts as texts
from idp.admin.registration.kinds import Kind, kind_of
from idp.protocol.client import Client
from idp.protocol.client_metadata.addresses import LOCAL_HOSTS
from idp.records import dataclass

Library = Literal["authlib", "openid-client", "spring", "mod_auth_openidc"]

LIBRARIES: Final[Mapping[Library, str]] = {
    "authlib": "Authlib (Flask)",
    "openid-client": "openid-client (Node.js)",
    "spring": "Spring Security",
    "mod_auth_openidc": "Apache mod_auth_openidc",
}
"""Each library as people call it."""

_TEXTS: Final[Mapping[tuple[Library, Kind], Mapping[str, str]]] = {
    ("authlib", "web"): {"app.py": texts.AUTHLIB},
    ("authlib", "machine"): {"token.py": texts.AUTHLIB_MACHINE},
    ("openid-client", "web"): {"app.mjs": texts.OPENID_CLIENT},
    ("openid-client", "spa"): {"sign-in.js": texts.OPENID_CLIENT_PAGE},
    ("openid-client", "machine"): {"token.mjs": texts.OPENID_CLIENT_MACHINE},
    ("spring", "web"): {"application.yml": texts.SPRING, "SignInConfiguration.java": texts.SPRING_JAVA},
    ("spring", "machine"): {"application.yml": texts.SPRING_MACHINE},
    ("mod_auth_openidc", "web"): {"site.conf": texts.APACHE},
}
_FILLS_IN: Final = frozenset({"spring", "mod_auth_openidc"})
"""Those whose files know `${NAME}`, whatever quotes stand around it: a value that holds one would become another,
the secret of the environment for one, and leave in an address."""
_SPRING_KNOWS: Final = frozenset({"RS256", "ES256", "PS256"})
_PATHS: Final[Mapping[str, tuple[str, str]]] = {
    "home": ("/", "/accueil"),
    "begin": ("/connexion", "/entrer"),
    "leave": ("/deconnexion", "/sortir"),
}
"""Where the pages of a program stand, and where else if members come back there already."""
_PORT: Final = 3000
"""Where a program listens whose return address is not of the developer's own machine."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """How one library is set up: files by name."""

    library: Library
    title: str
    files: Mapping[str, str]


def snippets(client: Client, issuer: str) -> Sequence[Snippet]:
    """Return what there is for an application; nothing for one that proves itself by a key, or lives on a device."""
    if client.token_endpoint_auth_method == "private_key_jwt":
        return ()
    kind, values = kind_of(client), _values(client, issuer)
    found = []
    for library, title in LIBRARIES.items():
        files = _TEXTS.get((library, kind))
        if files is None or (library == "spring" and client.id_token_signed_response_alg not in _SPRING_KNOWS):
            continue
        if library in _FILLS_IN and any("{" in one for one in (*client.redirect_uris[:1], *client.scopes)):
            continue
        filled = {name: _filled(text, values) for name, text in files.items()}
        found.append(Snippet(library, title, filled))
    return found


def _values(client: Client, issuer: str) -> dict[str, str]:
    """Return every value as it stands in a program: JSON's strings are those of Python, JavaScript and YAML too."""
    uri = client.redirect_uris[0] if client.redirect_uris else ""
    back = urlsplit(uri)
    plain = {
        "issuer": issuer,
        "discovery": f"{issuer}/.well-known/openid-configuration",
        "client_id": client.client_id,
        "redirect_uri": uri,
        "path": back.path or "/",
        "scope": " ".join(sorted(client.scopes, key=lambda name: (name != "openid", name))),
        "scopes": ",".join(sorted(client.scopes)),
        "method": client.token_endpoint_auth_method,
        "algorithm": client.id_token_signed_response_alg,
        "resource": client.audiences[0] if client.audiences else "",
    }
    plain |= {name: own if own != plain["path"] else other for name, (own, other) in _PATHS.items()}
    values = {name: json.dumps(value) for name, value in plain.items()}
    post = client.token_endpoint_auth_method == "client_secret_post"
    insecure = issuer.startswith("http:")
    values |= {
        "word": client.id_token_signed_response_alg,
        "bare_method": client.token_endpoint_auth_method,
        "authentication": "ClientSecretPost" if post else "ClientSecretBasic",
        "options": "\n  { execute: [client.allowInsecureRequests] }," if insecure else "",
        "python_resource": f", resource={values['resource']}" if client.audiences else "",
        "parameters": json.dumps({name: plain[name] for name in ("scope", "resource") if plain[name]}),
        "port": str(_port(back)),
        "python_secure": str(back.scheme == "https"),
    }
    return values | _claims(client) | _sign_out(client, back, plain, values)


def _port(back: SplitResult) -> int:
    if back.hostname not in LOCAL_HOSTS:
        return _PORT
    return back.port or (80 if back.scheme == "http" else _PORT)


def _claims(client: Client) -> dict[str, str]:
    """Return how a program has the member's claims: at userinfo, unless that is signed and read by few libraries."""
    plain = client.userinfo_signed_response_alg is None and client.userinfo_encrypted_response_alg is None
    return {
        "python_claims": texts.AUTHLIB_USERINFO if plain else texts.AUTHLIB_ID_TOKEN,
        "node_claims": texts.OPENID_CLIENT_USERINFO if plain else texts.OPENID_CLIENT_ID_TOKEN,
    }


def _sign_out(client: Client, back: SplitResult, paths: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Return the parts that end the provider's session too: empty where no address after sign-out is registered."""
    homes = [paths["home"]]
    if not client.post_logout_redirect_uris:
        parts = ("urlencode", "kept", "also", "leave")
        none = (*(f"python_{one}" for one in parts), "node_kept", "node_leave", "page_leave")
        return dict.fromkeys(none, "") | {"node_homes": values["home"]}
    uri = client.post_logout_redirect_uris[0]
    after = urlsplit(uri)
    path = after.path or "/"
    own = {paths[name] for name in ("path", *_PATHS)}
    if (after.scheme, after.netloc) == (back.scheme, back.netloc) and path not in own:
        homes.append(path)
    known = {**values, "logout_uri": json.dumps(uri)}
    return {
        "python_urlencode": "from urllib.parse import urlencode\n",
        "python_kept": '\n    session["id_token"] = token["id_token"]',
        "python_also": "".join(f"\n@app.get({json.dumps(one)})" for one in homes[1:]),
        "python_leave": _filled(texts.AUTHLIB_LEAVE, known),
        "node_kept": "\n    request.session.id_token = tokens.id_token;",
        "node_homes": json.dumps(homes if homes[1:] else homes[0]),
        "node_leave": _filled(texts.OPENID_CLIENT_LEAVE, known),
        "page_leave": f"\n<p><a href={values['leave']}>Se déconnecter</a></p>",
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    return Template(text).substitute(values)
