"""Fault knobs: one line in `KNOBS` is one fault that a test or a person can switch on.

A knob is read where its effect happens (`Knobs.get`), so the table, the API and the page never change when a
line is added. A knob with `once` goes back to rest after its first use.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from federation.emulator.errors import AUTHORIZE_ERRORS, PAGES

Kind = Literal["choice", "flag", "seconds", "status"]
Value = str | int | float | bool

MAXIMUM_DELAY = 120.0


@dataclass(frozen=True, slots=True)
class Knob:
    """A fault: its name in the API, what it does (French, for the page), the kind of value it takes."""

    name: str
    label: str
    kind: Kind
    choices: tuple[str, ...] = ()
    once: bool = False

    def parse(self, value: object) -> Value | None:
        """Return the value to keep, or None for "at rest". Raises ValueError when it does not fit the kind."""
        if value in (None, "", False, 0, "0"):
            return None
        match self.kind:
            case "flag" if value in (True, "on", "true"):
                return True
            case "choice" if value in self.choices:
                return str(value)
            case "seconds" | "status" if isinstance(value, (int, float, str)):
                return self._number(value)
        raise ValueError(f"{self.name}: {value!r} does not fit")

    def _number(self, value: str | float) -> int | float:
        number = float(value)
        if self.kind == "seconds" and 0 < number <= MAXIMUM_DELAY:
            return number
        if self.kind == "status" and number in range(400, 600):
            return int(number)
        raise ValueError(f"{self.name}: {value!r} is out of range")


ENDPOINTS = ("discovery", "jwks", "token", "userinfo")
WRONG_ID_TOKEN = ("iss", "aud", "nonce", "sub", "acr", "exp", "iat", "no_nonce", "no_exp", "at_hash")
WRONG_USERINFO = ("iss", "aud", "sub", "exp", "no_sub")
WRONG_ALGORITHMS = ("none", "HS256", "other")
WRONG_ENCRYPTION = ("absent", "foreign_key", "unknown_kid", "other")
WRONG_BODIES = ("empty", "truncated", "html", "huge", "cut")

KNOBS: tuple[Knob, ...] = (
    Knob(
        "authorize_error",
        "La prochaine demande revient avec cette erreur",
        "choice",
        tuple(AUTHORIZE_ERRORS),
        True,
    ),
    Knob(
        "authorize_page",
        "La prochaine demande reste sur cette page d'erreur",
        "choice",
        tuple(PAGES),
        True,
    ),
    Knob("callback_state", "Le state du retour", "choice", ("absent", "undefined", "other")),
    Knob("callback_iss", "L'iss du retour", "choice", ("absent", "other")),
    Knob("callback_code", "Le code du retour", "choice", ("absent", "unknown")),
    Knob("id_token_alg", "Jeton d'identité : mauvais algorithme", "choice", WRONG_ALGORITHMS),
    Knob(
        "id_token_claim",
        "Jeton d'identité : valeur fausse, absente ou expirée",
        "choice",
        WRONG_ID_TOKEN,
    ),
    Knob("userinfo_alg", "UserInfo : mauvais algorithme", "choice", WRONG_ALGORITHMS),
    Knob("userinfo_claim", "UserInfo : valeur fausse, absente ou expirée", "choice", WRONG_USERINFO),
    Knob(
        "encryption",
        "FranceConnect+ : sans chiffrement, pour une autre clé, sous un kid inconnu, autre algorithme",
        "choice",
        WRONG_ENCRYPTION,
    ),
    Knob("userinfo_plain", "UserInfo en JSON, sans signature", "flag"),
    Knob("unknown_kid", "Signatures sous un kid absent de /jwks", "flag"),
    Knob("rotated_key", "Autre clé sous le même kid, publiée dans /jwks", "flag"),
    Knob("foreign_key", "Autre clé sous le même kid, jamais publiée", "flag"),
    Knob("new_sub", "Nouveau sub pour la même personne", "flag"),
    Knob("new_email", "Nouvelle adresse électronique pour la même personne", "flag"),
    Knob("logout_without_state", "Retour de déconnexion sans state", "flag"),
    Knob("logout_page", "La déconnexion reste sur une page d'erreur", "flag"),
    *(Knob(f"{name}_body", f"Corps de /{name} abîmé", "choice", WRONG_BODIES) for name in ENDPOINTS),
    *(Knob(f"{name}_delay", f"Attente de /{name}, en secondes", "seconds") for name in ENDPOINTS),
    *(Knob(f"{name}_status", f"Statut HTTP d'erreur de /{name}", "status") for name in ENDPOINTS),
)

BY_NAME: dict[str, Knob] = {knob.name: knob for knob in KNOBS}


class Knobs:
    """The positions of the knobs, shared by the threads of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, Value] = {}

    def set(self, values: Mapping[str, object]) -> None:
        """Turn several knobs, all or none. Raises ValueError on an unknown knob or a value that does not fit."""
        if unknown := set(values) - set(BY_NAME):
            raise ValueError(f"unknown knobs: {sorted(unknown)}")
        parsed = {name: BY_NAME[name].parse(value) for name, value in values.items()}
        with self._lock:
            for name, value in parsed.items():
                self._values.pop(name, None)
                if value is not None:
                    self._values[name] = value

    def get(self, name: str) -> Value | None:
        """Return the position of a knob, None at rest; a `once` knob is put back to rest by this read."""
        knob = BY_NAME[name]
        with self._lock:
            return self._values.pop(name, None) if knob.once else self._values.get(name)

    def choice(self, name: str) -> str:
        """Return the position of a choice knob, empty at rest."""
        return str(self.get(name) or "")

    def snapshot(self) -> dict[str, Value]:
        """Return what is turned now, without using up anything."""
        with self._lock:
            return dict(self._values)

    def reset(self) -> None:
        """Put every knob to rest."""
        with self._lock:
            self._values.clear()
