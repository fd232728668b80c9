"""Scopes that are nearly a standard one are told apart from those that are, and from those that are like none."""

import pytest

from idp.protocol.scope_slips import slips


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("profil", "profile"),
        ("profiles", "profile"),
        ("porfile", "profile"),
        ("Profile", "profile"),
        ("emial", "email"),
        ("xemail", "email"),
        ("phon3", "phone"),
        ("openId", "openid"),
        ("offline-access", "offline_access"),
        ("profile", None),
        ("admin:members", None),
        ("rente.read", None),
        ("mail.send", None),
        ("e", None),
    ],
)
def test_one_slip(scope: str, expected: str | None) -> None:
    """A letter more, less or otherwise, two that changed places, or capitals."""
    assert ([] if expected is None else [(scope, expected)]) == slips({scope, "openid"})
