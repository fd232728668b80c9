"""Fill the data directory: credentials, contract, and the settings of the three programs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from idp.demo import contract as contracts
from idp.demo import tls
from idp.demo.clients import DemoClient, demo_clients, key_clients, secret_clients
from idp.demo.credentials import Credentials, complete
from idp.demo.files import make_directories, write_private
from idp.demo.personas import Persona, load_personas
from idp.demo.plan import LOCALHOST, PERSONAS, PROJECT, Plan
from idp.demo.programs import write_settings
from idp.demo.seed import fingerprints, missing
from idp.demo.supervisor import Program, granian


@dataclass(frozen=True, slots=True)
class Prepared:
    """A demonstration whose files are written. `missing` names the parts to seed (see `idp.demo.seed`)."""

    plan: Plan
    contract: Mapping[str, Any]
    personas: tuple[Persona, ...]
    clients: tuple[DemoClient, ...]
    credentials: Credentials
    fingerprints: Mapping[str, str]
    missing: frozenset[str]


def prepare(plan: Plan) -> Prepared:
    """Write the files of a demonstration, keeping the secrets of an earlier start.

    Raises:
        OSError: when the directory cannot be written.
        ValueError: when the contract of an earlier start is damaged.
    """
    make_directories(plan.data, plan.logs, plan.mail)
    if plan.tls:
        tls.ensure(plan.tls_files, (plan.host, LOCALHOST, "127.0.0.1"), datetime.now(UTC))
    if plan.tls or plan.open_registration:
        write_private(plan.trusted_file, _authorities(plan))
    personas = load_personas(PERSONAS)
    numbers = [seeded.dossier.dossier for persona in personas for seeded in persona.dossiers if seeded.with_password]
    before = contracts.read(plan.contract_file) or contracts.read(plan.pending_file)
    credentials = complete(before, numbers, secret_clients(plan), key_clients(plan), _known_secret(plan))
    clients = demo_clients(plan, credentials)
    contract = contracts.build(plan, personas, clients, credentials)
    write_settings(plan, clients, credentials.franceconnect_secret)
    contracts.write(plan.pending_file, contract)
    plan.contract_file.unlink(missing_ok=True)
    wanted = fingerprints(personas, clients, credentials)
    return Prepared(plan, contract, personas, clients, credentials, wanted, missing(plan, wanted))


def publish(plan: Plan) -> None:
    """Let scripts have `demo.json`: everything answers."""
    plan.pending_file.replace(plan.contract_file)


def withdraw(plan: Plan) -> None:
    """Take `demo.json` back, which nothing answers to any more; what it says is kept for the next start."""
    if plan.contract_file.exists():
        plan.contract_file.replace(plan.pending_file)


def programs(plan: Plan) -> dict[str, Program]:
    """Return the three programs of a demonstration, in the order in which they are started."""
    rows = (
        ("emulator", "federation.emulator.serve:application", plan.port + 1, "EMULATOR_CONFIG"),
        ("examples", "examples.espace_personnel.serve:serve", plan.port + 2, "ESPACE_CONFIG"),
        ("provider", "idp.process:serve", plan.port, "IDP_CONFIG"),
    )
    settings = {
        "emulator": (plan.emulator_file, "/api/v2/.well-known/openid-configuration"),
        "examples": (plan.espace_file, "/healthz"),
        "provider": (plan.settings_file, "/healthz"),
    }
    made = {
        name: Program(
            name=name,
            command=granian(factory, port),
            port=port,
            ready_path=settings[name][1],
            log=plan.logs / f"{name}.log",
            environment={variable: str(settings[name][0]), **_loopback_without_proxy(), **_trust(plan)},
            directory=PROJECT,
        )
        for name, factory, port, variable in rows
    }
    if plan.tls:
        files = plan.tls_files
        command = granian(rows[2][1], plan.port, host=plan.listens_on, tls=(files.certificate, files.key))
        made["provider"] = replace(made["provider"], command=command, authority=files.authority)
    return made


def _trust(plan: Plan) -> dict[str, str]:
    """Make a program believe the provider's certificate when it calls by way of Requests."""
    return {"REQUESTS_CA_BUNDLE": str(plan.trusted_file)} if plan.tls else {}


def _authorities(plan: Plan) -> str:
    own = [plan.tls_files.authority] if plan.tls else []
    files = (Path(DEFAULT_CA_BUNDLE_PATH), *own, *([plan.trusted] if plan.trusted else []))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _loopback_without_proxy() -> dict[str, str]:
    """The programs call one another on localhost: a proxy of the machine's environment must not be asked."""
    return {"NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1"}


def _known_secret(plan: Plan) -> str | None:
    try:
        return plan.franceconnect_secret_file.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
