"""What pages call a country of birth."""

import re

from federation.cog.table import shipped
from idp.admin.console import countries


def test_named_in_the_language_of_the_page() -> None:
    """French, unless the page is in English; what is no code of the table stays as it is."""
    assert ("Maroc", "Morocco") == (countries.country("99350", "fr"), countries.country("99350", "en"))
    assert ["99999", "", "75107"] == [countries.country(code, "fr") for code in ("99999", "", "75107")]


def test_every_country_has_a_name_of_its_own() -> None:
    """No two codes look the same on a page, in either language; each is one of the COG's form."""
    named = countries._names()
    assert all(re.fullmatch("99[0-9]{3}", code) for code in named)
    for language in ("fr", "en"):
        names = {countries.country(code, language) for code in named}
        assert len(named) == len(names - {""})


def test_countries_that_changed_are_among_them() -> None:
    """Whatever country the comparison knows, the page can name."""
    compared = {code for pair in shipped().countries for code in pair}
    assert compared
    assert set() == compared - set(countries._names())


def test_a_list_to_choose_from() -> None:
    """France before all others, which stand in the order of their names, an accent or not."""
    for language, some in (("fr", ["Égypte", "Espagne", "Zambie"]), ("en", ["Egypt", "Spain", "Zambia"])):
        names = [name for _code, name in countries.countries(language)]
        assert ["France", "Afghanistan"] == names[:2]
        assert some == [name for name in names if name in some]
