"""What a member's secrets are, who knows them, and how long: nobody else, and as long as the member likes."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from idp import config
from idp.cli import main
from idp.clock import system_clock
from tests.support.activation import (
    NEW,
    choose,
    keep,
    mailed,
    mailed_secrets,
    member,
    posted_secrets,
    ticked,
)
from tests.support.cast import PASSWORD
from tests.support.pages import Browser, Page
from tests.support.provider import Provider

YEAR = 365 * 86400
DOSSIER = "1234567"
RESET = "members reset --reason perdu"


def fields_of(page: Page) -> set[str]:
    """Return the names of what a person fills in on a page."""
    tags = re.findall(r"<(?:input|select|textarea)\b[^>]*>", page.text)
    shown = [tag for tag in tags if 'type="hidden"' not in tag]
    return {found[1] for tag in shown if (found := re.search(r'\bname="([^"]*)"', tag))}


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Yield every command of the command line, with its words."""
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if found is not None:
            yield from commands(found, (*path, name))


def test_no_command_takes_a_members_password() -> None:
    """An operator can neither choose nor type one: no command has a place for it (N-117)."""
    asked = {
        f"{words}: {parameter.name}"
        for words, command in commands(main)
        for parameter in command.params
        if re.search(r"password|passwort|passe|secret", str(parameter.name)) or getattr(parameter, "hide_input", False)
    }
    assert set() == {one for one in asked if not one.startswith("clients ")}


def operators(provider: Provider, folder: Path) -> Path:
    """Return the settings file of an operator's command line, over the provider's own stores."""
    settings, file = provider.application.settings, folder / "operator.toml"
    file.write_text(
        f'[database]\nurl = "{settings.database.url}"\n[keys]\nkek_file = "{settings.keys.kek_file}"\n'
        f'[letters]\ndirectory = "{folder}/letters"\n',
        encoding="utf-8",
    )
    return file


def run(file: Path, words: str, code: int = 0) -> str:
    """Run a command as an operator and return what it shows."""
    ended = CliRunner().invoke(main, ["--config", str(file), *words.split()], env={"IDP_CONFIG": None})
    assert code == ended.exit_code, ended.output
    return ended.output


def test_an_operator_who_triggers_a_reset_never_sees_the_password(
    provider: Provider, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It goes to the member's address or sheet; nothing that an operator can print or read in a log has it (N-117)."""
    file = operators(provider, tmp_path)
    member(provider, "2234567", email=None)
    with caplog.at_level(logging.DEBUG):
        orders = [run(file, f"{RESET} {DOSSIER} --channel email"), run(file, f"{RESET} 2234567 --channel post")]
        provider.clock.now = system_clock() + 1
        secrets = [*mailed_secrets(provider), *posted_secrets(provider)]
        about = ("members show 2234567", "members show 2234567 --json", "outbox status", "letters status")
        shown = [run(file, words) for words in (*about, "letters print")]
    told = "\n".join([*orders, *shown, caplog.text])
    assert 2 == len(secrets)
    assert [] == [one for one in secrets if one in told or one.replace("-", "") in told]
    facts = json.loads(shown[1])
    assert ("2234567", "active", "none", "none") == tuple(facts[n] for n in ("dossier", "status", "password", "e-mail"))
    assert facts["letter"].endswith("waits to be printed")


def test_an_operator_is_told_why_nothing_is_sent(provider: Provider, tmp_path: Path) -> None:
    """Nobody, closed, no address, too often: said at once, and nothing is queued."""
    file = operators(provider, tmp_path)
    member(provider, "2234567", email=None, address=None)
    member(provider, "3234567", status="closed")
    assert "no such dossier" in run(file, f"{RESET} 9999999 --channel post", 1)
    assert "is closed" in run(file, f"{RESET} 3234567 --channel post", 1)
    assert "no e-mail address" in run(file, f"{RESET} 2234567 --channel email", 1)
    assert "no postal address" in run(file, f"{RESET} 2234567 --channel post", 1)
    assert "Waiting: 0" in run(file, "outbox status")
    for _ in range(5):
        run(file, f"{RESET} {DOSSIER} --channel email")
    assert "too often" in run(file, f"{RESET} {DOSSIER} --channel email", 1)


def test_no_secret_question_is_asked(provider: Provider, browser: Browser) -> None:
    """From the forgotten password to the new one, the number and what was sent are all that is asked for (N-118)."""
    start = browser.get("/mot-de-passe-oublie")
    offered = browser.submit(start, {"situation": "affilie", "dossier": DOSSIER, **ticked(start)}, "reset")
    choose(browser, offered)
    sign_in = browser.get("/connexion")
    form = browser.sign_in(sign_in, password=mailed_secrets(provider)[0])
    pages = {"start": start, "offered": offered, "sign-in": sign_in, "form": form}
    machines = {"captcha", "captcha_proof", "captcha_site_web"}
    assert {
        "start": {"situation", "dossier"},
        "offered": {"channel"},
        "sign-in": {"situation", "dossier", "password"},
        "form": {"password", "confirmation", "email"},
    } == {name: fields_of(page) - machines for name, page in pages.items()}


def test_a_password_does_not_end_with_time(provider: Provider, browser: Browser) -> None:
    """Years later it opens the account as on the first day (N-092)."""
    provider.clock.forward(5 * YEAR)
    assert "Vous êtes connecté" in browser.sign_in(browser.get("/connexion"), password=PASSWORD).text


def test_a_delay_leaves_the_other_ways_open(provider: Provider, browser: Browser) -> None:
    """Whoever is made to wait, by his own guesses or a stranger's, can still ask for a new password (N-096, V-56)."""
    page = browser.get("/connexion")
    for _ in range(4):
        page = browser.sign_in(page, password="not the password")
    assert 'id="delay"' in browser.sign_in(page).text
    secret = mailed(provider, provider.browser())
    provider.clock.forward(300)
    opened = provider.browser()
    form = opened.sign_in(opened.get("/connexion"), password=secret)
    assert "est enregistré" in keep(opened, form, NEW).text


def test_after_the_days_guesses_no_password_is_looked_at(provider: Provider, browser: Browser) -> None:
    """Until the oldest is a day old, neither the right one nor a provisional one; the page says hours (N-096, D10)."""
    began = provider.clock()
    for number in range(25):
        page = browser.sign_in(browser.get("/connexion"), password="not the password")
        assert "incorrect" in page.text
        provider.clock.forward(min(3600, 2**number))
    for refused in (PASSWORD, mailed(provider, provider.browser())):
        page = browser.sign_in(browser.get("/connexion"), password=refused)
        assert "n’a pas été vérifié" in page.text
        assert "attendez 10 heures" in page.text
        assert "même un nouveau" in page.text
        assert "demander un nouveau mot de passe" not in page.text
    provider.clock.forward(began + 86400 - provider.clock())
    assert "Vous êtes connecté" in browser.sign_in(browser.get("/connexion"), password=PASSWORD).text


def test_a_provisional_password_needs_the_number_it_was_made_for(provider: Provider, browser: Browser) -> None:
    """Found in a mailbox it is worth nothing without the dossier number, which no message names (C-03)."""
    member(provider, "2234567", PASSWORD)
    secret = mailed(provider, browser)
    assert "incorrect" in browser.sign_in(browser.get("/connexion"), "2234567", secret).text
    (message,) = provider.application.settings.mail.directory.glob("*.eml")
    assert DOSSIER not in message.read_text(encoding="utf-8")
    with pytest.raises(config.ConfigurationError, match="email_lifetime"):
        config.load(activation={"email_lifetime": 86401})
