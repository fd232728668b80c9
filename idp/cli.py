"""The command `idp`: every subcommand, loaded when it is called, its collaborators made when it runs."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("demo:demo", "Try everything on this machine: sign in to an example application."),
    "serve": ("serving:serve", "Serve the provider."),
    "worker": ("serving:worker", "Deliver mail and do the housekeeping, apart from the server."),
    "migrate": ("serving:migrate", "Bring the database to the present version."),
    "config": (
        "configuration:configuration",
        "Settings: an example, a check; applications and roles as a file.",
    ),
    "clients": ("clients:clients", "Relying applications: list, show, create, change, stop."),
    "keys": ("keys:keys", "Signing keys: what signs tokens, and what applications verify them with."),
    "members": ("members:members", "Members: bring dossiers in, look one up, close one."),
    "federation": ("federation:federation", "FranceConnect and other upstreams: pause, resume, look."),
    "letters": (
        "letters:letters",
        "Letters with provisional passwords: one print file a day, and the 72-hour promise.",
    ),
    "admins": ("admins:admins", "Administrators: create, invite again, give roles, shut out."),
    "proposals": ("proposals:proposals", "Acts that wait for a second person: look, approve, refuse."),
    "audit": ("audit:audit", "The record of security events: read it, take it away, prove that nobody changed it."),
    "dashboard": ("dashboard:dashboard", "Sign-ins, failures, deliveries and table sizes, as counts."),
    "outbox": ("outbox:outbox", "Messages and requests that wait for the worker."),
    "completion": ("completion:completion", "The script by which bash, zsh or fish finishes your words."),
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; of a name that is nearly one, say which, without loading any."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            from difflib import get_close_matches  # noqa: PLC0415 - not for a name that is right

            for near in get_close_matches(args[0], COMMANDS, n=1):
                ctx.fail(f"No such command {args[0]!r}. Did you mean {near!r}?")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the names that begin so, without loading one of them, and the options."""
        names = [
            CompletionItem(name, help=sentence)
            for name, (_, sentence) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what may go wrong on its way ends it in plain sentences, without a trace."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            # As below: not for `idp --help`.
            from idp.commands.faults import told  # noqa: PLC0415 - see above

            said = told(error)
            if said is None:
                raise
            raise said from None

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
