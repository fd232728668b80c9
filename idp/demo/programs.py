"""The settings files of the three programs, written at every start from the plan."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from idp.config.registration import ResponseType
from idp.demo.clients import DemoClient
from idp.demo.files import write_private
from idp.demo.plan import FRANCECONNECT_CLIENT_ID, PERSONAS, Plan

HEADING: Final = "# Written by `idp demo` at every start; changes made here are lost.\n"
FRANCECONNECT_CALLBACK: Final = "/federation/franceconnect/callback"
PRIVATE_NETWORKS: Final = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    *("::1/128", "fc00::/7", "fe80::/10"),
)
"""Where a suite may run: this machine, its containers, its neighbours (RFC 1918, RFC 4193, RFC 4291)."""
THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
MANY: Final = 100_000
"""Registrations, of which a suite makes one or two for each of its modules."""
FRANCECONNECT_LOGOUT: Final = "/federation/franceconnect/logout"
_EXAMPLES: Final = {
    "espace": ("espace-personnel", "openid profile email address phone dossier offline_access"),
    "documents": ("mes-documents", "openid profile dossier offline_access"),
    "simulateur": ("simulateur-retraite", "openid profile email"),
}


def provider_settings(plan: Plan) -> str:
    """Return the provider's settings as TOML (see `config.example.toml` for what each key means)."""
    sections: dict[str, dict[str, Any]] = {
        "server": {"port": plan.port, **_tls(plan)},
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
        # The applications are neighbours on this machine; they are told of sign-outs.
        "outgoing": {"private_hosts": [urlsplit(plan.relying_party).hostname or ""]},
        # Everybody in a demonstration comes from one address: what makes a network suspect is only so much later.
        "passwords": {"network_failures": 500},
        "admin": {"api": True},
        "logs": {"format": "text"},
    }
    if plan.open_registration:
        sections |= _for_a_suite(plan)
    lines = [HEADING + f"issuer = {_toml(plan.issuer)}"]
    for section, members in sections.items():
        lines += ["", f"[{section}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in members.items()]
    return "\n".join(lines) + "\n"


def _tls(plan: Plan) -> dict[str, Any]:
    files = plan.tls_files
    return {"tls_certificate": str(files.certificate), "tls_key": str(files.key)} if plan.tls else {}


def _for_a_suite(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return what a conformance suite needs and a house with members must not allow."""
    hosts = dict.fromkeys((*THIS_MACHINE, urlsplit(plan.suite).hostname or ""))
    return {
        "authorize": {"pkce": "public", "request_uri": True},
        "outgoing": {"private_hosts": [host for host in hosts if host], "ca_bundle": str(plan.trusted_file)},
        "passwords": {"unthrottled_networks": list(PRIVATE_NETWORKS)},
        "registration": {
            "enabled": True,
            "open": True,
            "response_types": list(get_args(ResponseType)),
            "per_hour": MANY,
            "most": MANY,
        },
    }


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


def _toml(value: bool | int | str | list[str]) -> str:
    """Return a TOML value; a JSON string without exotic characters is a TOML basic string, and so is a list of them."""
    return json.dumps(value, ensure_ascii=False)
