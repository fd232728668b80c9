"""`demo.json`: what scripts may rely on. Members are only ever added, never renamed.

The field names and button ids below are promises of the pages (`templates/`): a page that changes one breaks scripts.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from idp.admin.roles import Role
from idp.demo.clients import API_CLIENT, API_SCOPES, DemoClient
from idp.demo.credentials import Credentials
from idp.demo.files import write_private
from idp.demo.personas import Persona
from idp.demo.plan import Plan
from idp.demo.suite_settings import PERSONA, configurations
from idp.protocol.names import ADMIN_API

VERSION: Final = 1
ADMIN_LOGIN: Final = "admin@example.org"
"""The administrator who has every role."""
ADMINISTRATORS: Final[Mapping[str, tuple[str, tuple[Role, ...]]]] = {
    ADMIN_LOGIN: ("Camille Admin", tuple(Role)),
    "clients@example.org": ("Claude Applications", (Role.CLIENTS,)),
    "members@example.org": ("Dominique Assistance", (Role.MEMBERS,)),
    "security@example.org": ("Maxime Sécurité", (Role.SECURITY,)),
    "auditor@example.org": ("Sacha Audit", (Role.AUDITOR,)),
}
"""Name and roles by login: somebody with every role, and one for each."""

FRANCECONNECT_PASSWORD: Final = "123"
"""The emulator's password for everybody, as in FranceConnect's own sandbox."""

PAGES: Final[Mapping[str, Any]] = {
    "sign_in": {
        "path": "/connexion/{interaction}",
        "fields": {
            "csrf": "csrf",
            "situation": "situation",
            "dossier": "dossier",
            "password": "password",
        },
        "situation_values": ["affilie", "ayant_droit"],
        "buttons": {"submit": "sign-in", "franceconnect": "franceconnect"},
    },
    "consent": {
        "path": "/consentement/{interaction}",
        "fields": {"csrf": "csrf", "decision": "decision"},
        "decision_values": ["allow", "deny"],
        "buttons": {"allow": "consent-allow", "deny": "consent-deny"},
    },
    "logout": {
        "path": "/deconnexion",
        "fields": {"csrf": "csrf"},
        "buttons": {"confirm": "logout-confirm"},
    },
    "error": {"elements": {"reference": "error-reference"}},
    "emulator": {
        "fields": {"persona": "persona", "login": "login", "password": "password"},
        "buttons": {
            "impots": "idp-impots",
            "ameli": "idp-ameli",
            "laposte": "idp-laposte",
            "msa": "idp-msa",
            "yris": "idp-yris",
            "france_identite": "idp-france-identite",
            "trustme": "idp-trustme",
            "aidants_connect": "idp-aidants-connect",
            "login": "idp-login",
            "abandon": "abandon",
            "continue": "continue",
            "back": "back-to-service",
        },
    },
    "relying_party": {
        "paths": {"espace": "/", "documents": "/documents", "simulateur": "/simulateur"},
        "buttons": {
            "sign_in": "sign-in",
            "refresh": "refresh",
            "logout": "logout",
            "step_up": "step-up",
            "documents": "documents",
            "retry": "retry",
        },
        "elements": {
            "greeting": "greeting",
            "dossier": "numero-dossier",
            "situation": "situation",
            "claims": "claims",
            "notice": "notice",
            "error_code": "error-code",
        },
    },
}
"""Paths, form fields and element ids of the pages. An id is an HTML `id`; a field is a form field's `name`."""


def build(
    plan: Plan,
    personas: Sequence[Persona],
    clients: Sequence[DemoClient],
    credentials: Credentials,
) -> dict[str, Any]:
    """Return the content of `demo.json`.

    `ca_file` vouches for the issuer's certificate, null on http; `suite` is what a conformance suite is told, null
    without open registration. `admin` signs in at the console; its codes are those of `totp_secret` (base32, RFC
    6238). `administrators` are that one and one for each role, with the same password and codes. `admin_api` is what
    a program needs for the REST API.
    """
    people = [_persona(persona, credentials.passwords) for persona in personas]
    entries = [_client(client) for client in clients]
    return {
        "version": VERSION,
        "issuer": plan.issuer,
        "emulator": plan.emulator,
        "emulator_issuer": plan.emulator_issuer,
        "relying_party": plan.relying_party,
        "mailbox": plan.mailbox,
        "mailbox_messages": f"{plan.mailbox}messages.json",
        "ca_file": str(plan.tls_files.authority) if plan.tls else None,
        "open_registration": plan.open_registration,
        "suite": _suite(plan, people, entries) if plan.open_registration else None,
        "admin": {
            "url": f"{plan.issuer}/administration",
            "login": ADMIN_LOGIN,
            "password": credentials.admin_password,
            "totp_secret": credentials.admin_totp,
        },
        "administrators": [
            {
                "login": login,
                "name": name,
                "roles": [role.value for role in roles],
                "password": credentials.admin_password,
                "totp_secret": credentials.admin_totp,
            }
            for login, (name, roles) in ADMINISTRATORS.items()
        ],
        "admin_api": {
            "url": f"{plan.issuer}{ADMIN_API}",
            "document": f"{plan.issuer}{ADMIN_API}/openapi.json",
            "client_id": API_CLIENT,
            "client_secret": credentials.client_secrets[API_CLIENT],
            "scope": " ".join(API_SCOPES),
            "resource": f"{plan.issuer}{ADMIN_API}",
        },
        "clients": entries,
        "personas": people,
        "pages": PAGES,
    }


def write(path: Path, contract: Mapping[str, Any]) -> None:
    """Write `demo.json`; it holds passwords and secrets, so only its owner may read it."""
    write_private(path, json.dumps(contract, ensure_ascii=False, indent=2) + "\n")


def read(path: Path) -> dict[str, Any] | None:
    """Return the contract of an earlier start, or None at the first.

    Raises:
        ValueError: when the file is damaged; it is never replaced in silence, for it alone holds the passwords.
    """
    try:
        contract = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(contract, dict) or "personas" not in contract:
        raise ValueError(f"{path} is not a demonstration's contract")
    return contract


def _suite(plan: Plan, people: Sequence[Mapping[str, Any]], clients: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    persona = next(one for one in people if one["key"] == PERSONA)
    return {
        "address": plan.suite,
        "persona": PERSONA,
        "configurations": configurations(plan.issuer, plan.suite, persona, clients),
    }


def _client(demo: DemoClient) -> dict[str, Any]:
    client = demo.client
    entry: dict[str, Any] = {
        "client_id": client.client_id,
        "name": client.name,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "grant_types": sorted(client.grant_types),
        "scope": " ".join(sorted(client.scopes, key=lambda scope: (scope != "openid", scope))),
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "first_party": client.first_party,
    }
    if demo.secret is not None:
        entry["client_secret"] = demo.secret
    if demo.private_jwk is not None:
        entry["private_jwk"] = dict(demo.private_jwk)
    return entry


def _persona(persona: Persona, passwords: Mapping[str, str]) -> dict[str, Any]:
    """Return one persona; the members at the top are those of the first dossier, or null without any."""
    dossiers = [
        {
            "dossier": seeded.dossier.dossier,
            "situation": seeded.dossier.situation,
            "status": seeded.dossier.status,
            "password": passwords.get(seeded.dossier.dossier) if seeded.with_password else None,
            "email": seeded.dossier.email,
        }
        for seeded in persona.dossiers
    ]
    first = dossiers[0] if dossiers else dict.fromkeys(("dossier", "situation", "password", "email"))
    return {
        "key": persona.key,
        "label": persona.label,
        "story": persona.story,
        "dossier": first["dossier"],
        "situation": first["situation"],
        "password": first["password"],
        "email": first["email"],
        "franceconnect": _identity(persona),
        "dossiers": dossiers,
    }


def _identity(persona: Persona) -> dict[str, Any] | None:
    if persona.franceconnect is None:
        return None
    return {
        "provider": PAGES["emulator"]["buttons"]["impots"],
        "login": persona.key,
        "password": FRANCECONNECT_PASSWORD,
        "claims": dict(persona.franceconnect),
    }
