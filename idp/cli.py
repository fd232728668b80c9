"""The command `idp`: every subcommand, its collaborators made when it runs."""

import os
from pathlib import Path

import click

from idp.commands.clients import clients
from idp.commands.configuration import configuration
from idp.commands.demo import demo
from idp.commands.house import House
from idp.commands.keys import keys
from idp.commands.members import members
from idp.commands.serving import migrate, serve, worker


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file with the settings (default: the file named in IDP_CONFIG; see config.example.toml).",
)
@click.version_option(package_name="carpimko-idp", prog_name="idp")
@click.pass_context
def main(context: click.Context, path: Path | None) -> None:
    r"""CARPIMKO identity provider: OpenID Connect with FranceConnect.

    \b
    Try it on this machine, nothing to configure:   idp demo
    Run it:                                         idp --config idp.toml serve
    """
    if path is not None:
        os.environ["IDP_CONFIG"] = str(path)
    context.obj = House(path)


for command in (serve, worker, migrate, demo, keys, clients, members, configuration):
    main.add_command(command)
