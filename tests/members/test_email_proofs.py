"""Contact addresses as they are typed."""

import pytest

from idp.members.email_proofs import clean, same


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("angela@example.org", "angela@example.org"),
        ("  Angela.Dubois+caisse@Example.ORG ", "Angela.Dubois+caisse@example.org"),
        ("o'neill@mail.example.co.uk", "o'neill@mail.example.co.uk"),
    ],
)
def test_an_address_keeps_its_name_and_loses_its_blanks(typed: str, read: str) -> None:
    """The part before the @ is the owner's business; the domain has no case (RFC 5321 section 2.4)."""
    assert read == clean(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "angela",
        "angela@",
        "@example.org",
        "angela@example",
        "angela@-example.org",
        "angela@exa mple.org",
        "angela@example.org\r\nBcc: all@example.org",
        "a@b@example.org",
        "angela@example.org, other@example.org",
        "Angela <angela@example.org>",
        "angéla@example.org",
        "a" * 65 + "@example.org",
        "a@" + "b" * 250 + ".org",
        "a..b@example.org",
        "angela@127.0.0.1",
        '"<b>angela</b>"@example.org',
        "\x00@example.org",
    ],
)
def test_what_cannot_be_one_address_is_none(typed: str) -> None:
    """One recipient or none, nothing that could reach a header (N-132)."""
    assert clean(typed) is None


def test_case_makes_no_other_mailbox() -> None:
    """Nobody is asked to prove the same address in other letters."""
    assert same("Angela@Example.org", "angela@example.org")
    assert not same("angela@example.org", None)
