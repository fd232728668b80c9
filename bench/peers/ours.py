"""Our side: the provider as production runs it, two processes on PostgreSQL and Redis."""

import base64
import hashlib
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.peers.grounds import CALLBACK, CLIENT, PROCESSES, RESOURCE, SCOPE, Grounds
from bench.peers.sides import Side, endpoints
from idp import config
from idp.app import Application, build
from idp.members.dossiers import Dossier
from idp.protocol.client import Client, ClientSecret
from tests.support import processes
from tests.support.cast import ISSUER, MEMBER, PASSWORD

NAME = "ours"
ARGON: dict[str, str] = {"keycloak": "memory_kib = 7168\npasses = 5\nlanes = 1\n", "default": ""}
"""Costs of a password's hash, by name: those of Keycloak's published sizing, and our own."""
ES256 = "ES256"
_MANY = 1_000_000


def client(secret: str, now: int) -> Client:
    """Return the application that asks for everything."""
    return Client(
        client_id=CLIENT,
        name="Bench",
        first_party=True,
        secrets=(ClientSecret(hashlib.sha256(secret.encode()).hexdigest(), now),),
        redirect_uris=(CALLBACK,),
        grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
        scopes=frozenset({"openid", "profile", "email", "offline_access", SCOPE}),
        id_token_signed_response_alg=ES256,
        audiences=(RESOURCE,),
        resource_server=RESOURCE,
    )


def settings(
    grounds: Grounds, database: str, port: int, more: str = "", hashes: str = "default", cache: int = 0
) -> str:
    """Return the settings file of a node: each whole table once, `more` at the end; `cache` is Redis's database."""
    folder = grounds.folder
    return (
        f'issuer = "{ISSUER}"\n'
        f"[server]\nport = {port}\nworkers = {PROCESSES}\n"
        f'[database]\nurl = "{database}"\n[cache]\nredis_url = "{grounds.redis.url}?db={cache}"\n'
        f'[keys]\nkek_file = "{folder}/kek"\nalgorithms = ["ES256", "RS256"]\n'
        f'[mail]\ndirectory = "{folder}/mailbox"\n'
        f"[passwords]\nnetwork_failures = {_MANY}\nglobal_failures = {_MANY}\n{ARGON[hashes]}{more}"
    )


def filled(application: Application, secret: str, members: Sequence[Dossier] = ()) -> None:
    """Bring the database up to date and put the application and its members into it, one at least."""
    application.prepare()
    application.clients.upsert(client(secret, int(time.time()) - 60))
    for member in (MEMBER, *members):
        application.dossiers.upsert(member, PASSWORD)


@contextmanager
def running(
    grounds: Grounds, hashes: str = "default", more: str = "", members: Sequence[Dossier] = (), cache: int = 0
) -> Iterator[Side]:
    """Run it on a database of its own."""
    port, database = processes.free_port(), grounds.database()
    file = grounds.folder / f"ours-{port}.toml"
    file.write_text(settings(grounds, database, port, more, hashes, cache), encoding="utf-8")
    application = build(config.load(file))
    filled(application, grounds.secret, members)
    application.close()
    command = [sys.executable, "-c", "from idp.cli import main; main()", "--config", str(file), "serve"]
    program = processes.start(command, grounds.folder / f"ours-{port}.log")
    try:
        program.wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}/readyz"), 60)
        yield Side(NAME, port, endpoints(port), program, database)
    finally:
        program.stop()


def basic(secret: str) -> str:
    """Return the value of `Authorization` with which the application authenticates."""
    return "Basic " + base64.b64encode(f"{CLIENT}:{secret}".encode()).decode()
