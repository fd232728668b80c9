"""Claims in words."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from examples.espace_personnel import words


@pytest.fixture(autouse=True)
def reads(app: Flask) -> Iterator[Callable[[str], None]]:
    """A page is being answered, to somebody who reads French; returns how to read another language."""
    open_pages = [app.test_request_context(headers={"Accept-Language": "fr"})]

    def read(language: str) -> None:
        open_pages.append(app.test_request_context(headers={"Accept-Language": language}))
        open_pages[-1].push()

    open_pages[0].push()
    yield read
    while open_pages:
        open_pages.pop().pop()


def test_what_is_somebodys_own_is_not_translated(reads: Callable[[str], None]) -> None:
    """A family name, a level or a means that happens to be a word of the page stays as it is; known values do not."""
    reads("en")
    assert "Portrait" == words.value("family_name", "Portrait")
    assert "Surnom" == words.value("gender", "Surnom")
    assert "Female" not in words.value("given_name", "Femme")
    facts = words.sign_in_facts({"acr": "Surnom", "amr": ["Surnom", "pwd"]})
    assert ["Surnom", "Surnom, password"] == [content for _name, _label, content in facts]


class TestMoment:
    """Times for people."""

    def test_french_date_and_hour(self) -> None:
        """A time is written as a French person would say it."""
        assert words.moment(1780315200).startswith("lundi 1er juin 2026 à 1")

    def test_english_date_and_hour(self, reads: Callable[[str], None]) -> None:
        """And for who reads English, the day before the month."""
        reads("en")
        assert words.moment(1780315200).startswith("Monday 1 June 2026, 1")


class TestValue:
    """One claim."""

    @pytest.mark.parametrize(
        ("name", "content", "expected"),
        [
            ("situation", "ayant_droit", "Ayant droit"),
            ("email_verified", True, "oui"),
            ("email_verified", False, "non"),
            ("gender", "female", "Femme"),
            ("address", {"street_address": "1 rue", "locality": "PARIS"}, "1 rue, PARIS"),
            ("address", {"formatted": "1 rue PARIS"}, "1 rue PARIS"),
            ("birthdate", "1962-08-24", "24 août 1962"),
            ("birthdate", "1962-08-01", "1er août 1962"),
            ("birthdate", "1962-08-11", "11 août 1962"),
            ("birthdate", "1962-00-00", "1962-00-00"),
            ("groups", ["a", "b"], "a, b"),
            ("unknown", 3, "3"),
        ],
    )
    def test_in_words(self, name: str, content: object, expected: str) -> None:
        """Each kind of value has its words."""
        assert expected == words.value(name, content)

    def test_in_english(self, reads: Callable[[str], None]) -> None:
        """The same in the other language; what nobody translates stays."""
        reads("en-GB,fr;q=0.5")
        shown = [words.value("situation", "affilie"), words.value("email_verified", True), words.value("unknown", "x")]
        assert ["Member (affilié)", "yes", "x"] == shown
        assert "1 August 1962" == words.value("birthdate", "1962-08-01")


class TestRows:
    """The table of claims."""

    def test_known_first_others_after(self) -> None:
        """Known claims come in a fixed order with a label, others after them under their own name."""
        rows = words.rows({"zzz": 1, "email": "a@example.org", "sub": "x"})
        assert ["sub", "email", "zzz"] == [row[0] for row in rows]
        assert "Adresse e-mail" == rows[1][1]


class TestSignInFacts:
    """How the member signed in."""

    def test_every_fact_is_optional(self) -> None:
        """An ID token without acr, amr or auth_time gives no fact."""
        assert [] == words.sign_in_facts({"sub": "x"})

    def test_password(self) -> None:
        """A password sign-in is told in words."""
        facts = words.sign_in_facts({"acr": "https://carpimko.com/acr/password", "amr": ["pwd"]})
        assert [
            ("acr", "Niveau de garantie", "Mot de passe de la CARPIMKO"),
            ("amr", "Moyen utilisé", "Mot de passe"),
        ] == facts


class TestGreeting:
    """The name to greet by."""

    @pytest.mark.parametrize(
        ("profile", "expected"),
        [
            ({"given_name": "Angela", "family_name": "DUBOIS"}, "Angela DUBOIS"),
            ({"given_name": "Jean Marie", "family_name": "DE LA TOUR"}, "Jean Marie DE LA TOUR"),
            ({"given_name": "Sophie", "family_name": "MARTIN", "preferred_username": "BERNARD"}, "Sophie BERNARD"),
            ({"name": "Angela Dubois"}, "Angela Dubois"),
            ({}, ""),
        ],
    )
    def test_parts_are_optional(self, profile: dict[str, str], expected: str) -> None:
        """The given name as it is, spaces and all, and the usage name; nothing at all is no error."""
        assert expected == words.greeting(profile)
