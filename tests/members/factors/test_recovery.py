"""Recovery codes as they are drawn, printed, typed and stored."""

import secrets

from idp.members.factors.recovery import COUNT, digest, draw, printed, read


def test_codes_are_drawn_printed_and_read_back() -> None:
    """Ten different ones, in groups of four, typed in any case and with any dash."""
    codes = draw(secrets.randbelow)
    assert COUNT == len(set(codes))
    for code in codes:
        shown = printed(code)
        assert [4, 4, 4] == [len(part) for part in shown.split("-")]
        assert code == read(shown) == read(f" {shown.lower().replace('-', ' – ')} ")


def test_what_cannot_be_a_code_is_none() -> None:
    """Too short, too long, or with a letter that is never drawn."""
    assert [None] * 4 == [read(typed) for typed in ("", "ABCD-2345", "ABCD-2345-WXYZ-2", "ABCD-2345-WXY0")]


def test_a_digest_is_of_one_account_and_one_key() -> None:
    """The same code of two members is stored otherwise."""
    digests = {digest(key, account, "ABCD2345WXYZ") for key in (b"k" * 32, b"x" * 32) for account in ("a", "b")}
    assert 4 == len(digests)
    assert {64} == {len(one) for one in digests}
