"""The settings files of the three programs, written at every start from the plan."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from idp.demo.clients import DemoClient
from idp.demo.files import write_private
from idp.demo.plan import FRANCECONNECT_CLIENT_ID, PERSONAS, Plan

HEADING: Final = "# Written by `idp demo` at every start; changes made here are lost.\n"
FRANCECONNECT_CALLBACK: Final = "/federation/franceconnect/callback"
FRANCECONNECT_LOGOUT: Final = "/federation/franceconnect/logout"
_EXAMPLES: Final = {
    "espace": ("espace-personnel", "openid profile email address phone dossier offline_access"),
    "documents": ("mes-documents", "openid profile dossier offline_access"),
    "simulateur": ("simulateur-retraite", "openid profile email"),
}


def provider_settings(plan: Plan) -> str:
    """Return the provider's settings as TOML (see `config.example.toml` for what each key means)."""
    sections: dict[str, dict[str, Any]] = {
        "server": {"port": plan.port},
        "database": {"url": f"sqlite:///{plan.database_file}"},
        "keys": {"kek_file": str(plan.data / "kek")},
        "franceconnect": {
            "enabled": True,
            "environment": "emulator",
            "issuer": plan.emulator_issuer,
            "client_id": FRANCECONNECT_CLIENT_ID,
            "client_secret_file": str(plan.franceconnect_secret_file),
        },
        "mail": {"transport": "file", "directory": str(plan.mail)},
        "logs": {"format": "text"},
    }
    lines = [HEADING + f"issuer = {_toml(plan.issuer)}"]
    for section, members in sections.items():
        lines += ["", f"[{section}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in members.items()]
    return "\n".join(lines) + "\n"


def emulator_settings(plan: Plan, franceconnect_secret: str) -> dict[str, Any]:
    """Return the emulator's settings: the provider is its one service."""
    return {
        "issuer": plan.emulator_issuer,
        "personas": str(PERSONAS),
        "keys_file": "emulator-keys.json",
        "clients": [
            {
                "client_id": FRANCECONNECT_CLIENT_ID,
                "client_secret": franceconnect_secret,
                "name": "CARPIMKO",
                "redirect_uris": [plan.issuer + FRANCECONNECT_CALLBACK],
                "post_logout_redirect_uris": [plan.issuer + FRANCECONNECT_LOGOUT],
            }
        ],
    }


def espace_settings(plan: Plan, clients: Sequence[DemoClient]) -> dict[str, Any]:
    """Return the example applications' settings."""
    by_id = {demo.client.client_id: demo for demo in clients}
    applications = {}
    for key, (client_id, scope) in _EXAMPLES.items():
        demo = by_id[client_id]
        applications[key] = {
            "client_id": client_id,
            "client_secret": demo.secret,
            "scope": scope,
            "token_endpoint_auth_method": demo.client.token_endpoint_auth_method,
            "id_token_signed_response_alg": demo.client.id_token_signed_response_alg,
        }
    return {
        "issuer": plan.issuer,
        "base_url": plan.relying_party,
        "mailbox": str(plan.mail),
        "applications": applications,
    }


def write_settings(plan: Plan, clients: Sequence[DemoClient], franceconnect_secret: str) -> None:
    """Write the settings of the three programs; each file is readable by its owner only."""
    write_private(plan.franceconnect_secret_file, franceconnect_secret + "\n")
    write_private(plan.settings_file, provider_settings(plan))
    write_private(plan.emulator_file, _json(emulator_settings(plan, franceconnect_secret)))
    write_private(plan.espace_file, _json(espace_settings(plan, clients)))


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _toml(value: bool | int | str) -> str:
    """Return a TOML value; a JSON string without exotic characters is a TOML basic string."""
    return json.dumps(value, ensure_ascii=False)
