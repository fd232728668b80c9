"""Messages to members, as their templates read."""

from typing import get_args

import jinja2
import pytest

from idp.members.desk_notices import What as DeskWhat
from idp.members.factors.notices import What as FactorWhat
from tests.support.gallery import TEMPLATES

VALUES = {
    "dossier": "916352001",
    "provider": "FranceConnect",
    "linked_at": "1764000000",
    "name": "Angela <Dubois>",
    "help": {"phone": "01 30 48 10 00"},
}


def templates() -> jinja2.Environment:
    """Return the templates as messages are made of them; any value that one is not given fails the test."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = lambda seconds, locale: f"{seconds}@{locale}"
    return environment


def rendered(part: str, language: str) -> str:
    """Return one part of the message about a new link."""
    return templates().get_template(f"mail/linked.{part}").render(lang=language, **VALUES)


@pytest.mark.parametrize(("language", "words"), [("fr", "Ce n’était pas vous"), ("en", "Was it not you")])
@pytest.mark.parametrize("part", ["txt", "html"])
def test_a_link_is_told_with_what_to_do(part: str, language: str, words: str) -> None:
    """Both parts say which account, when, and whom to call if it was not the member (N-100)."""
    text = rendered(part, language).replace("\u00a0", " ")
    assert words in text
    assert "FranceConnect" in text
    assert f"1764000000@{language}" in text
    assert "01 30 48 10 00" in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_dossier_number_is_masked_and_nothing_is_to_be_clicked(language: str) -> None:
    """A message that is read by another gives no whole number, and teaches no one to follow links."""
    for part in ("txt", "html"):
        text = rendered(part, language)
        assert "91•••01" in text
        assert "916352001" not in text
        assert "href" not in text
        assert "://" not in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_subject_is_one_line(language: str) -> None:
    """The subject is a single line that names the fund."""
    subject = rendered("subject.txt", language)
    assert 1 == len(subject.splitlines())
    assert "CARPIMKO" in subject


ENDED = VALUES | {"unlinked_at": "1764000000", "reason": "desk"}


@pytest.mark.parametrize(
    ("language", "password", "ways_in"),
    [
        (
            "fr",
            "mot de passe restent valables",
            ("mot de passe l’ouvrent toujours", "« Mot de passe oublié ou première"),
        ),
        ("en", "and password still work", ("and password still do", "“Forgotten password or first sign-in”")),
    ],
)
@pytest.mark.parametrize("part", ["txt", "html"])
def test_a_password_is_named_only_where_one_opens_the_account(
    part: str, language: str, password: str, ways_in: tuple[str, str]
) -> None:
    """Who has none is told how to get one, and the paragraphs stay apart; a message queued without the answer too."""

    def read(template: str, **values: str) -> str:
        return templates().get_template(f"mail/{template}.{part}").render(lang=language, **ENDED, **values)

    assert password in read("linked", by_password="yes")
    assert (True, False) == tuple(one in read("unlinked", by_password="yes") for one in ways_in)
    for none in ({"by_password": ""}, {}):
        assert password not in read("linked", **none)
        assert (False, True) == tuple(one in read("unlinked", **none) for one in ways_in)
        assert part == "html" or [5, 5] == [read(one, **none).count("\n\n") for one in ("linked", "unlinked")]


def test_a_name_is_text_in_html() -> None:
    """A name cannot add markup to a message."""
    assert "Angela &lt;Dubois&gt;" in rendered("html", "fr")


CHANGES = ("password_changed", "email_changed", "contact_changed", "new_device", "reported")
VALUES_OF_ALL = VALUES | {
    "changed_at": "1764000000",
    "expires_at": "1764000000",
    "secret": "ABCD-EFGH-JKMN-PQRS",
    "link": "https://id.example.org/adresse-e-mail/token",
    "issuer": "https://id.example.org",
    "signed_in_at": "1764000000",
    "reported_at": "1764000000",
    "method": "password",
    "browser": "Firefox",
    "system": "Windows",
    "network": "192.0.2.x",
    "suspended": "yes",
    "removed": "yes",
}


def part_of(template: str, part: str, language: str) -> str:
    """Return one part of a message; any value it is not given fails the test."""
    return templates().get_template(f"mail/{template}.{part}").render(lang=language, **VALUES_OF_ALL)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("template", [*CHANGES, "provisional", "email_proof"])
def test_each_message_says_when_and_whom_to_call_and_masks_the_number(template: str, language: str) -> None:
    """Both parts, both languages; the whole dossier number is never beside a secret (D8)."""
    assert 1 == len(part_of(template, "subject.txt", language).splitlines())
    for part in ("txt", "html"):
        text = part_of(template, part, language)
        assert f"1764000000@{language}" in text
        assert "01 30 48 10 00" in text
        assert "91•••01" in text
        assert "916352001" not in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_only_the_proof_of_an_address_has_a_link(language: str) -> None:
    """Nobody is taught to follow links to a password."""
    for part in ("txt", "html"):
        assert [] == [one for one in (*CHANGES, "provisional") if "://" in part_of(one, part, language)]
        assert "https://id.example.org/adresse-e-mail/token" in part_of("email_proof", part, language)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_provisional_password_is_in_both_parts_and_not_in_the_subject(language: str) -> None:
    """A subject shows on locked screens."""
    assert "ABCD-EFGH-JKMN-PQRS" in part_of("provisional", "txt", language)
    assert "ABCD-EFGH-JKMN-PQRS" in part_of("provisional", "html", language)
    assert "ABCD" not in part_of("provisional", "subject.txt", language)


def test_an_address_that_is_not_proven_learns_no_name() -> None:
    """A mistyped address belongs to somebody else."""
    for part in ("txt", "html"):
        assert "Angela" not in part_of("email_proof", part, "fr")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("template", "what"),
    [
        *(("second_factor", what) for what in get_args(FactorWhat)),
        *(("desk_act", what) for what in get_args(DeskWhat)),
    ],
)
def test_each_change_of_the_second_factor_and_each_act_of_the_desk_is_told(
    template: str, what: str, language: str
) -> None:
    """What happened, when, to which account, and whom to call; nothing to click, no code (N-100)."""
    values = {"what": what, "kind": "passkey", "left": "2", "changed_at": "1764000000", **VALUES}
    subject, *parts = (
        templates().get_template(f"mail/{template}.{part}").render(lang=language, **values)
        for part in ("subject.txt", "txt", "html")
    )
    assert 1 == len(subject.strip().splitlines())
    assert len("CARPIMKO : ") + 5 < len(subject.strip())
    for text in parts:
        assert f"1764000000@{language}" in text
        assert "91•••01" in text
        assert "916352001" not in text
        assert "01 30 48 10 00" in text
        assert "://" not in text
