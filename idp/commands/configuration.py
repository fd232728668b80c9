"""`idp config`: the settings, checked and explained."""

import click

from idp.commands.house import House
from idp.config_example import example


@click.group("config")
def configuration() -> None:
    """Settings: an example of them all, and a check of yours."""


@configuration.command("example")
def show_example() -> None:
    """Print every setting with its default and what it means (TOML)."""
    click.echo(example())


@configuration.command("check")
@click.pass_obj
def check(house: House) -> None:
    """Read the settings and tell every fault, without starting anything."""
    settings = house.settings
    click.echo(f"The configuration is sound; the issuer is {settings.issuer}.")
