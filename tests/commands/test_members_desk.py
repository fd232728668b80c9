"""`idp members find`, `show` and the acts of the desk, over a real database."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from idp.app import build
from idp.cli import main
from idp.clock import system_clock
from idp.members.letter_files import PrintFolder
from idp.store.audit import RecordedEvent
from idp.store.authenticators import TOTP, Authenticator
from idp.store.tables import AccountRow
from tests.support.activation import ask, choose, posted_secrets
from tests.support.administration import recorded
from tests.support.cast import MEMBER
from tests.support.held import closed
from tests.support.provider import Provider, copied_provider, running, settings
from tests.support.stores import Clock

WHY = ("--reason", "A perdu son téléphone", "--identified", "callback", "--by", "marie")


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a provider with the cast's member, whose keys the first command has made."""
    folder = tmp_path_factory.mktemp("seed")
    with running(copied_provider(folder)):
        assert 0 == run(folder, "show", MEMBER.dossier).exit_code
    return folder


@pytest.fixture
def provider(seed: Path, tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own: making keys takes longer than all else."""
    shutil.copytree(seed, tmp_path, dirs_exist_ok=True)
    clock = Clock()
    with running(Provider(build(settings(tmp_path), clock=clock), clock)) as made:
        yield made


def run(folder: Path, command: str, *words: str) -> Result:
    """Run a command of `idp members` on the provider of a folder."""
    file = folder / "idp.toml"
    text = (
        f'[database]\nurl = "sqlite:///{folder}/idp.sqlite3"\n'
        # Keys of one use less to make.
        f'[keys]\nkek_file = "{folder}/kek"\nencryption = []\n'
    )
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["--config", str(file), "members", command, *words], env={"IDP_CONFIG": None})


def facts(folder: Path) -> dict[str, str]:
    """Return what is shown of the cast's member."""
    shown: dict[str, str] = json.loads(run(folder, "show", MEMBER.dossier, "--json").output)
    return shown


def last(provider: Provider, event: str) -> RecordedEvent:
    """Return the latest line of an event."""
    return recorded(provider, event)[-1]


@pytest.mark.usefixtures("provider")
def test_what_an_operator_on_the_telephone_needs(tmp_path: Path) -> None:
    """The ways in and the contacts, in words; neither the name nor an address nor a number but the dossier's own."""
    text = run(tmp_path, "show", "123 45 67").output
    found = facts(tmp_path)
    assert "password     set" in text
    assert ("set", "none", "none") == (found["password"], found["two steps"], found["letter"])
    assert found["e-mail"].startswith("on file")
    assert "never" in found["last seen"]
    for hidden in ("DUBOIS", "Angela", "example.org", "Paix", "argon2", "123456789"):
        assert hidden not in text


def test_what_is_on_its_way_is_told_without_its_secret(provider: Provider, tmp_path: Path) -> None:
    """A letter from its request to its print file, and the password that it brings."""
    # The command has the machine's clock.
    provider.clock.now = system_clock()
    browser = provider.browser()
    browser.sign_in(browser.get("/connexion"))
    choose(browser, ask(browser), "post")
    (secret,) = posted_secrets(provider)
    waiting = run(tmp_path, "show", MEMBER.dossier).output
    provider.application.letters.run(PrintFolder(tmp_path / "letters"))
    printed = facts(tmp_path)
    assert "waits to be printed" in waiting
    assert secret not in waiting
    assert printed["letter"].startswith("printed ")
    assert printed["last seen"].endswith("by password")


def test_what_keeps_a_member_out_is_told(provider: Provider, tmp_path: Path) -> None:
    """A decision of an operator, a dormant password, a second factor."""
    closed(provider.application.store, provider.clock, MEMBER.dossier, "fraud")
    with_factor(provider)
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AccountRow).values(must_reset="dormant", email=None))
    told = facts(tmp_path)
    assert "closed (held: fraud)" == told["status"]
    assert "to be reset (dormant)" == told["password"]
    assert "0 passkeys, 1 applications, 0 recovery codes" == told["two steps"]
    assert "none" == told["e-mail"]


def with_factor(provider: Provider) -> None:
    """Give the cast's member a second factor."""
    with provider.application.store.begin() as unit:
        found = unit.accounts.by_dossier(MEMBER.dossier)
        assert found is not None
        unit.authenticators.add(Authenticator("codes", found.id, TOTP, "Téléphone", 1000, sealed=b"sealed"))


def test_found_by_name(provider: Provider, tmp_path: Path) -> None:
    """A line for each, or JSON; nobody is code 1, and so is a search for nothing."""
    found = run(tmp_path, "find", "--name", "dub", "--born", "1962-08-24", "--by", "marie")
    assert (0, True) == (found.exit_code, "1234567  1962-08-24  active  DUBOIS" in found.output)
    assert "operator:marie" == last(provider, "members_found").details["actor"]
    answer = json.loads(run(tmp_path, "find", "--dossier", MEMBER.dossier, "--json").output)
    assert ([MEMBER.dossier], False) == ([one["dossier"] for one in answer["members"]], answer["more"])
    nobody = run(tmp_path, "find", "--name", "nemo")
    assert (1, "Error: nobody was found\n") == (nobody.exit_code, nobody.output)
    assert 1 == run(tmp_path, "find").exit_code


def test_the_second_factor_of_a_lost_telephone(provider: Provider, tmp_path: Path) -> None:
    """Removed, told, on record with its reason; a second time there is nothing; nobody identified, nothing removed."""
    with_factor(provider)
    assert "identified" in run(tmp_path, "remove-second-factor", MEMBER.dossier, *WHY[:2]).output
    done = run(tmp_path, "remove-second-factor", "12 345 67", *WHY)
    assert "1234567: the second factor is removed; the member is told by e-mail.\n" == done.output
    assert 1 == run(tmp_path, "remove-second-factor", MEMBER.dossier, *WHY).exit_code
    kept = last(provider, "factor_removed").details
    assert ("operator:marie", "command", WHY[1]) == (kept["actor"], kept["door"], kept["reason"])


@pytest.mark.parametrize(
    ("words", "event", "said"),
    [
        (("reset", "--channel", "post"), "member_reset", "asked for, by post"),
        (("end-sessions",), "member_sessions_ended", "every session has ended"),
        (("suspend", "--cause", "fraud"), "dossier_status", "is suspended"),
        (("close", "--cause", "departed"), "dossier_status", "is closed"),
    ],
)
def test_each_act_is_done_and_on_record(
    provider: Provider, tmp_path: Path, words: tuple[str, ...], event: str, said: str
) -> None:
    """In words, or as JSON, under the operator; without a reason nothing is done."""
    command, *options = words
    assert 2 == run(tmp_path, command, *options, MEMBER.dossier).exit_code
    done = run(tmp_path, command, *options, MEMBER.dossier, *WHY)
    assert (0, True) == (done.exit_code, said in done.output)
    kept = last(provider, event).details
    assert ("operator:marie", WHY[1], "callback") == (kept["actor"], kept["reason"], kept["identified"])


def test_suspended_until_it_is_resumed(provider: Provider, tmp_path: Path) -> None:
    """Twice is refused with code 1; the answer as JSON says whether the member is told."""
    assert 0 == run(tmp_path, "suspend", MEMBER.dossier, *WHY).exit_code
    again = run(tmp_path, "suspend", MEMBER.dossier, *WHY)
    assert (1, "Error: that is done already\n") == (again.exit_code, again.output)
    resumed = json.loads(run(tmp_path, "resume", MEMBER.dossier, *WHY, "--json").output)
    assert (MEMBER.dossier, True) == (resumed["dossier"], resumed["told"])
    assert "active" == facts(tmp_path)["status"]
    assert "unknown" not in str(recorded(provider, "dossier_status"))


@pytest.mark.usefixtures("provider")
def test_what_is_not_there(tmp_path: Path) -> None:
    """An unknown number, an upstream that the house has not: one sentence, code 1."""
    result = run(tmp_path, "show", "7654321")
    assert (1, "Error: there is no such dossier\n") == (result.exit_code, result.output)
    assert "no upstream" in run(tmp_path, "unlink", MEMBER.dossier, *WHY).output
