"""What a form becomes at the edge, and how it proves that it is ours."""

import pytest

from idp.web.forms import LONGEST_PASSWORD, LoginForm, issue_csrf, same_origin, verify_csrf

KEY = bytes(range(32))
OWN = "https://idp.example"


def form(situation: str = "affilie", dossier: str = "1234567", password: str = "secret") -> LoginForm:
    """Return a posted form as read."""
    return LoginForm.parse({"situation": situation, "dossier": dossier, "password": password})


@pytest.mark.parametrize(
    "typed",
    [
        "1234567",
        " 123 45 67 ",
        "1.234.567",
        "123-45-67",
        "123\u00a045\u202f67",
        "１２３４５６７",
        "١٢٣٤٥٦٧",
        "123\u200b4567\ufeff",
        "123\u20114567",
        "123–4567",
    ],
)
def test_one_number_has_one_spelling(typed: str) -> None:
    """Separators, invisible marks and other scripts' digits all end as the same seven ASCII digits (V-53)."""
    read = form(dossier=typed)
    assert "1234567" == read.dossier
    assert read.valid


@pytest.mark.parametrize("typed", ["angela.dubois@example.org", "angela＠example.org"])
def test_an_email_address_is_shown_as_typed_and_told_from_a_number(typed: str) -> None:
    """Without its dots it would be another address, and "only digits" says nothing of what is asked for."""
    read = form(dossier=typed)
    assert (typed, True) == (read.dossier, "adresse e-mail" in read.errors["dossier"])


@pytest.mark.parametrize(("typed", "shown"), [("12-34", "12-34"), ("AB 12", "AB 12"), ("12\x003\ud800", "12?3?")])
def test_what_cannot_be_a_number_comes_back_as_typed(typed: str, shown: str) -> None:
    """Whoever made a slip finds it; what no page can hold is marked."""
    assert shown == form(dossier=typed).dossier


def test_nine_digits_for_an_ayant_droit() -> None:
    """An ayant droit's number has nine digits."""
    assert form("ayant_droit", "123 456 789").valid


@pytest.mark.parametrize(
    ("situation", "dossier", "password", "wrong"),
    [
        ("", "1234567", "x", {"situation"}),
        ("director", "1234567", "x", {"situation"}),
        ("affilie", "", "x", {"dossier"}),
        ("affilie", "123456789", "x", {"dossier"}),
        ("affilie", "123456", "x", {"dossier"}),
        ("ayant_droit", "1234567", "x", {"dossier"}),
        ("affilie", "abcdefg", "x", {"dossier"}),
        ("affilie", "²²²²²²²x", "x", {"dossier"}),
        ("affilie", "1234567" * 1000, "x", {"dossier"}),
        ("", "12", "x", {"situation", "dossier"}),
        ("affilie", "1234567", "", {"password"}),
        ("", "", "", {"situation", "dossier", "password"}),
    ],
)
def test_each_fault_is_said_of_its_field(situation: str, dossier: str, password: str, wrong: set[str]) -> None:
    """A missing or impossible value makes a message for that field and no other (N-161)."""
    read = form(situation, dossier, password)
    assert wrong == set(read.errors)
    assert not read.valid


@pytest.mark.parametrize(
    ("field", "word"),
    [("situation", "affilié ou ayant droit"), ("dossier", "numéro de dossier"), ("password", "mot de passe")],
)
def test_a_message_names_its_field(field: str, word: str) -> None:
    """Each message can be understood away from its field."""
    assert word in LoginForm.parse({}).errors[field]


def test_a_number_of_the_other_situation_suggests_it() -> None:
    """Nine digits typed as an affilié are met by the choice that fits them."""
    assert "« Ayant droit »" in form("affilie", "123456789").errors["dossier"]
    assert "« Affilié »" in form("ayant_droit", "1234567").errors["dossier"]


@pytest.mark.parametrize("password", ["  blanks  ", "\ttab", "é" * LONGEST_PASSWORD, "\u00a0"])
def test_a_password_is_kept_as_typed(password: str) -> None:
    """Nothing is trimmed or normalised away from a password."""
    assert password == form(password=password).password


def test_a_password_beyond_the_limit_is_refused_not_cut() -> None:
    """257 characters make a message; nothing of them is kept (C-02)."""
    read = form(password="a" * (LONGEST_PASSWORD + 1))
    assert {"password"} == set(read.errors)
    assert "" == read.password


def test_a_password_is_never_shown_again() -> None:
    """The form shown under a message has no password, and a representation never has one."""
    read = form(password="hunter2")
    assert "hunter2" not in repr(read)
    assert "" == read.failed("Non.").password
    assert "Non." == read.failed("Non.").error_summary
    assert "1234567" == read.failed("Non.").dossier


@pytest.mark.parametrize(
    ("dossier", "situation"), [("", ""), ("1234567", "affilie"), ("123456789", "ayant_droit"), ("12", "")]
)
def test_a_number_already_known_says_the_situation(dossier: str, situation: str) -> None:
    """What the application said of the number is not asked again (N-168)."""
    assert situation == LoginForm.empty(dossier=dossier).situation
    assert not LoginForm.empty(dossier=dossier).errors


def test_a_token_fits_its_browser_purpose_and_key_only() -> None:
    """A token of another browser, form or key is refused (N-127)."""
    token = issue_csrf(KEY, "browser", "connexion:1")
    assert verify_csrf(KEY, "browser", "connexion:1", token)
    assert not verify_csrf(KEY, "another", "connexion:1", token)
    assert not verify_csrf(KEY, "browser", "connexion:2", token)
    assert not verify_csrf(bytes(32), "browser", "connexion:1", token)


def test_browser_and_purpose_do_not_run_together() -> None:
    """Moving characters from one part to the other makes another token."""
    assert issue_csrf(KEY, "ab", "c") != issue_csrf(KEY, "a", "bc")


@pytest.mark.parametrize("sent", ["", "x", "é", "\udcff", "=" * 100_000])
def test_junk_is_no_token(sent: str) -> None:
    """Whatever is sent in its place, the answer is no and never an exception."""
    assert not verify_csrf(KEY, "browser", "connexion:1", sent)


@pytest.mark.parametrize(
    ("ours", "origin", "site"),
    [
        (True, OWN, "same-origin"),
        (True, "null", "same-origin"),  # what no-referrer pages send to themselves
        (True, None, "same-origin"),
        (True, OWN, None),
        (True, None, None),  # an old browser: the token alone decides
        (True, OWN, "none"),
        (False, "https://evil.example", "same-origin"),
        (False, "https://evil.example", None),
        (False, OWN, "cross-site"),
        (False, "null", "cross-site"),
        (False, OWN, "same-site"),
        (False, "http://idp.example", None),
        (False, "", None),
        (False, OWN, ""),
    ],
)
def test_a_form_comes_from_our_own_page(ours: bool, origin: str | None, site: str | None) -> None:
    """Another origin, another site or a sibling host is refused whatever the other header says (N-127)."""
    assert ours == same_origin(OWN, origin=origin, sec_fetch_site=site)
