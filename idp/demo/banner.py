"""What `idp demo` prints once everything answers: a table short enough to stay on the screen."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

SHOWN: Final = 3
"""Personas shown; the others are in `demo.json`."""
SITUATIONS: Final = {"affilie": "Affilié", "ayant_droit": "Ayant droit"}


def banner(contract: Mapping[str, Any], contract_file: str, log_file: str) -> str:
    """Return the table of addresses, people and things to try; `log_file` is what the provider logs to."""
    rows = _people(contract["personas"])
    admin = contract["admin"]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    people = ["  " + "  ".join(_padded(row, widths)).rstrip() for row in rows]
    return "\n".join(
        [
            "",
            "The demonstration is ready.",
            "",
            f"  Espace Personnel (start here)  {contract['relying_party']}",
            f"  OpenID provider                {contract['issuer']}",
            f"  FranceConnect emulator         {contract['emulator']}",
            f"  Mailbox                        {contract['mailbox']}",
            f"  Administration                 {admin['url']}  {admin['login']}  {admin['password']}",
            f"                                 codes: any authenticator app, key {admin['totp_secret']}",
            f"                                 one role each, same password and key: {_single_roles(contract)}",
            f"  REST API of administration     {contract['admin_api']['url']}  (docs/admin-api.md)",
            "",
            *_certificate(contract),
            *people,
            f"  … and {_others(contract, rows)} more people, each another case: examples/demo/personas.json",
            f"  Every password, secret and page contract, for scripts too: {contract_file}",
            f"  What the provider logs, an error page's reference with it: {log_file}",
            "",
            "Try: sign in with a dossier number and its password; then with FranceConnect: choose any tile,",
            "     then the person by the identifier above, password 123. Open « Mes documents » (no second",
            "     sign-in) and the simulator (asks your consent), read the mailbox, and sign out. First",
            f"     connection: {_newcomer(contract['personas'])}.",
            "",
            "Ctrl-C stops the three programs.",
        ]
    )


def _certificate(contract: Mapping[str, Any]) -> list[str]:
    if contract["ca_file"] is None:
        return []
    return [f"  Let browsers and programs trust {contract['ca_file']}", ""]


def _single_roles(contract: Mapping[str, Any]) -> str:
    """Name the administrators who have one role each, their domain once."""
    logins = [one["login"] for one in contract["administrators"] if len(one["roles"]) == 1]
    names = [login.partition("@")[0] for login in logins]
    return f"{'@ '.join(names)}@{logins[-1].partition('@')[2]}"


def _newcomer(personas: Sequence[Mapping[str, Any]]) -> str:
    """Name somebody who has a dossier with an address and no password yet."""
    found = ((one, entry) for one in personas for entry in one["dossiers"])
    one, entry = next(pair for pair in found if pair[1]["password"] is None and pair[1]["email"])
    return f"{one['label'].split(' — ')[0]}, {SITUATIONS[entry['situation']].lower()}, {entry['dossier']}"


def _people(personas: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("Who", "Situation", "Dossier", "Password", "FranceConnect")]
    for persona in personas:
        for entry in persona["dossiers"]:
            if entry["password"] is None or entry["status"] != "active":
                continue
            login = persona["franceconnect"]["login"] if persona["franceconnect"] else "—"
            name = persona["label"].split(" — ")[0]
            situation = SITUATIONS.get(entry["situation"], entry["situation"])
            rows.append((name, situation, entry["dossier"], entry["password"], login))
    first, others = rows[: SHOWN + 1], rows[SHOWN + 1 :]
    # One ayant droit at least: the two kinds of dossier sign in differently.
    if not any(row[1] == SITUATIONS["ayant_droit"] for row in first):
        first += [row for row in others if row[1] == SITUATIONS["ayant_droit"]][:1]
    return first


def _others(contract: Mapping[str, Any], rows: Sequence[Sequence[str]]) -> int:
    """Return how many people are not among the rows shown, which begin with the headings."""
    return len(contract["personas"]) - len({row[0] for row in rows[1:]})


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
