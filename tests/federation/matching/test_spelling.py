"""What is set aside when names are compared."""

import pytest

from federation.matching.spelling import bare, nearly, normalise, set_aside, unabbreviated, written_out


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("  D’ŒUVRE-Lÿs ", ("d", "oeuvre", "lys")),
        ("Ǆamonja", ("dzamonja",)),
        ("Ĳsbrand", ("ijsbrand",)),
        ("O\u200dNEILL", ("oneill",)),
        ("Jean (dit Jeannot)", ("jean", "dit", "jeannot")),
        ("½ - _", ("1", "2")),
        ("Ахмед", ("ахмед",)),
        ("", ()),
    ],
)
def test_normalise(name: str, expected: tuple[str, ...]) -> None:
    """A name is its words, in small letters without signs; other scripts keep their letters."""
    assert expected == normalise(name)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Dupré", " DUPRÉ ", "same"),
        ("d'Or", "D’OR", "same"),
        ("Le-Goff", "LE GOFF", "separators"),
        ("Dupré", "DUPRE", "accents"),
        ("Dupré-Lys", "DUPRE LYS", "accents"),
    ],
)
def test_set_aside(one: str, other: str, expected: str) -> None:
    """The evidence of a link tells what had to be set aside."""
    assert expected == set_aside(one, other)


def test_particles() -> None:
    """Particles are dropped from a name, never a whole name."""
    assert ("tour", "auvergne") == bare(normalise("de la Tour d'Auvergne"))
    assert ("le",) == bare(("le",))


def test_other_ways_to_write() -> None:
    """Saint is abbreviated, umlauts are written out."""
    assert ("saint", "pierre") == unabbreviated(("st", "pierre"))
    assert ["mueller", "mueller"] == [written_out("MÜLLER"), written_out("Mu\u0308ller")]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("mohamed", "mohammed", True),
        ("angela", "angella", True),
        ("michael", "micheal", True),
        ("christelle", "chrystelle", True),
        ("louis", "louise", True),
        ("marie", "maria", False),
        ("jean", "jeannine", False),
        ("michael", "mikhaill", False),
        ("eva", "evan", False),
        ("pierre", "paul", False),
    ],
)
def test_nearly(one: str, other: str, expected: bool) -> None:
    """A letter too many, exchanged or, in a long name, replaced: the same name; whichever is asked of the other."""
    assert [expected, expected] == [nearly(one, other), nearly(other, one)]
