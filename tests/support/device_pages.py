"""The pages of devices and of the history with sample words, for the gallery."""

from collections.abc import Mapping
from typing import Any, Final

_SIGN_IN: Final[Mapping[str, Any]] = {
    "id": "s0",
    "device": "Firefox sur Windows",
    "network": "192.0.2.x",
    "method": "Mot de passe et code à usage unique",
    "level": "Renforcé : deux preuves",
}
_SESSION: Final[Mapping[str, Any]] = {
    **_SIGN_IN,
    "here": True,
    "since": "14 novembre 2023, 23:13",
    "seen": "14 novembre 2023, 23:48",
    "services": ["Espace Personnel", "Mes documents"],
}
_ENTRY: Final[Mapping[str, Any]] = {
    **_SIGN_IN,
    "opened": True,
    "live": True,
    "here": True,
    "new_device": True,
    "disowned": False,
    "at": "14 novembre 2023, 23:13",
    "ended": "",
    "outcome": "En cours, sur cet appareil",
    "service": "Espace Personnel",
}
_OVER: Final = {
    **_ENTRY,
    "live": False,
    "here": False,
    "ended": "14 novembre 2023, 23:20",
    "outcome": "Suivie d’une nouvelle connexion dans le même navigateur",
}
_REFUSED: Final = {
    **_OVER,
    "opened": False,
    "new_device": False,
    "device": "",
    "level": "",
    "service": "",
    "ended": "",
    "network": "2001:db8:1:…",
    "outcome": "Refusée : le mot de passe est juste, mais il doit être changé",
}

UNSEEN: Final[Mapping[str, Any]] = {"at": "14 novembre 2023, 23:13", "device": "Firefox sur Windows"}
"""A new device that no mail could tell of."""


def _devices(*sessions: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    others = sum(not one["here"] for one in sessions)
    return "account/devices.html", {"here": "devices", "sessions": sessions, "others": others, "csrf": "c"}


def _report(entry: Mapping[str, Any], **changes: Any) -> tuple[str, dict[str, Any]]:
    context: dict[str, Any] = {"here": "history", "entry": entry, "action": "#", "csrf": "c", "harmless": False}
    return "account/report.html", context | {"by_upstream": False, "factors": [], "codes": False} | changes


PAGES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "devices": _devices(_SESSION, {**_SESSION, "here": False}, {**_SESSION, "here": False, "services": []}),
    "devices-alone": _devices({**_SESSION, "services": []}),
    "history": (
        "account/history.html",
        {
            "here": "history",
            "entries": [_ENTRY, _OVER, {**_OVER, "disowned": True}, _REFUSED],
            "newer": 1,
            "older": 3,
            "kept_days": 365,
        },
    ),
    "history-empty": (
        "account/history.html",
        {"here": "history", "entries": [], "newer": 0, "older": 0, "kept_days": 365},
    ),
    "report": _report(_OVER, by_upstream=True),
    "report-second-step": _report(_OVER, factors=["Téléphone d’Angela", "Clé d’accès"], codes=True),
    "report-refused": _report(_REFUSED, harmless=True),
    "secured": ("account/secured.html", {"suspended": True}),
}
