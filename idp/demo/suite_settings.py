"""What the OpenID Foundation's suite is told of the demonstration: with clients of its own, or with ours.

Either is pasted as it stands into the suite's JSON tab (`docs/conformance.md`). The browser's part says what every page
asks: the suite fills plain forms by the ids that the pages promise (`idp/demo/contract.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

PERSONA: Final = "elise"
"""The persona who has every standard claim."""
SECONDS: Final = 10
_CALLBACK: Final = "/callback"
"""How the suite's own addresses for answers end."""
_PICTURE: Final = "update-image-placeholder-optional"
"""Makes the suite keep a picture of the page where the module wants one."""


def configurations(issuer: str, suite: str, persona: Mapping[str, Any], clients: Sequence[Any]) -> dict[str, Any]:
    """Return the configurations, by the kind of client.

    Args:
        issuer: the provider.
        suite: where the suite's callbacks are; its last part is the alias.
        persona: who signs in, as the contract tells of them.
        clients: the contract's clients.
    """
    alias = suite.rpartition("/")[2]
    common: dict[str, Any] = {
        "alias": alias,
        "server": {"discoveryUrl": f"{issuer}/.well-known/openid-configuration"},
        "browser": browser(issuer, suite, persona),
    }
    by_id = {client["client_id"]: client for client in clients}
    return {
        "dynamic": {**common, "client": {"client_name": f"suite {alias}"}},
        "static": {
            **common,
            "client": _client(by_id["suite-basic-1"]),
            "client2": _client(by_id["suite-basic-2"]),
            "client_secret_post": _client(by_id["suite-post-1"]),
        },
        "static_private_key_jwt": {
            **common,
            "client": _client(by_id["suite-key-1"]),
            "client2": _client(by_id["suite-key-2"]),
        },
    }


def browser(issuer: str, suite: str, persona: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the suite's browser does on each page; every page may also not come.

    A task ends where the next page is known to be there: the browser goes away after the last, whatever it was loading.
    """
    sign_in: list[list[Any]] = [
        _pictured("sign-in-form"),
        ["click", "id", f"situation-{persona['situation'].replace('_', '-')}"],
        ["text", "id", "dossier", persona["dossier"]],
        ["text", "id", "password", persona["password"]],
        ["click", "id", "sign-in"],
        _until("/consentement/", _CALLBACK),
    ]
    agree = [["click", "id", "consent-allow"], _until(_CALLBACK)]
    # A page of frames asks nothing. No picture of the question: what a module wants to see is the page after it.
    leave = [["click", "id", "logout-confirm", "optional"], _until("/deconnexion/fin", "/post_logout_redirect")]
    return [
        {
            "match": f"{issuer}/authorize*",
            "tasks": [
                _task("Sign in", f"{issuer}/connexion/*", sign_in),
                _task("Agree", f"{issuer}/consentement/*", agree),
                _task("Error page", f"{issuer}/authorize*", [_pictured("error-reference")]),
                # The suite's page has still to hand on what stands in a fragment.
                _task("Back at the suite", f"{suite}/callback*", [["wait", "id", "submission_complete", SECONDS]]),
            ],
        },
        {
            "match": f"{issuer}/logout*",
            "tasks": [
                _task("Sign out", f"{issuer}/logout*", leave),
                _task("Signed out", f"{issuer}/deconnexion/fin*", [_pictured("sign-in-again")]),
            ],
        },
    ]


def _task(name: str, match: str, commands: Sequence[Sequence[Any]]) -> dict[str, Any]:
    return {"task": name, "match": match, "optional": True, "commands": [list(command) for command in commands]}


def _until(*parts: str) -> list[Any]:
    """Wait until the address has one of these parts (a regular expression of the suite)."""
    return ["wait", "match", "|".join(parts), SECONDS]


def _pictured(element: str) -> list[Any]:
    return ["wait", "id", element, SECONDS, ".*", _PICTURE]


def _client(entry: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"client_id": entry["client_id"], "scope": "openid"}
    if "client_secret" in entry:
        told["client_secret"] = entry["client_secret"]
    if "private_jwk" in entry:
        told["jwks"] = {"keys": [entry["private_jwk"]]}
    return told
