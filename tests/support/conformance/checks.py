"""What every module of the suite checks on its way: answers in their channel, codes, ID tokens, claims, errors.

A warning of the suite is a failure here. Sources: OpenID Connect Core 1.0 sections 2, 3.1 to 3.3 and 5.1, RFC 6749
sections 4.1.2.1 and 5.2, RFC 9207.
"""

import math
import re
import string
import time
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from tests.support.conformance.browser import Callback
from tests.support.conformance.runs import Run

YEAR: Final = 365 * 86400
SUCCESS: Final = frozenset(
    {"code", "state", "iss", "session_state", "access_token", "token_type", "expires_in", "id_token", "scope"}
)
FAILURE: Final = frozenset({"error", "error_description", "error_uri", "state", "session_state", "iss"})
ID_TOKEN_CLAIMS: Final = frozenset(
    {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "s_hash", "nbf"}
    | {"jti", "sid", "txn"}
)
NOBODY: Final = ("login_required", "interaction_required", "consent_required", "account_selection_required")
"""What a silent request may answer when nobody is signed in (OpenID Connect Core 1.0 section 3.1.2.6)."""
PROFILE: Final = frozenset(
    {"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture"}
    | {"website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"}
)
SCOPES: Final[Mapping[str, frozenset[str]]] = {
    "profile": PROFILE,
    "email": frozenset({"email", "email_verified"}),
    "address": frozenset({"address"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
}
_DESCRIPTION: Final = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")
"""RFC 6749 section 4.1.2.1: no double quote, no backslash, ASCII alone."""


def arrival(run: Run, callback: Callback, issuer: str, own_query: Mapping[str, str]) -> Mapping[str, str]:
    """Return the answer's parameters, which stand in the one right channel and name their issuer."""
    query = {name: value for name, value in callback.query.items() if own_query.get(name) != value}
    assert own_query.items() <= callback.query.items(), "the query of the registered address survives"
    channels = {"query": query, "fragment": callback.fragment, "form": callback.form or {}}
    assert (run.channel == "form") == (callback.form is not None)
    parameters = channels.pop(run.channel)
    assert [{}, {}] == list(channels.values()), "nothing arrives by another way"
    assert issuer == parameters.get("iss", issuer)
    return parameters


def success(run: Run, parameters: Mapping[str, str]) -> None:
    """Everything that the response type promises is there, nothing else, and hard to guess."""
    assert "error" not in parameters, parameters
    assert set(parameters) <= SUCCESS
    promised = {"code": "code", "token": "access_token", "id_token": "id_token"}
    assert {promised[word] for word in run.types} == set(promised.values()) & parameters.keys()
    for name in ("code", "access_token"):
        if name in parameters:
            hard_to_guess(parameters[name])
    if "access_token" in parameters:
        assert "bearer" == parameters["token_type"].lower()
        assert 0 < int(parameters["expires_in"]) <= YEAR


def failure(parameters: Mapping[str, str], errors: Collection[str]) -> None:
    """The answer is one of these errors, and nothing of a success is with it."""
    assert parameters.get("error") in errors, parameters
    assert set(parameters) <= FAILURE
    described(parameters)


def described(error: Mapping[str, Any]) -> None:
    """The sentence beside an error keeps to the characters that it may have."""
    assert _DESCRIPTION.fullmatch(error.get("error_description", ""))


def refused(answer: requests.Response, errors: Collection[str], status: int = 400) -> None:
    """An endpoint for machines answers with one of these errors, as JSON that nobody stores."""
    assert status == answer.status_code, answer.text
    assert "application/json" == answer.headers["Content-Type"].partition(";")[0]
    assert "no-store" in answer.headers["Cache-Control"]
    body = answer.json()
    assert body["error"] in errors, body
    described(body)


def hard_to_guess(value: str) -> None:
    """At least 128 bits long, and by its letters' frequencies more than 96 bits of them are chance."""
    counts = Counter(value)
    entropy = -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
    assert len(value) * 8 >= 128
    assert entropy * len(value) > 96


def token_answer(answer: requests.Response) -> dict[str, Any]:
    """Return a good answer of the token endpoint."""
    assert 200 == answer.status_code, answer.text
    assert "application/json" == answer.headers["Content-Type"].partition(";")[0]
    assert "no-store" in answer.headers["Cache-Control"]
    tokens: dict[str, Any] = answer.json()
    assert "bearer" == tokens["token_type"].lower()
    hard_to_guess(tokens["access_token"])
    assert isinstance(tokens["expires_in"], int)
    assert 0 < tokens["expires_in"] <= YEAR
    if "refresh_token" in tokens:
        hard_to_guess(tokens["refresh_token"])
    return tokens


def id_token(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str | None, besides: Collection[str] = ()
) -> None:
    """The claims of an ID token are those of the standard and of what was asked, each of its type."""
    now = time.time()
    assert issuer == claims["iss"]
    assert claims["aud"] in (client_id, [client_id])
    assert now < claims["exp"] < now + YEAR
    assert abs(now - claims["iat"]) < 300
    assert nonce == claims.get("nonce")
    if "auth_time" in claims:
        assert now - YEAR < claims["auth_time"] <= now + 1
    if "acr" in claims:
        assert isinstance(claims["acr"], str)
        assert claims["acr"]
    subject(claims["sub"])
    assert set(claims) - ID_TOKEN_CLAIMS - set(besides) == set()
    typed(claims)


def subject(value: object) -> None:
    """A subject is at most 255 ASCII characters."""
    assert isinstance(value, str)
    assert value.isascii()
    assert 0 < len(value) <= 255


def typed(claims: Mapping[str, Any]) -> None:
    """Every claim about a member has the type of the standard and says something."""
    for name in set().union(*SCOPES.values()) & claims.keys():
        value = claims[name]
        if name.endswith("_verified"):
            assert isinstance(value, bool), name
        elif name == "updated_at":
            assert isinstance(value, int), name
        elif name == "address":
            assert value, name
            assert all(_says_something(part) for part in value.values()), name
        else:
            assert _says_something(value), name
    if "birthdate" in claims:
        born = claims["birthdate"]
        assert re.fullmatch(r"[0-9]{4}", born) or born == date.fromisoformat(born).isoformat()
    for name in {"profile", "picture", "website"} & claims.keys():
        assert urlsplit(claims[name]).scheme in {"https", "http"}


def _says_something(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.strip().lower() != "null"


def long_text(length: int, draw: Any) -> str:
    """Return a state or nonce of a length, which ends in the marks that an address need not escape."""
    letters = string.ascii_letters + string.digits
    return "".join(draw(letters) for _ in range(length - 4)) + "-._~"
