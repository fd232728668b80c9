"""What a right answer is, in words that are the same for both sides: who does less work would be quicker for nothing.

A shape is a dictionary of what was promised: the form of each token, its algorithm, the members of a document.
"""

import base64
import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from bench.peers.grounds import CALLBACK
from bench.peers.wrk import Spoiled
from bench.wire import Answer

Shape = Callable[[Answer], dict[str, str]]
_CLAIMS: Final = ("sub", "name", "given_name", "family_name", "email", "email_verified")
_ACTIVE: Final = ("active", "client_id", "exp", "iat", "scope", "token_type")
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "issuer")


def document(answer: Answer) -> dict[str, str]:
    """Look at a discovery document."""
    return _members(_json(answer, 200), _ENDPOINTS)


def keys(answer: Answer) -> dict[str, str]:
    """Look at a set of keys."""
    curves = {key.get("crv") for key in _json(answer, 200)["keys"]}
    return {"keys": "with P-256" if "P-256" in curves else "without P-256"}


def tokens(answer: Answer) -> dict[str, str]:
    """Look at an answer of the token endpoint."""
    issued = _json(answer, 200)
    return {name: token_form(value) for name, value in sorted(issued.items()) if name.endswith("_token")}


def refreshed(answer: Answer) -> dict[str, str]:
    """Look at what a refresh token gives; whether it is sent along once more is no work (RFC 6749 section 6)."""
    return {name: form for name, form in tokens(answer).items() if name != "refresh_token"}


def userinfo(answer: Answer) -> dict[str, str]:
    """Look at a member's claims."""
    return _members(_json(answer, 200), _CLAIMS)


def introspection(answer: Answer) -> dict[str, str]:
    """Look at what is said of a token."""
    told = _json(answer, 200)
    if told.get("active") is not True:
        raise Spoiled(f"a token that lives is not active: {told}")
    return _members(told, _ACTIVE)


def nothing(answer: Answer) -> dict[str, str]:
    """Look at an answer that says nothing but yes."""
    _expect(answer, 200)
    return {"status": "200"}


def pushed(answer: Answer) -> dict[str, str]:
    """Look at a pushed authorization request's answer."""
    return _members(_json(answer, 201), ("request_uri", "expires_in"))


def page(answer: Answer) -> dict[str, str]:
    """Look at where a browser that is signed in is sent."""
    location = urlsplit(answer.header("location"))
    told = parse_qs(location.query)
    if answer.status not in {302, 303} or f"{location.scheme}://{location.netloc}{location.path}" != CALLBACK:
        raise Spoiled(f"a browser that is signed in is not sent back: {answer.status} {answer.header('location')}")
    if "code" not in told:
        raise Spoiled(f"a browser that is signed in gets no code: {told}")
    return {"sent back with": " ".join(sorted(set(told) & {"code", "state", "iss"}))}


def token_form(token: str) -> str:
    """Return what kind of a token it is: opaque, or a JWT with its algorithm."""
    parts = token.split(".")
    if len(parts) != 3:
        return "opaque"
    head = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    return f"JWT {head['alg']}"


def _members(told: dict[str, Any], wanted: tuple[str, ...]) -> dict[str, str]:
    """Return which of the members that the work is about are there; more of them are each side's own affair."""
    return {"members": " ".join(name for name in wanted if name in told)}


def _json(answer: Answer, status: int) -> dict[str, Any]:
    _expect(answer, status)
    told: dict[str, Any] = json.loads(answer.body)
    return told


def _expect(answer: Answer, status: int) -> None:
    if answer.status != status:
        raise Spoiled(f"{answer.status} where {status} was expected: {answer.body[:300]!r}")
