"""What every command does alike."""

from pathlib import Path

from click.testing import CliRunner

from idp.app import build
from idp.cli import main
from tests.support.provider import settings


def test_the_command_line_says_so_in_one_sentence(tmp_path: Path) -> None:
    """`idp` ends with the sentence and no traceback."""
    file = tmp_path / "idp.toml"
    file.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/idp.sqlite3"\n[keys]\nkek_file = "{tmp_path}/kek"\n')
    application = build(settings(tmp_path))
    application.prepare()
    application.close()
    (tmp_path / "kek").unlink()
    ended = CliRunner().invoke(main, ["--config", str(file), "keys", "rotate"], env={"IDP_CONFIG": None})
    assert 1 == ended.exit_code
    assert "kek is missing" in ended.output
    assert isinstance(ended.exception, SystemExit)
