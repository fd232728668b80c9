"""What every subcommand receives: the settings, read once, and the application, built when first needed."""

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


def refusal(error: config.ConfigurationError) -> click.ClickException:
    """Return what the command line says of unusable settings: every fault, one a line."""
    lines = "\n".join(f"  - {fault}" for fault in error.faults)
    return click.ClickException(f"the configuration cannot be used:\n{lines}")
