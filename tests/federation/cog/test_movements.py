"""Reading INSEE's yearly files."""

import json

import pytest

from federation.cog.movements import arrondissements, from_communes, from_movements, overseas
from federation.cog.table import CogError

HEADER = (
    '"MOD","DATE_EFF","TYPECOM_AV","COM_AV","TNCC_AV","NCC_AV","NCCENR_AV","LIBELLE_AV",'
    '"TYPECOM_AP","COM_AP","TNCC_AP","NCC_AP","NCCENR_AP","LIBELLE_AP"'
)


def movement(mod: int, day: str, before: str, after: str, kinds: tuple[str, str] = ("COM", "COM")) -> str:
    """Write one line as INSEE does."""
    return f'{mod},{day},{kinds[0]},{before},0,"A","A","A",{kinds[1]},{after},0,"B","B","B"'


def test_movements_are_followed() -> None:
    """A commune that was renumbered, then merged, leads to both; types other than communes are left out."""
    found = from_movements(
        [
            HEADER,
            movement(32, "2019-01-01", "91182", "91228"),
            movement(32, "2019-01-01", "91228", "91228"),
            movement(32, "2019-01-01", "91182", "91182", ("COM", "COMD")),
            movement(41, "1968-01-01", "78182", "91182"),
            movement(41, "1968-01-01", "78228", "91228"),
        ]
    )
    assert {
        ("78182", "91182"): "renumbered",
        ("78228", "91228"): "renumbered",
        ("91182", "91228"): "merged",
        ("78182", "91228"): "merged",
    } == found


def test_a_merger_that_was_undone() -> None:
    """A commune that left again is known by both codes, and takes no neighbour along."""
    found = from_movements(
        [
            HEADER,
            movement(33, "1973-01-01", "01217", "01079"),
            movement(33, "1973-01-01", "01287", "01079"),
            movement(21, "1997-01-01", "01079", "01217"),
            movement(32, "2016-01-01", "01079", "01999"),
        ]
    )
    assert {
        ("01217", "01079"): "merged",
        ("01287", "01079"): "merged",
        ("01079", "01217"): "split",
        ("01079", "01999"): "merged",
        ("01287", "01999"): "merged",
    } == found


def test_another_file_is_refused() -> None:
    """A file without INSEE's columns is told by the columns that are missing."""
    with pytest.raises(CogError, match="no column MOD, DATE_EFF"):
        from_movements(["a,b", "1,2"])


def test_communes_of_today() -> None:
    """The communes of today lead from the codes they absorbed, and tell a new number from a merger."""
    communes = [
        {"code": "2A004", "type": "commune-actuelle", "anciensCodes": ["20004"]},
        {"code": "91228", "type": "commune-actuelle", "anciensCodes": ["78182", "78228", "91182"]},
        {"code": "91182", "type": "commune-deleguee", "chefLieu": "91228"},
        {"code": "93001", "type": "commune-actuelle", "anciensCodes": ["75005"]},
        {"code": "01033", "type": "commune-actuelle", "anciensCodes": ["01018"]},
        {"code": "01033", "type": "commune-deleguee", "chefLieu": "01033"},
        {"code": "59355", "type": "commune-associee", "chefLieu": "59350"},
        {"code": "75101", "type": "arrondissement-municipal", "commune": "75056"},
    ]
    assert {
        ("20004", "2A004"): "renumbered",
        ("78182", "91182"): "renumbered",
        ("78182", "91228"): "merged",
        ("78228", "91228"): "renumbered",
        ("91182", "91228"): "merged",
        ("75005", "93001"): "renumbered",
        ("01018", "01033"): "merged",
        ("59355", "59350"): "merged",
    } == from_communes(json.dumps(communes))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"code": "01001"}]', "null"])
def test_other_json_is_refused(text: str) -> None:
    """A file that is not the communes' is refused, whatever is in it."""
    with pytest.raises(CogError, match="not the file of communes"):
        from_communes(text)


def test_what_is_known_by_rule() -> None:
    """Arrondissements and the renumbering overseas do not depend on a file."""
    assert {"75101", "75120", "69381", "69389", "13201", "13216"} <= {one for one, _ in arrondissements()}
    assert {("98517", "97617"), ("97123", "97701")} <= set(overseas())
