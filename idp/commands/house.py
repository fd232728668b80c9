"""What every subcommand receives: the settings, read once, and the application, built when first needed."""

import os
import shlex
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idp import config

if TYPE_CHECKING:
    from idp.admin.acts.house import Acts
    from idp.app import Application
    from idp.services.key_management import KeyManagement


class House:
    """The collaborators of the command line."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    @cached_property
    def settings(self) -> config.Settings:
        """The settings; every fault is printed at once and ends the command."""
        try:
            return config.load(self.path)
        except config.ConfigurationError as error:
            raise refusal(error) from None

    @cached_property
    def application(self) -> "Application":
        """The provider, of a house that has begun; its database is not touched yet.

        Most commands are about a house that is there: run in another folder, or without its settings, they would make
        an empty one and answer from it.
        """
        if self._lacking is not None:
            raise click.ClickException(
                f"there is no database at {self._lacking}, and nothing was made. Settings: {self.source}.\n"
                "Name the settings file of the house (idp --config FILE …, or IDP_CONFIG), or run this in its folder; "
                "a new house begins with: idp --config FILE serve (or migrate)"
            )
        return self.beginning

    @cached_property
    def beginning(self) -> "Application":
        """The provider, for a program that may begin a house: what it makes is said, and is where settings say so."""
        # A second and more of imports, which `--help` and a mistyped option must not cost.
        from idp.app import build  # noqa: PLC0415 - see above

        new = self._lacking
        if new and self._chosen is None and "url" not in self.settings.database.model_fields_set:
            raise click.ClickException(
                f"there is no house in this folder (no {new}), and nothing was made. Settings: {self.source}.\n"
                "To begin one: idp config example > idp.toml, then idp --config idp.toml serve; "
                "to try everything: idp demo"
            )
        try:
            application = build(self.settings)
        except config.ConfigurationError as error:
            raise refusal(error) from None
        if new:
            click.echo(f"A new house begins: database {new}, keys {self.settings.keys.kek_file.absolute()}")
        return application

    @property
    def _lacking(self) -> Path | None:
        """The database's file, where it is not there."""
        file = database_file(self.settings)
        return file.absolute() if file is not None and not file.exists() else None

    @property
    def _chosen(self) -> Path | None:
        """The settings file, by whichever way it was named."""
        named = self.path or os.environ.get("IDP_CONFIG")
        return Path(named) if named else None

    @property
    def source(self) -> str:
        """Where the settings are from, for people."""
        if self._chosen is None:
            return "no file (neither --config nor IDP_CONFIG names one), so the environment and the defaults"
        return f"{self._chosen.absolute()}, named by {'--config' if self.path else 'IDP_CONFIG'}"

    def command(self, *words: str) -> str:
        """Return a command line of the same program with the same settings, to be pasted where this one was typed."""
        settings = ("--config", str(self._chosen)) if self._chosen else ()
        return shlex.join((sys.argv[0], *settings, *words))

    @property
    def key_management(self) -> "KeyManagement":
        """The signing keys."""
        return self.application.key_management

    @property
    def acts(self) -> "Acts":
        """What may be done, on the present schema."""
        self.application.migrate()
        return self.application.acts

    def record(self, event: str, by: str, **facts: str | int) -> None:
        """Put on record what an operator does, where no act of administration does it."""
        from idp.admin.actor import operator  # noqa: PLC0415 - as above

        details: dict[str, Any] = facts | operator(by).facts()
        self.application.audit(event, **details)

    def rewrap_others(self) -> int:
        """Seal again what is sealed beside the keys and lives long; return how many values changed."""
        return self.application.rewrap_others()


def database_file(settings: config.Settings) -> Path | None:
    """Return the file of a SQLite database, None for one on a server or in memory."""
    # As the provider's imports: not for a mistyped option.
    from sqlalchemy import make_url  # noqa: PLC0415 - see above
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - see above

    try:
        url = make_url(settings.database.url)
    except ArgumentError:
        # Told with the other faults of the settings when the provider is built.
        return None
    file = url.database if url.get_backend_name() == "sqlite" else None
    return Path(file) if file and file != ":memory:" else None


def refusal(error: config.ConfigurationError) -> click.ClickException:
    """Return what the command line says of unusable settings: every fault, one a line."""
    lines = "\n".join(f"  - {fault}" for fault in error.faults)
    return click.ClickException(f"the configuration cannot be used:\n{lines}")
