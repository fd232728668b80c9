"""What every subcommand receives: the settings, read once, and the application, built when first needed."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idp import config

if TYPE_CHECKING:
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
        """The provider; its database is not touched yet."""
        # A second and more of imports, which `--help` and a mistyped option must not cost.
        from idp.app import build  # noqa: PLC0415 - see above

        try:
            return build(self.settings)
        except config.ConfigurationError as error:
            raise refusal(error) from None

    @property
    def key_management(self) -> "KeyManagement":
        """The signing keys."""
        return self.application.key_management


def refusal(error: config.ConfigurationError) -> click.ClickException:
    """Return what the command line says of unusable settings: every fault, one a line."""
    lines = "\n".join(f"  - {fault}" for fault in error.faults)
    return click.ClickException(f"the configuration cannot be used:\n{lines}")
