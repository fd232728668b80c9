"""What every subcommand receives: the settings, read once, and the application, built when first needed."""

from functools import cached_property
from pathlib import Path

import click

from idp import config
from idp.app import Application, build
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
            raise _refusal(error) from None

    @cached_property
    def application(self) -> Application:
        """The provider; its database is not touched yet."""
        try:
            return build(self.settings)
        except config.ConfigurationError as error:
            raise _refusal(error) from None

    @property
    def key_management(self) -> KeyManagement:
        """The signing keys."""
        return self.application.key_management


def _refusal(error: config.ConfigurationError) -> click.ClickException:
    lines = "\n".join(f"  - {fault}" for fault in error.faults)
    return click.ClickException(f"the configuration cannot be used:\n{lines}")
