"""`idp serve`, `idp worker`, `idp migrate`: the programs themselves."""

import errno
import os
import shutil
import signal
import socket
import threading
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import click

from idp import config
from idp.commands.house import House, database_file
from idp.commands.left_off import lost_mail
from idp.commands.private_files import private_files
from idp.loading import kept
from idp.metrics.node import new_directory

_UNSHIELDED = (
    "Warning: the server listens beyond this machine and server.trusted_proxies is empty. Put a reverse proxy that "
    "buffers requests in front and name it there: a slow body holds one of the few threads (docs/operations.md)."
)


_READABLE = (
    "Warning: metrics.host is not of this machine alone and metrics.token_file is empty: whoever reaches the port "
    "reads the figures. Name a token, or let only the monitoring through (docs/operations.md)."
)

_LAST_RESORT: Final = 35
"""Seconds after which a worker that was told to stop is ended: less than the 40 that deploy/ grants."""

_MARK: Final = "demo.seeded"
"""A file beside the database and the keys of a demonstration."""


class DemonstrationServed(click.ClickException):
    """What is to be served is a demonstration's, whose passwords are printed and written in `demo.json`."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is a demonstration's, whose passwords and secrets anybody may read. Name another database and "
            "another key-encryption key in the settings, or run the demonstration itself: idp demo"
        )


def _no_demonstration(settings: config.Settings) -> None:
    """Refuse the folder of a demonstration, where the defaults lead too."""
    for file in (settings.keys.kek_file, database_file(settings)):
        if file is not None and (file.parent / _MARK).exists():
            raise DemonstrationServed(str(file))


@click.command("serve")
@click.pass_obj
@private_files()
def serve(house: House) -> None:
    """Serve the provider.

    Brings the database up to date, makes the signing keys at the first start, then listens on the address and port
    of the settings. Stop it with Ctrl-C or SIGTERM: requests under way are finished first. The database and the keys
    of a demonstration are refused.
    """
    # The server is a shared library that no other command needs.
    with kept():
        from granian import Granian  # noqa: PLC0415 - see above
        from granian.constants import Interfaces  # noqa: PLC0415 - see above

        from idp.admin.seeded import seeded  # noqa: PLC0415 - brings the stores in, which no help needs

    settings = house.settings
    if taken(settings.server):
        raise click.ClickException(
            f"port {settings.server.port} of {settings.server.host} is taken by another program; "
            "stop it, or choose another with server.port"
        )
    _no_demonstration(settings)
    # The workers are forked from here and share what is loaded by now.
    with kept():
        application = house.beginning
        try:
            application.prepare()
            if seeded(application.store):
                raise DemonstrationServed("The database")
            import_module("idp.process")
            _ = application.kv
        finally:
            # Each worker process opens its own; this one only watches over them.
            application.close()
    if unshielded(settings.server):
        click.echo(_UNSHIELDED, err=True)
    lost = lost_mail(settings)
    if lost is not None:
        click.echo(lost, err=True)
    figures = _figures(settings)
    click.echo(f"Listening on {settings.server.host}:{settings.server.port}, issuer {settings.issuer}")
    server = Granian(
        "idp.process:serve",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.server.host,
        port=settings.server.port,
        workers=settings.server.workers,
        blocking_threads=settings.server.threads,
        # One that is killed, for want of memory say, must not take the others with it.
        respawn_failed_workers=True,
        # A last resort: requests under way are finished long before.
        workers_kill_timeout=_LAST_RESORT,
        log_enabled=False,
        ssl_cert=settings.server.tls_certificate,
        ssl_key=settings.server.tls_key,
    )
    try:
        server.serve()
    finally:
        if figures is not None:
            shutil.rmtree(figures, ignore_errors=True)


def _figures(settings: config.Settings) -> Path | None:
    """Make the folder in which the processes of this node write their figures, where somebody reads them."""
    metrics = settings.metrics
    if metrics.port is None:
        return None
    if _taken(metrics.host, metrics.port):
        raise click.ClickException(
            f"port {metrics.port} of {metrics.host} is taken by another program; choose another with metrics.port"
        )
    if metrics.token_file is None and not _loopback(metrics.host):
        click.echo(_READABLE, err=True)
    return new_directory()


def taken(server: config.Server) -> bool:
    """Whether something listens already; asked because Granian shares a port silently with another Granian."""
    return _taken(server.host, server.port)


def _taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def unshielded(server: config.Server) -> bool:
    """Whether strangers may reach the server without a proxy that is known to it."""
    return not server.trusted_proxies and not _loopback(server.host)


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@click.command("worker")
@click.pass_obj
@private_files()
def worker(house: House) -> None:
    """Deliver mail and do the housekeeping, apart from the server.

    Needed where `server.run_worker` is false. Several may run: each piece of work is taken by one. Logs as the server
    does.
    """
    from idp import logs  # noqa: PLC0415 - as above
    from idp.measuring import node_of  # noqa: PLC0415 - as above
    from idp.process import trace  # noqa: PLC0415 - brings the stores in, which no help needs

    logs.configure(house.settings.logs)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    trace(house.settings)
    application = house.beginning
    application.prepare()
    application.worker.start()
    node = node_of(application, house.settings.metrics.worker_port, dict)
    if node is not None:
        node.start()
    click.echo(f"Worker {os.getpid()} at work; Ctrl-C to stop.")
    stop.wait()
    application.worker.stop()
    if node is not None:
        node.stop()


@click.command("migrate")
@click.pass_obj
@private_files()
def migrate(house: House) -> None:
    """Bring the database to the present version.

    Safe to repeat, and safe while other nodes do the same. `idp serve` does it too.
    """
    house.beginning.migrate()
    click.echo("The database is up to date.")
