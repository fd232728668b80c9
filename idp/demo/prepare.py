"""Fill the data directory: credentials, contract, and the settings of the three programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.demo import contract as contracts
from idp.demo.clients import SECRET_CLIENTS, DemoClient, demo_clients
from idp.demo.credentials import Credentials, complete
from idp.demo.files import make_directories
from idp.demo.personas import Persona, load_personas
from idp.demo.plan import PERSONAS, PROJECT, Plan
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
    personas = load_personas(PERSONAS)
    numbers = [seeded.dossier.dossier for persona in personas for seeded in persona.dossiers if seeded.with_password]
    credentials = complete(contracts.read(plan.contract_file), numbers, SECRET_CLIENTS, _known_secret(plan))
    clients = demo_clients(plan, credentials)
    contract = contracts.build(plan, personas, clients, credentials)
    write_settings(plan, clients, credentials.franceconnect_secret)
    contracts.write(plan.contract_file, contract)
    wanted = fingerprints(personas, clients, credentials)
    return Prepared(plan, contract, personas, clients, credentials, wanted, missing(plan, wanted))


def programs(plan: Plan) -> dict[str, Program]:
    """Return the three programs of a demonstration, in the order in which they are started."""
    rows = (
        ("emulator", "federation.emulator.serve:application", plan.port + 1, "EMULATOR_CONFIG"),
        ("examples", "examples.espace_personnel.serve:serve", plan.port + 2, "ESPACE_CONFIG"),
        ("provider", "idp.app:serve", plan.port, "IDP_CONFIG"),
    )
    settings = {
        "emulator": (plan.emulator_file, "/api/v2/.well-known/openid-configuration"),
        "examples": (plan.espace_file, "/healthz"),
        "provider": (plan.settings_file, "/healthz"),
    }
    return {
        name: Program(
            name=name,
            command=granian(factory, port),
            port=port,
            ready_path=settings[name][1],
            log=plan.logs / f"{name}.log",
            environment={variable: str(settings[name][0]), **_loopback_without_proxy()},
            directory=PROJECT,
        )
        for name, factory, port, variable in rows
    }


def _loopback_without_proxy() -> dict[str, str]:
    """The programs call one another on localhost: a proxy of the machine's environment must not be asked."""
    return {"NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1"}


def _known_secret(plan: Plan) -> str | None:
    try:
        return plan.franceconnect_secret_file.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
