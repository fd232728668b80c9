"""The services of the back channel, wired once over a store, a key-value port and a key ring."""

from collections.abc import Callable

from idp.clock import Clock
from idp.config import Tokens as Lifetimes
from idp.protocol.client_notes import Note, unnoted
from idp.records import dataclass
from idp.services.access_tokens import AccessTokens
from idp.services.authorization_answers import AuthorizationAnswers
from idp.services.client_brake import ClientBrake
from idp.services.client_keys import ClientKeys
from idp.services.clients import Clients
from idp.services.codes import Codes
from idp.services.encryption import Encryption
from idp.services.id_tokens import IdTokens
from idp.services.key_readers import KeyReaders
from idp.services.replay import Replay
from idp.services.token_references import TokenReferences, TokenSecret
from idp.services.tokens import Tokens
from idp.store.db import Store
from idp.upstream_ports import KeyValue
from keys.ring import KeyRing


@dataclass(frozen=True, slots=True)
class BackChannel:
    """What the endpoints need; the front channel shares `clients` and `answers`.

    `refresh_keys` looks for keys made by another node, and a secret of tokens, now and then: cheap enough for every
    request that signs.
    `reload_keys_every` is in seconds: how old the ring may be before that.
    """

    issuer: str
    clock: Clock
    ring: KeyRing
    clients: Clients
    client_keys: ClientKeys
    codes: Codes
    answers: AuthorizationAnswers
    access: AccessTokens
    tokens: Tokens
    encryption: Encryption
    replay: Replay
    brake: ClientBrake
    key_readers: KeyReaders
    refresh_keys: Callable[[], None]
    reload_keys_every: int = 30
    note: Note = unnoted

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
        token_secret: Callable[[], TokenSecret],
        longest_session: int,
        client_keys: ClientKeys,
        reload_keys_every: int = 30,
        note: Note = unnoted,
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
            token_secret: returns the stored secret of access tokens.
            longest_session: `sessions.absolute` of the settings.
            client_keys: their public keys.
            reload_keys_every: `keys.reload_every` of the settings.
            note: told what clients do and what they are refused.
        """
        codes = Codes(kv, clock, lives.code)
        references = TokenReferences(token_secret, lives.access_token, clock())
        access = AccessTokens(store, clients, references, ring, issuer, lives.access_token)
        ids = IdTokens(ring, issuer, lives.id_token)
        encryption = Encryption(client_keys.of)

        key_readers = KeyReaders(store, clock)

        def refresh_keys() -> None:
            now = clock()
            ring.reload_if_older_than(now, reload_keys_every)
            references.reload_if_older_than(now, reload_keys_every)
            key_readers.write_if_due()

        return cls(
            issuer=issuer,
            clock=clock,
            ring=ring,
            clients=clients,
            client_keys=client_keys,
            codes=codes,
            answers=AuthorizationAnswers(store, codes, access, ids, encryption, refresh_keys, clock, longest_session),
            access=access,
            tokens=Tokens(store, codes, access, ids, encryption, lives, clock, longest_session=longest_session),
            encryption=encryption,
            replay=Replay(store),
            brake=ClientBrake(kv, clock),
            key_readers=key_readers,
            refresh_keys=refresh_keys,
            reload_keys_every=reload_keys_every,
            note=note,
        )
