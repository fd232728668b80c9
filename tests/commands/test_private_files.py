"""What the programs write is readable by their own user alone."""

import os
from pathlib import Path

from click.testing import CliRunner

from idp.cli import main
from idp.commands.private_files import private_files


def test_the_database_is_private(tmp_path: Path) -> None:
    """`idp migrate` makes a SQLite file, and a folder for it, that no other user of the machine can read."""
    file = tmp_path / "idp.toml"
    file.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/var/idp.sqlite3"\n[keys]\nkek_file = "{tmp_path}/var/kek"\n',
        encoding="utf-8",
    )
    before = os.umask(0o022)
    try:
        ended = CliRunner().invoke(main, ["--config", str(file), "migrate"], env={"IDP_CONFIG": None})
        after = os.umask(0o022)
    finally:
        os.umask(before)
    assert 0 == ended.exit_code, ended.output
    assert (0o700, 0o600) == tuple((tmp_path / "var" / name).stat().st_mode & 0o777 for name in (".", "idp.sqlite3"))
    assert 0o022 == after


def test_the_mask_comes_back_after_a_failure(tmp_path: Path) -> None:
    """Whatever happens within, the mask of the process is what it was."""
    before = os.umask(0o022)
    try:
        with private_files():
            (tmp_path / "private").touch()
        (tmp_path / "shared").touch()
    finally:
        os.umask(before)
    assert (0o600, 0o644) == tuple((tmp_path / name).stat().st_mode & 0o777 for name in ("private", "shared"))
