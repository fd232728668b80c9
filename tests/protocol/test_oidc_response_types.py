"""Response types: their order, their modes, what they need."""

import pytest

from idp.protocol.oidc_response_types import MODES, SUPPORTED, canonical, default_mode, grant_types_of

BOTH = {"authorization_code", "implicit"}
NEEDS = {
    "code": {"authorization_code"},
    "id_token": {"implicit"},
    "id_token token": {"implicit"},
    "code id_token": BOTH,
    "code token": BOTH,
    "code id_token token": BOTH,
}


def test_every_type_needs_the_grant_types_of_the_registration_standard() -> None:
    """The table of OpenID Connect Dynamic Client Registration 1.0 section 2."""
    assert NEEDS == {name: grant_types_of(name) for name in SUPPORTED}


@pytest.mark.parametrize("name", SUPPORTED)
def test_the_order_of_words_means_nothing(name: str) -> None:
    """However they are spaced."""
    assert name == canonical(name)
    assert name == canonical("  ".join(reversed(name.split())))


def test_only_a_code_alone_may_come_in_a_query() -> None:
    """Everything else has a token in it."""
    assert {"code"} == {name for name in SUPPORTED if default_mode(name) == "query"}
    assert {"fragment"} == {default_mode(name) for name in SUPPORTED if name != "code"}
    assert {"query", "fragment", "form_post"} == set(MODES)
