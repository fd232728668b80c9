"""What the parts of the provider stand on: settings, keys, stores, the way out; each made when first asked for."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial

from sqlalchemy import Engine

from idp import config
from idp.clock import Clock
from idp.members.factors.house import rewrap_secrets
from idp.services.house_sealer import open_house_sealer
from idp.services.house_secret import open_house_secret, rewrap_house_secret
from idp.services.key_management import KeyManagement
from idp.services.key_readers import KeyReaders
from idp.services.outgoing import Outgoing
from idp.services.token_references import TokenSecret
from idp.services.token_secret import open_token_secret, rewrap_token_secret
from idp.store.db import Store
from idp.store.era_watch import EraWatch
from idp.store.keys import Keys
from idp.store.kv import SqlKeyValue
from idp.store.kv_redis import RedisKeyValue
from idp.store.kv_stand_in import Redis, StandIn, works
from idp.store.redis_servers import connect_redis
from idp.tracing import spans
from idp.tracing.watched import WatchedStore
from idp.upstream_ports import KeyValue
from keys.house_secret import HouseSecret
from keys.jwe import CONTENT_ENCRYPTIONS, decrypt
from keys.ring import KeyRing
from keys.rotation import RotationPolicy
from keys.sealing import Sealer


@dataclass
class Foundations:
    """Keys and stores. Nothing touches the database before it is asked for something."""

    settings: config.Settings
    clock: Clock
    engine: Engine
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        """Open the store on the engine."""
        self.store = WatchedStore(self.engine) if spans.on() else Store(self.engine)

    @cached_property
    def sealer(self) -> Sealer:
        """The house's sealer; `ConfigurationError` when its key is gone although there are keys that it opens."""
        return open_house_sealer(self.settings.keys, self.store)

    @cached_property
    def secret(self) -> HouseSecret:
        """What the keys of keyed hashes and tags are derived from; read from the database, made if there is none."""
        return open_house_secret(self.store, self.sealer)

    def token_secret(self) -> TokenSecret:
        """Return the secret that access tokens are sealed under now, from the database."""
        return open_token_secret(self.store, self.sealer, self.secret)

    @cached_property
    def key_management(self) -> KeyManagement:
        """The signing keys in the database."""
        keys, tokens = self.settings.keys, self.settings.tokens
        policy = RotationPolicy(
            publish_ahead=keys.publish_ahead,
            active_period=keys.active_for,
            keep_after_retirement=keys.keep_after,
            longest_token=max(tokens.access_token, tokens.id_token),
        )

        @contextmanager
        def rows() -> Iterator[Keys]:
            with self.store.begin() as unit:
                yield unit.keys

        algorithms = dict.fromkeys((*keys.algorithms, *keys.encryption, *self.settings.franceconnect.decrypts))
        return KeyManagement(rows, self.sealer, self.clock, policy, tuple(algorithms))

    def rewrap_others(self) -> int:
        """Seal again, under the current key-encryption key, what is sealed beside the keys; return how many changed."""
        secrets = rewrap_house_secret(self.store, self.sealer), rewrap_token_secret(self.store, self.sealer)
        return sum(secrets) + rewrap_secrets(self.store, self.sealer)

    @cached_property
    def key_readers(self) -> KeyReaders:
        """Who has read the published keys, for whoever asks; the back channel has its own, which notes."""
        return KeyReaders(self.store, self.clock)

    @cached_property
    def ring(self) -> KeyRing:
        """The keys of this process."""
        management = self.key_management
        return KeyRing(management.load, self.sealer, now=self.clock(), kept=management.algorithms)

    def decrypt(self, token: str, algorithm: str) -> str:
        """Return what is inside a JWE to one of our keys; TokenRejected otherwise. The keys may be another node's."""
        now = self.clock()
        self.ring.reload_if_older_than(now, self.settings.keys.reload_every)
        return decrypt(self.ring, token, algorithms=(algorithm,), now=now)

    def unseal(self, token: str) -> str:
        """Return what a client encrypted to a key of ours, perhaps another node's; TokenRejected otherwise."""
        now, keys = self.clock(), self.settings.keys
        self.ring.reload_if_older_than(now, keys.reload_every)
        return decrypt(self.ring, token, algorithms=keys.encryption, contents=CONTENT_ENCRYPTIONS, now=now)

    @cached_property
    def outgoing(self) -> Outgoing:
        """Calls to addresses that applications registered."""
        return Outgoing(self.settings.outgoing)

    @cached_property
    def kv(self) -> KeyValue:
        """Redis, with the database to stand in for it, or the database where none is configured (decision D3)."""
        cache, database = self.settings.cache, SqlKeyValue(self.store, self.clock)
        if cache.redis_url is None:
            return database
        redis = self._redis(cache, cache.redis_url)
        # One that never begins it still goes where the others are, and never back to what was left behind.
        after = cache.stand_in_after if cache.stand_in else math.inf
        watch = EraWatch(self.store, self.clock, partial(works, redis), after=after, calm=cache.stand_in_calm)
        return StandIn(redis, database, watch)

    @property
    def steady(self) -> KeyValue:
        """The key-value store without its stand-in, for what must not begin anew with it."""
        return self.kv.steady if isinstance(self.kv, StandIn) else self.kv

    def anew_at(self) -> int:
        """Return when the key-value store last began anew, Unix seconds, as far as is known; 0 for never."""
        return self.kv.anew_at() if isinstance(self.kv, StandIn) else 0

    @staticmethod
    def _redis(cache: config.Cache, url: str) -> Redis:
        password = config.read_secret(cache.redis_password_file) if cache.redis_password_file else None
        sentinels = config.read_secret(cache.sentinel_password_file) if cache.sentinel_password_file else None
        servers = connect_redis(
            url,
            password=password,
            sentinel_password=sentinels,
            ca_bundle=cache.ca_bundle,
            timeout=cache.timeout,
        )
        if spans.on():
            from idp.tracing.watched_redis import WatchedRedis  # noqa: PLC0415 - for traced houses alone

            return WatchedRedis(servers)
        return RedisKeyValue(servers)
