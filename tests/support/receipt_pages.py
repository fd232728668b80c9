"""Receipts of sign-outs with sample words, for the gallery."""

from collections.abc import Mapping
from typing import Any, Final

SERVICES: Final = ({"id": "espace", "name": "Espace Personnel"}, {"id": "cap", "name": "Cap Retraite, simulateur"})
"""The services that the question offers to leave one by one."""


def _row(name: str, kind: str, word: str, *details: str, url: str | None = None) -> Mapping[str, Any]:
    return {"id": name, "name": name, "url": url, "kind": kind, "word": word, "details": details}


RECEIPT: Final[Mapping[str, Any]] = {
    "rows": [
        _row("Espace Personnel", "done", "Fermé", "Un accès qui lui a déjà été donné prend fin à 14:32."),
        _row("Mes documents", "done", "Prévenu par votre navigateur", url="/"),
        _row(
            "Cap Retraite, simulateur de droits et de pensions",
            "warning",
            "N’a pas répondu",
            "Nous continuons d’essayer pendant 24 heures. D’ici là, déconnectez-vous aussi dans ce service.",
            url="/",
        ),
        _row("Ancien service", "none", "Accès retiré", "Il garde peut-être sa propre session.", url="/"),
        _row(
            "FranceConnect",
            "warning",
            "N’a pas pu être fermé",
            "Sans nouvelle utilisation, votre session y prend fin à 14:32.",
        ),
    ],
    "left": "",
    "waits": True,
    "then": "https://app.carpimko.example/bye",
    "then_name": "Espace Personnel",
}
"""Everything that a receipt can say."""

LEFT: Final[Mapping[str, Any]] = {
    "rows": [_row("Mes documents", "done", "Fermé")],
    "left": "Mes documents",
    "waits": False,
    "then": None,
    "then_name": "",
}
"""One service was left, the session goes on."""
