"""The checkup: each check of a registration alone, and the two that call the application."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet

from idp.protocol.client import Client, ClientSecret
from idp.services.checkup import ENDS_SOON, Checkup, Finding
from idp.services.outgoing import Failure, OutgoingFailed

NOW = 1_700_000_000
SOUND = Client(
    "app",
    "Appli",
    first_party=True,
    redirect_uris=("https://app.example.org/cb",),
    post_logout_redirect_uris=("https://app.example.org/bye",),
    backchannel_logout_uri="https://app.example.org/logout",
    secrets=(ClientSecret("d", 1),),
)
JWKS_URI = "https://app.example.org/jwks"


def nobody(_url: str) -> bytes:
    """Reach nothing."""
    raise OutgoingFailed(Failure.UNREACHABLE)


def examined(
    client: Client, fetch: Callable[[str], bytes] = nobody, told: tuple[str, int] = ("status_200", 12)
) -> dict[str, Finding]:
    """Return what each check found; none finds two things of the clients here."""
    found = Checkup(fetch, lambda _client: told, lambda: NOW).run(client)
    assert len(found) == len({one.check for one in found})
    return {one.check: one for one in found}


def test_a_sound_application() -> None:
    """Nothing is said but good, of everything that concerns it."""
    found = examined(SOUND)
    assert {"good"} == {one.state for one in found.values()}
    assert {"enabled", "redirect_uris", "pkce", "authentication", "scopes", "logout_return", "back_channel"} == set(
        found
    )
    assert Finding("back_channel", "good", "status_200", "12") == found["back_channel"]


@pytest.mark.parametrize(
    ("changes", "check", "state", "aspect"),
    [
        ({"enabled": False}, "enabled", "bad", ""),
        ({"redirect_uris": ()}, "redirect_uris", "bad", "none"),
        ({"redirect_uris": ("https://app.example.org/*",)}, "redirect_uris", "warning", "star"),
        ({"redirect_uris": ("http://app.example.org/cb",)}, "redirect_uris", "bad", "not_https"),
        ({"redirect_uris": ("http://localhost/cb",)}, "redirect_uris", "warning", "local"),
        ({"redirect_uris": ("org.app:/cb",), "application_type": "native"}, "redirect_uris", "good", ""),
        ({"response_types": frozenset({"code id_token token"})}, "response_types", "warning", "token_in_browser"),
        ({"pkce_exempt": True}, "pkce", "warning", "exempt"),
        ({"secrets": ()}, "authentication", "bad", "no_secret"),
        ({"secrets": (ClientSecret("d", 1, NOW),)}, "authentication", "bad", "no_secret"),
        ({"secrets": (ClientSecret("d", 1, NOW + ENDS_SOON - 1),)}, "authentication", "warning", "secret_ends"),
        ({"secrets": (ClientSecret("d", 1, NOW + 9), ClientSecret("e", 2))}, "authentication", "good", ""),
        ({"scopes": frozenset({"profile"})}, "scopes", "warning", "no_openid"),
        ({"scopes": frozenset({"openid", "offline_access"})}, "scopes", "warning", "no_refresh_token"),
        (
            {"scopes": frozenset({"openid"}), "grant_types": frozenset({"authorization_code", "refresh_token"})},
            "scopes",
            "warning",
            "no_offline_access",
        ),
        ({"post_logout_redirect_uris": ()}, "logout_return", "warning", "none"),
        ({"backchannel_logout_uri": None}, "back_channel", "warning", "none"),
        ({"subject_type": "pairwise"}, "subjects", "good", ""),
        ({"first_party": False}, "subjects", "warning", "public"),
        (
            {"subject_type": "pairwise", "redirect_uris": ("https://a.example/cb", "https://b.example/cb")},
            "subjects",
            "bad",
            "no_sector",
        ),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "keys", "bad", "none"),
        ({"jwks_uri": JWKS_URI}, "keys", "bad", "unreachable"),
    ],
)
def test_what_is_wrong(changes: dict[str, Any], check: str, state: str, aspect: str) -> None:
    """One check says it, and how grave it is."""
    found = examined(replace(SOUND, **changes))[check]
    assert (state, aspect) == (found.state, found.aspect)


def test_a_machine() -> None:
    """What concerns people is not asked of an application that signs in nobody."""
    machine = replace(
        SOUND, grant_types=frozenset({"client_credentials"}), response_types=frozenset(), redirect_uris=()
    )
    assert {"enabled", "authentication", "scopes", "back_channel"} == set(examined(machine))


@pytest.mark.parametrize(
    ("told", "state"), [("status_204", "good"), ("status_400", "warning"), ("status_500", "bad"), ("deadline", "bad")]
)
def test_how_a_logout_is_taken(told: str, state: str) -> None:
    """400 may be right for a session that never was; anything else but a success is wrong."""
    assert state == examined(SOUND, told=(told, 5))["back_channel"].state


def test_keys() -> None:
    """Keys are read now: a set that is none, keys that do not fit, and keys that cannot be told apart are said."""
    own = [ECKey.generate_key("P-256", {"kid": str(number)}) for number in range(2)]
    client = replace(SOUND, jwks_uri=JWKS_URI, token_endpoint_auth_method="private_key_jwt", secrets=())

    def found(document: bytes, **changes: Any) -> tuple[str, str]:
        one = examined(replace(client, **changes), lambda _url: document)["keys"]
        return one.state, one.aspect

    def published(*keys: ECKey) -> bytes:
        return str(KeySet(list(keys)).as_dict(private=False)).replace("'", '"').encode()

    assert ("good", "") == found(published(*own))
    assert ("bad", "no_usable_key") == found(published(*own), token_endpoint_auth_signing_alg="RS256")
    assert ("bad", "no_usable_key") == found(b'{"keys": []}')
    assert ("bad", "no_key_set") == found(b"<html>")
    bare = published(*own).replace(b'"kid": "1", ', b"").replace(b', "kid": "1"', b"")
    assert ("warning", "without_kid") == found(bare)


def test_a_status_is_told() -> None:
    """An address of keys that answers something else than a document says with which status."""

    def gone(_url: str) -> bytes:
        raise OutgoingFailed(Failure.STATUS, 404)

    assert "status_404" == examined(replace(SOUND, jwks_uri=JWKS_URI), gone)["keys"].aspect
