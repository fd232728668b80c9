"""The command that makes the table anew, once a year."""

from pathlib import Path

import pytest

from federation.cog.__main__ import main
from federation.cog.table import read_communes
from tests.federation.cog.test_movements import HEADER, movement


def test_a_new_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """INSEE's file, marked as UTF-8 and with its line ends, becomes a table that names its source."""
    source, output = tmp_path / "v_mvt_commune_2027.csv", tmp_path / "communes.csv"
    lines = [HEADER, movement(32, "2027-01-01", "01001", "01002")]
    source.write_bytes(("\ufeff" + "\r\n".join(lines) + "\r\n").encode())
    assert 0 == main([str(source), "--source", "INSEE, COG 2027", "--output", str(output)])
    assert "1 relations from the file" in capsys.readouterr().out
    assert output.read_text(encoding="utf-8").startswith("# INSEE, COG 2027\n# Licence Ouverte")
    made = read_communes(output)
    assert ["merged", "arrondissement"] == [made["01001", "01002"], made["75107", "75056"]]


@pytest.mark.parametrize("name", ["absent.csv", "other.csv", "other.json", "empty.csv"])
def test_nothing_is_written_from_another_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """A file that is absent or another's is told, and the table stays as it was."""
    source, output = tmp_path / name, tmp_path / "communes.csv"
    if name != "absent.csv":
        source.write_text(f"{HEADER}\n" if name == "empty.csv" else "a,b\n1,2\n", encoding="utf-8")
    assert 1 == main([str(source), "--source", "x", "--output", str(output)])
    assert name in capsys.readouterr().err
    assert not output.exists()
