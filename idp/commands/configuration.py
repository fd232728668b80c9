"""`idp config`: the settings, checked and explained; and what the database holds, as a file."""

import click

from idp import config
from idp.commands.configuration_file import COMMANDS
from idp.commands.house import House, refusal
from idp.commands.left_off import left_off, lost_mail
from idp.config.example import example


@click.group("config")
def configuration() -> None:
    """Settings: an example of them all, a check of yours; what the database holds, as a file.

    `example` and `check` are about the settings file of this machine. `export` and `diff` are about applications,
    administrators' roles and paused upstreams, which are in the database, for every node.
    """


@configuration.command("example")
def show_example() -> None:
    """Print every setting with its default and what it means (TOML)."""
    click.echo(example())


@configuration.command("check")
@click.pass_obj
def check(house: House) -> None:
    """Read the settings and what they name, and tell every fault at once, without starting anything.

    Reads every secret file that is set, the keys, the addresses of database and Redis, and the registration with
    FranceConnect. Connects to nothing. Where there is no fault, says what the settings leave off.
    """
    # Brings the whole provider in, which `idp config example` does not need.
    from idp.commands.soundness import deeper_faults  # noqa: PLC0415 - see above

    faults: list[str] = []
    rest: config.Settings | None
    try:
        rest = config.load(house.path)
    except config.ConfigurationError as error:
        faults, rest = error.faults, error.rest
    if rest is not None:
        faults = [*faults, *deeper_faults(rest)]
    if rest is None or faults:
        raise refusal(config.ConfigurationError(faults))
    click.echo(f"The configuration is sound; the issuer is {rest.issuer}. Settings: {house.source}.")
    off = left_off(rest)
    if off:
        click.echo("What it leaves off, or has for one machine only:\n" + "\n".join(f"  - {line}" for line in off))
    warning = lost_mail(rest)
    if warning is not None:
        click.echo(warning, err=True)


for command in COMMANDS:
    configuration.add_command(command)
