"""`idp serve`, `idp worker`, `idp migrate`: the programs themselves."""

import os
import signal
import threading

import click
from granian import Granian
from granian.constants import Interfaces

from idp.commands.house import House


@click.command("serve")
@click.pass_obj
def serve(house: House) -> None:
    """Serve the provider.

    Brings the database up to date, makes the signing keys at the first start, then listens on the address and port
    of the settings. Stop it with Ctrl-C or SIGTERM: requests under way are finished first.
    """
    settings = house.settings
    house.application.prepare()
    click.echo(f"Listening on {settings.server.host}:{settings.server.port}, issuer {settings.issuer}")
    Granian(
        "idp.app:serve",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.server.host,
        port=settings.server.port,
        workers=settings.server.workers,
        blocking_threads=settings.server.threads,
        log_enabled=False,
    ).serve()


@click.command("worker")
@click.pass_obj
def worker(house: House) -> None:
    """Deliver mail and do the housekeeping, apart from the server.

    Needed where `server.run_worker` is false. Several may run: each piece of work is taken by one.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    application = house.application
    application.prepare()
    application.worker.start()
    click.echo(f"Worker {os.getpid()} at work; Ctrl-C to stop.")
    stop.wait()
    application.worker.stop()


@click.command("migrate")
@click.pass_obj
def migrate(house: House) -> None:
    """Bring the database to the present version.

    Safe to repeat, and safe while other nodes do the same. `idp serve` does it too.
    """
    house.application.migrate()
    click.echo("The database is up to date.")
