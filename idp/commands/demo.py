"""`idp demo`: everything on this machine, ready to try."""

import contextlib
import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from idp import lifeline
from idp.admin.seeded import SeededAdministrators
from idp.commands.house import House
from idp.commands.private_files import private_files
from idp.demo.banner import banner
from idp.demo.neighbours import demonstration_on
from idp.demo.plan import LOCALHOST, SUITE, Plan
from idp.demo.prepare import Prepared, prepare, programs, publish, withdraw
from idp.demo.seed import mark, seed_admin, seed_clients, seed_people
from idp.demo.supervisor import StartFailure, Supervisor, busy_ports, other_port, stop_signals

if TYPE_CHECKING:
    from idp.app import Application

START_SECONDS = 60.0
_LOCK: Final = "demo.lock"
"""A file of the directory, held for as long as a demonstration runs from it."""


@click.command("demo")
@click.option(
    "--port",
    type=click.IntRange(1024, 65533),
    default=8000,
    show_default=True,
    envvar="PORT",
    show_envvar=True,
    help="First of three ports: provider, FranceConnect emulator, example applications.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var"),
    show_default=True,
    help="Directory for settings, database, keys, logs and the mailbox; made when absent.",
)
@click.option("--tls", is_flag=True, help="Serve the provider on https; the certificate is made at the first start.")
@click.option(
    "--host",
    default=LOCALHOST,
    show_default=True,
    help="Name of the provider for others than this machine, such as a conformance suite in a container; needs --tls.",
)
@click.option(
    "--open-registration",
    is_flag=True,
    help="Let any application register itself, and allow what a conformance suite needs (docs/conformance.md).",
)
@click.option(
    "--suite",
    default=SUITE,
    show_default=True,
    help="Where that suite's callbacks are, for the clients that it does not register itself.",
)
@click.option(
    "--trust",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="PEM file with certificates to believe when calling applications: those of the suite.",
)
@click.option(
    "--end-with-parent",
    is_flag=True,
    help="Stop when the program that started this ends, however it does: for scripts, which may be killed.",
)
@private_files()
def demo(
    port: int,
    data: Path,
    tls: bool,
    host: str,
    open_registration: bool,
    suite: str,
    trust: Path | None,
    end_with_parent: bool,
) -> None:
    """Try everything on this machine: sign in to an example application.

    Fills a directory at the first start (settings, keys, database, people to try), then serves the provider, a
    FranceConnect emulator and an example application until Ctrl-C. Prints addresses, dossier numbers and passwords;
    demo.json in the directory holds the same for scripts. To begin again from nothing, delete the directory.
    """
    if host != LOCALHOST and not tls:
        raise click.UsageError("--host needs --tls: only localhost is served on http")
    plan = Plan(
        port=port,
        data=data.resolve(),
        tls=tls,
        host=host,
        open_registration=open_registration,
        trusted=trust.resolve() if trust else None,
        suite=suite.rstrip("/"),
    )
    if end_with_parent:
        lifeline.end_with_parent()
    if busy := busy_ports([port, port + 1, port + 2]):
        if _runs(plan.data):
            raise _already(plan.data)
        examples = demonstration_on(busy)
        if examples is not None:
            raise click.ClickException(
                f"a demonstration of another directory already runs: its examples are at {examples}\n"
                f"Stop it, or start this one beside it:  PORT={other_port(port)} make demo"
            )
        ports = " and ".join(str(number) for number in busy)
        named = f"ports {ports} of this machine are" if len(busy) > 1 else f"port {ports} of this machine is"
        raise click.ClickException(
            f"{named} taken by another program.\n"
            f"Stop that program, or choose other ports:  PORT={other_port(port)} make demo"
        )
    with _alone(plan.data):
        code = _prepared(plan)
    click.echo("\nThe demonstration has stopped.")
    raise SystemExit(code)


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Hold a directory for one demonstration: a second one would rewrite the addresses of the first."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / _LOCK).open("w")
    except OSError as error:
        raise click.ClickException(f"the directory {data} cannot be used: {error}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _already(data) from error
        yield


def _runs(data: Path) -> bool:
    """Whether a demonstration holds this directory."""
    try:
        with (data / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _already(data: Path) -> click.ClickException:
    return click.ClickException(
        f"a demonstration already runs from {data}; its addresses are in {data / 'demo.json'} once it is ready.\n"
        "Stop it, or start another beside it:  idp demo --port 9000 --data DIR"
    )


def _prepared(plan: Plan) -> int:
    try:
        prepared = prepare(plan)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the directory {plan.data} cannot be used: {error}") from error
    with stop_signals() as stop:
        supervisor = Supervisor(stop, lambda text: click.echo(text, err=True))
        try:
            return _run(prepared, supervisor, stop)
        except StartFailure as failure:
            raise click.ClickException(str(failure)) from failure
        finally:
            withdraw(plan)
            supervisor.stop_all()


def _run(prepared: Prepared, supervisor: Supervisor, stop: threading.Event) -> int:
    plan = prepared.plan
    three = programs(plan)
    click.echo(f"Starting the demonstration in {plan.data}")
    supervisor.start(three["emulator"])
    supervisor.start(three["examples"])
    _fill(prepared)
    if stop.is_set():
        return 0
    supervisor.start(three["provider"])
    if not supervisor.wait_ready(START_SECONDS):
        return 0
    publish(plan)
    click.echo(banner(prepared.contract, str(plan.contract_file), str(three["provider"].log)))
    return supervisor.watch()


def _fill(prepared: Prepared) -> None:
    """Bring the database up to date, and seed what it does not hold yet."""
    application = House(prepared.plan.settings_file).beginning
    if prepared.missing:
        click.echo("  preparing the database and the signing keys …")
    try:
        application.prepare()
        if "people" in prepared.missing:
            click.echo(f"  writing {len(prepared.personas)} people …")
            seed_people(application.dossiers, prepared.personas, prepared.credentials)
        if "clients" in prepared.missing:
            click.echo(f"  writing {len(prepared.clients)} applications …")
            seed_clients(application.clients, prepared.clients)
        if "admin" in prepared.missing:
            seed_admin(_administrators(application), prepared.credentials)
    finally:
        application.close()
    if prepared.missing:
        mark(prepared.plan, prepared.fingerprints)


def _administrators(application: "Application") -> SeededAdministrators:
    return SeededAdministrators(
        application.store, application.passwords, application.sealer, application.clock, application.audit
    )
