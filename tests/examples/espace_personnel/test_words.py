"""Claims in plain French."""

import pytest

from examples.espace_personnel import french


class TestMoment:
    """Times for people."""

    def test_french_date_and_hour(self) -> None:
        """A time is written as a French person would say it."""
        assert french.moment(1780315200).startswith("lundi 1er juin 2026 à 1")


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
        assert expected == french.value(name, content)


class TestRows:
    """The table of claims."""

    def test_known_first_others_after(self) -> None:
        """Known claims come in a fixed order with a label, others after them under their own name."""
        rows = french.rows({"zzz": 1, "email": "a@example.org", "sub": "x"})
        assert ["sub", "email", "zzz"] == [row[0] for row in rows]
        assert "Adresse e-mail" == rows[1][1]


class TestSignInFacts:
    """How the member signed in."""

    def test_every_fact_is_optional(self) -> None:
        """An ID token without acr, amr or auth_time gives no fact."""
        assert [] == french.sign_in_facts({"sub": "x"})

    def test_password(self) -> None:
        """A password sign-in is told in words."""
        facts = french.sign_in_facts({"acr": "https://carpimko.com/acr/password", "amr": ["pwd"]})
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
        assert expected == french.greeting(profile)
