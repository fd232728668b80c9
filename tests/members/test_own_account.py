"""What a member sees of the account, and the rules behind its changes, without a page."""

import pytest

from idp.members.own_account import spoken
from idp.members.own_email import Email


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("+33123456789", "01 23 45 67 89"),
        ("+33639980018", "06 39 98 00 18"),
        ("+3212345678", "+3212345678"),
        ("+331234567890", "+331234567890"),
        ("01 23", "01 23"),
        ("", ""),
    ],
)
def test_a_french_number_is_written_as_french_people_do(stored: str, read: str) -> None:
    """Ten digits in pairs that do not part; other numbers stay as they are on file."""
    assert read.replace(" ", "\u00a0" if read.startswith("0") and read != "01 23" else " ") == spoken(stored)


@pytest.mark.parametrize(
    ("email", "attention"),
    [
        (Email(), "none"),
        (Email("a@example.org"), "unproven"),
        (Email("a@example.org", proven=True), ""),
        (Email("a@example.org", proven=True, pending="b@example.org"), "waiting"),
        (Email(pending="b@example.org"), "waiting"),
    ],
)
def test_one_thing_at_a_time_asks_for_attention(email: Email, attention: str) -> None:
    """A link that waits comes first: following it settles the rest."""
    assert attention == email.attention
