"""The command `idp`: every subcommand, loaded when it is called, its collaborators made when it runs."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("demo:demo", "Try everything on this machine: sign in to an example application."),
    "serve": ("serving:serve", "Serve the provider."),
    "worker": ("serving:worker", "Deliver mail and do the housekeeping, apart from the server."),
    "migrate": ("serving:migrate", "Bring the database to the present version."),
    "config": ("configuration:configuration", "Settings: an example of them all, and a check of yours."),
    "clients": ("clients:clients", "Relying applications: list, show, create, stop."),
    "keys": ("keys:keys", "Signing keys: what signs tokens, and what applications verify them with."),
    "members": ("members:members", "Members: bring dossiers in, look one up, close one."),
    "letters": (
        "letters:letters",
        "Letters with provisional passwords: one print file a day, and the 72-hour promise.",
    ),
}
"""Each command: where in `idp.commands` it stands, and the first sentence of its help, so that `idp --help` loads
none of them. The provider takes seconds to load."""


class Commands(click.Group):
    """A group whose commands are loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        found: click.Command = getattr(import_module(f"idp.commands.{module}"), name)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what it finds unusable in the settings on its way ends it in plain sentences."""
        # As below: not for `idp --help`.
        from idp import config  # noqa: PLC0415 - see above
        from idp.commands.house import refusal  # noqa: PLC0415 - see above

        try:
            return super().invoke(ctx)
        except config.ConfigurationError as error:
            raise refusal(error) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the names with what each is for."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file with the settings (default: the file named in IDP_CONFIG; see config.example.toml).",
)
@click.version_option(package_name="carpimko-idp", prog_name="idp")
@click.pass_context
def main(context: click.Context, path: Path | None) -> None:
    """CARPIMKO identity provider: OpenID Connect with FranceConnect.

    \b
    Try it on this machine, nothing to configure:   idp demo
    Run it:                                         idp --config idp.toml serve
    """  # noqa: D301 - click looks for the character itself, not for its two-letter name
    # The settings are typed by pydantic, which `idp --help` does not need.
    from idp.commands.house import House  # noqa: PLC0415 - see above

    if path is not None:
        os.environ["IDP_CONFIG"] = str(path)
    context.obj = House(path)
