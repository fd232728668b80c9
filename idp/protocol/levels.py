"""Levels of assurance: what reaches each, which a sign-in meets, and which an application is told.

Sources: OpenID Connect Core 1.0 sections 3.1.2.1 and 5.5.1.1, RFC 9470.

Pure. A level is met by any of its methods, whatever came before or after: a member who proves a second factor after
FranceConnect meets FranceConnect's level still, and an application that insists on either gets the value it asked for.
"""

from collections.abc import Collection, Sequence
from typing import Final, Literal

from idp.protocol.names import (
    ACR_EIDAS1,
    ACR_PASSWORD,
    ACR_TWO_FACTORS,
    AMR_CODE,
    AMR_FEDERATION,
    AMR_HARDWARE,
    AMR_PASSWORD,
    AMR_SOFTWARE,
)
from idp.records import dataclass

Method = Literal["password", "franceconnect", "code", "passkey"]
"""Ways to prove who one is. `code`: a one-time or recovery code, after a first proof."""

_SHOWN_BY: Final[dict[Method, frozenset[str]]] = {
    "password": frozenset({AMR_PASSWORD}),
    "franceconnect": frozenset({AMR_FEDERATION}),
    "code": frozenset({AMR_CODE}),
    "passkey": frozenset({AMR_HARDWARE, AMR_SOFTWARE}),
}
_OURS: Final = frozenset({ACR_PASSWORD, ACR_TWO_FACTORS})


@dataclass(frozen=True, slots=True)
class Level:
    """One level: the `acr` value that names it, and the methods any of which reaches it."""

    name: str
    methods: tuple[Method, ...]


DEFAULT: Final = (
    Level(ACR_PASSWORD, ("password", "code", "passkey")),
    Level(ACR_EIDAS1, ("franceconnect",)),
    Level(ACR_TWO_FACTORS, ("code", "passkey")),
)
"""The fund's two factors are more than its password; only FranceConnect proves the civil identity."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of the house, from the weakest to the strongest, and the methods that it offers now."""

    order: tuple[Level, ...] = DEFAULT
    offered: frozenset[Method] = frozenset(_SHOWN_BY)

    @property
    def supported(self) -> tuple[str, ...]:
        """The values that a member can reach here, in order: `acr_values_supported`."""
        return tuple(level.name for level in self.order if not self.offered.isdisjoint(level.methods))

    def met(self, acr: str, amr: Collection[str]) -> frozenset[str]:
        """Return every level that a sign-in meets.

        Args:
            acr: what the sign-in said of itself; counts where it is an upstream's own value that no level here names.
            amr: its methods.
        """
        named = {level.name for level in self.order}
        found = {level.name for level in self.order if any(not _SHOWN_BY[way].isdisjoint(amr) for way in level.methods)}
        return frozenset(found | ({acr} - named - _OURS))

    def reachable(self, wanted: Collection[str]) -> tuple[str, ...]:
        """Return those of the values that a member can reach here, in the order given."""
        if not wanted:
            return ()
        supported = set(self.supported)
        return tuple(value for value in dict.fromkeys(wanted) if value in supported)

    def methods(self, wanted: Collection[str]) -> frozenset[Method]:
        """Return the offered methods that reach one of the values."""
        return self.offered.intersection(way for level in self.order if level.name in wanted for way in level.methods)

    def reported(self, essential: Sequence[str], wished: Sequence[str], acr: str, amr: Collection[str]) -> str:
        """Return the one level to tell an application: what it insists on, else what it prefers, else the strongest.

        Args:
            essential: values one of which must be reached; the strongest that is met is told.
            wished: `acr_values`, in the application's order of preference (Core 3.1.2.1).
            acr: what the sign-in said of itself.
            amr: its methods.
        """
        found = self.met(acr, amr)
        strongest = [level.name for level in reversed(self.order) if level.name in found]
        own = sorted(found.difference(strongest))
        for choice in ([name for name in (*strongest, *own) if name in essential], [*wished], own, strongest):
            told = next((name for name in choice if name in found), None)
            if told is not None:
                return told
        return acr


ALL_LEVELS: Final = Levels()
"""What a house without settings of its own has, everything offered."""
