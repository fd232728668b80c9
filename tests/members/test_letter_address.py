"""The postal address on the envelope."""

from typing import Any

import pytest

from idp.members.letter_address import LINES, WIDTH, postal_lines, printable
from tests.support.letters import ADDRESS, account


def lines(**address: Any) -> tuple[str, ...] | None:
    """Return the lines of a member at an address."""
    return postal_lines(account(address={**ADDRESS, **address}))


def test_an_address_is_name_street_and_locality_in_capitals() -> None:
    """The name a member uses stands first, the locality last."""
    assert ("CLAIRE DUBOIS", "12 rue des Lilas", "75007 PARIS") == lines()
    used = postal_lines(account(usage_name="Lefèvre", address=ADDRESS))
    assert used is not None
    assert "CLAIRE LEFÈVRE" == used[0]


def test_street_lines_stay_apart() -> None:
    """A line feed in the street is a line of the address."""
    found = lines(street_address="Résidence des Tilleuls\r\n12 rue des Lilas\nBP 90")
    assert ("Résidence des Tilleuls", "12 rue des Lilas", "BP 90") == (found or ())[1:4]


def test_the_line_of_the_locality_has_no_punctuation() -> None:
    """NF Z 10-011: capitals, and neither comma nor full stop."""
    assert (
        "78882 ST QUENTIN EN YVELINES CEDEX"
        == (lines(postal_code="78882", locality="St. Quentin en Yvelines, Cedex") or ())[-1]
    )


def test_a_country_is_written_when_it_is_not_france() -> None:
    """Abroad, the country stands alone on the last line, and a postal code may be missing."""
    found = lines(country="Irlande", postal_code="", locality="Dublin") or ()
    assert ("DUBLIN", "IRLANDE") == found[-2:]


@pytest.mark.parametrize(
    "missing",
    [{"street_address": ""}, {"street_address": None}, {"locality": ""}, {"postal_code": None}, {"locality": "\u200b"}],
)
def test_a_letter_that_would_not_arrive_has_no_address(missing: dict[str, Any]) -> None:
    """Without street, postal code or locality there is no letter."""
    assert lines(**missing) is None


def test_no_address_at_all() -> None:
    """A member without a postal address has no letter."""
    assert postal_lines(account(address=None)) is None


def test_long_lines_are_folded_and_too_many_refused() -> None:
    """Never more than six lines of 38 characters, and nothing cut off in silence."""
    found = lines(street_address="Bâtiment des Hirondelles entrée numéro quatre cinquième étage gauche")
    assert found is not None
    assert len(found) == 4
    assert all(len(line) <= WIDTH for line in found)
    assert lines(street_address="\n".join(["ligne"] * LINES)) is None


def test_what_the_font_does_not_hold_loses_its_accent() -> None:
    """French keeps every sign; others are written with the nearest letter; controls vanish."""
    assert "Œuvre d’Élise ŸŽ" == printable("Œuvre d’Élise ŸŽ")
    assert "Lukasz Sisman Dordic ?" == printable("Łukasz Şişman Đorđić 李".replace("\u0107", "c"))
    assert "ab c" == printable("a\u200bb\n\tc\x07")
