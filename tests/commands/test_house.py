"""What every command does alike."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

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


def invoke(*words: str, **environment: str) -> Result:
    """Run a command in the present folder, with nothing but this in the environment."""
    return CliRunner().invoke(main, words, env={"IDP_CONFIG": None, "IDP_DATABASE__URL": None, **environment})


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which there is nothing, and in which commands run."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    "words", ["clients list", "keys status", "members show 1234567", "audit list", "outbox status"]
)
def test_a_command_in_a_wrong_folder_makes_nothing_there(words: str, elsewhere: Path) -> None:
    """It says which database it looked for and that no settings file was named."""
    ended = invoke(*words.split())
    assert 1 == ended.exit_code
    assert f"no database at {elsewhere}/var/idp.sqlite3" in ended.output
    assert "neither --config nor IDP_CONFIG names one" in ended.output
    assert [] == list(elsewhere.iterdir())


@pytest.mark.parametrize("way", ["--config", "IDP_CONFIG"])
def test_settings_for_another_folder_are_named_in_full(way: str, tmp_path: Path, elsewhere: Path) -> None:
    """A relative path in the settings leads where the command runs: the file and the way it was named are said."""
    file = tmp_path / "idp.toml"
    file.write_text('issuer = "http://localhost:8000"\n')
    by_option = way == "--config"
    ended = invoke(way, str(file), "clients", "list") if by_option else invoke("clients", "list", **{way: str(file)})
    assert 1 == ended.exit_code
    assert f"{file}, named by {way}" in ended.output
    assert [] == list(elsewhere.iterdir())


@pytest.fixture
def _same_log() -> Iterator[None]:
    """The log of the tests, given back after a program that takes the log of its process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in root.manager.loggerDict}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in root.manager.loggerDict:
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))


@pytest.mark.usefixtures("_same_log")
@pytest.mark.parametrize("words", ["migrate", "serve", "worker"])
def test_a_house_begins_only_where_it_was_asked_for(words: str, elsewhere: Path) -> None:
    """Programs that make a house make none from the defaults alone; they say how one begins."""
    # A port that is taken would be said first.
    ended = invoke(words, IDP_SERVER__PORT="65432")
    assert (1, True) == (ended.exit_code, "idp config example > idp.toml" in ended.output), ended.output
    assert [] == list(elsewhere.iterdir())


def test_a_house_begins_by_a_file_or_by_the_environment(elsewhere: Path) -> None:
    """Both name the place; from then on every command finds it, the defaults too, and where it began was said."""
    (elsewhere / "idp.toml").touch()
    began = invoke("--config", "idp.toml", "migrate")
    assert (0, True) == (began.exit_code, f"database {elsewhere}/var/idp.sqlite3" in began.output), began.output
    assert 0 == invoke("clients", "list").exit_code
    assert "A new house" not in invoke("migrate").output
    other = invoke("migrate", IDP_DATABASE__URL="sqlite:///other.sqlite3")
    assert (0, True) == (other.exit_code, (elsewhere / "other.sqlite3").exists()), other.output
