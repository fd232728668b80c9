"""The parts of one running emulator, put together once and handed to each blueprint."""

from dataclasses import dataclass
from typing import Self

from federation.emulator.config import EmulatorConfig
from federation.emulator.keys import SigningKeys
from federation.emulator.knobs import Knobs
from federation.emulator.state import State
from federation.emulator.tokens import TokenMaker


@dataclass(frozen=True, slots=True)
class Emulator:
    """One emulator: configuration, memory, keys, knobs and the token maker over them."""

    config: EmulatorConfig
    state: State
    keys: SigningKeys
    knobs: Knobs
    tokens: TokenMaker

    @classmethod
    def assemble(cls, config: EmulatorConfig, keys: SigningKeys | None = None) -> Self:
        """Wire the parts; `keys` lets a test suite share one set, since making RSA keys is slow."""
        signing_keys, knobs = keys or SigningKeys(config.keys_file), Knobs()
        return cls(
            config=config,
            state=State(
                config.clock,
                session_lifetime=config.platform.session_lifetime,
                sliding=config.platform.sliding,
            ),
            keys=signing_keys,
            knobs=knobs,
            tokens=TokenMaker(config, signing_keys, knobs),
        )
