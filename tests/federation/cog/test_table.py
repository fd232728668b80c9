"""The tables of codes that come with the program."""

from pathlib import Path

import pytest

from federation.cog.table import FOLDER, CogError, read_communes, read_countries, shipped


def test_what_is_shipped() -> None:
    """The table holds the renumberings whole: Corsica, Paris region, arrondissements, overseas."""
    kinds = shipped().communes
    assert 20 + 9 + 16 == sum(kind == "arrondissement" for kind in kinds.values())
    # Every commune of these departments that exists today was renumbered from the Seine or the Seine-et-Oise.
    renumbered = {now for (_, now), kind in kinds.items() if kind == "renumbered"}
    assert {"92": 36, "94": 47} == {part: sum(now[:2] == part for now in renumbered) for part in ("92", "94")}
    assert {"2A004", "2B033", "95018", "91228", "97701", "97801", "97617"} <= renumbered
    assert all(former != now for former, now in kinds)


def test_each_file_says_where_it_comes_from() -> None:
    """The first line of a table names its source and year, the second the licence or the reading."""
    for name in ("communes.csv", "countries.csv"):
        head = (FOLDER / name).read_text(encoding="utf-8").splitlines()[0]
        assert head.startswith("# ")
        assert "INSEE" in head or "INSEE" in head.upper()
        assert "2026" in head


def test_places() -> None:
    """A relation is known from either side, and unrelated codes have none."""
    assert ["renumbered", "renumbered"] == [shipped().places("20004", "2A004"), shipped().places("2A004", "20004")]
    assert shipped().places("2A004", "2B033") is None


def test_states() -> None:
    """A state was a part of another until its day, or was never told apart."""
    algeria = [shipped().states("99100", "99352", day) for day in ("1962-07-02", "1962-07-03", "1962-00-00")]
    assert [True, False, True] == algeria
    assert shipped().states("99109", "99141", "2001-01-01")
    assert not shipped().states("99350", "99352", "1950-01-01")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the first line must be former,now,kind"),
        ("former;now;kind\n", "the first line must be former,now,kind"),
        ("# a source\nformer,now,kind\n01018,01033,merged\n01018,merged\n", "line 4: 3 values expected"),
        ("former,now,kind\n1018,01033,merged\n", "line 2: not two codes and a kind"),
        ("former,now,kind\n01018,01033,swallowed\n", "line 2: not two codes and a kind"),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, text: str, told: str) -> None:
    """A table that was damaged is told by file and line, never read in part."""
    path = tmp_path / "communes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CogError, match=f"communes.csv.*{told}"):
        read_communes(path)


def test_a_bad_country_is_refused(tmp_path: Path) -> None:
    """A country code begins with 99."""
    path = tmp_path / "countries.csv"
    path.write_text("country,was_part_of,until,name\n99352,75056,1962-07-03,Algérie\n", encoding="utf-8")
    with pytest.raises(CogError, match="line 2: not two country codes and a day"):
        read_countries(path)
