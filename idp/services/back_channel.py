"""The services of the back channel, wired once over a store, a key-value port and a key ring."""

from dataclasses import dataclass

from idp.clock import Clock
from idp.config import Tokens as Lifetimes
from idp.services.access_tokens import AccessTokens
from idp.services.client_brake import ClientBrake
from idp.services.clients import Clients
from idp.services.codes import Codes
from idp.services.id_tokens import IdTokens
from idp.services.replay import Replay
from idp.services.tokens import Tokens
from idp.store.db import Store
from idp.upstream import KeyValue
from keys.ring import KeyRing


@dataclass(frozen=True, slots=True)
class BackChannel:
    """What the endpoints need; the front channel shares `clients` and `codes`.

    `reload_keys_every` is in seconds: how old the ring may be before a node looks for keys made by another.
    """

    issuer: str
    clock: Clock
    ring: KeyRing
    clients: Clients
    codes: Codes
    access: AccessTokens
    tokens: Tokens
    replay: Replay
    brake: ClientBrake
    reload_keys_every: int = 30

    @classmethod
    def over(
        cls,
        *,
        store: Store,
        kv: KeyValue,
        ring: KeyRing,
        issuer: str,
        lives: Lifetimes,
        clock: Clock,
        clients: Clients,
        reload_keys_every: int = 30,
    ) -> "BackChannel":
        """Wire the services.

        Args:
            store: opens units of work.
            kv: codes and failure counters.
            ring: our keys.
            issuer: our `iss`, without a trailing slash.
            lives: lifetimes of the settings.
            clock: Unix seconds.
            clients: the relying applications and their cache.
            reload_keys_every: `keys.reload_every` of the settings.
        """
        codes = Codes(kv, clock, lives.code)
        access = AccessTokens(store, ring, issuer, lives.access_token)
        ids = IdTokens(ring, issuer, lives.id_token)
        return cls(
            issuer=issuer,
            clock=clock,
            ring=ring,
            clients=clients,
            codes=codes,
            access=access,
            tokens=Tokens(store, codes, access, ids, lives, clock),
            replay=Replay(store),
            brake=ClientBrake(kv, clock),
            reload_keys_every=reload_keys_every,
        )

    def refresh_keys(self) -> None:
        """Look for keys made by another node, now and then; cheap enough for every request."""
        self.ring.reload_if_older_than(self.clock(), self.reload_keys_every)
