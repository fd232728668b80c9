"""The captcha of the settings, wired."""

import hashlib
import hmac
from typing import Final
from urllib.parse import urlsplit

from idp.clock import Clock
from idp.config import ConfigurationError, Settings, read_secret
from idp.services.captcha.fallback import WithFallback
from idp.services.captcha.port import Captcha
from idp.services.captcha.proof_of_work import Effort, ProofOfWork
from idp.services.captcha.providers import PROVIDERS
from idp.services.captcha.siteverify import Siteverify
from idp.services.captcha.stamps import Stamps
from idp.services.captcha.third_party import ThirdParty
from idp.services.captcha.unscripted import Unscripted
from idp.services.replay import Replay
from idp.store.db import Store
from idp.upstream_ports import KeyValue

_SHORTEST_KEY: Final = 32


def build_captcha(settings: Settings, store: Store, kv: KeyValue, key: bytes, clock: Clock) -> Captcha:
    """Return the captcha that the settings name.

    Args:
        settings: `captcha` chooses; `issuer` says which host a third party's verdict must be for.
        store: decides who used an answer first.
        kv: counts answers without scripts, and spreads the news of an outage.
        key: at least 32 secret bytes, the same on every node and after a restart.
        clock: present time.

    Raises:
        ConfigurationError: the third party's key or secret is missing.
        ValueError: the key is too short.
    """
    if len(key) < _SHORTEST_KEY:
        raise ValueError("the captcha key has at least 32 bytes")
    own = settings.captcha
    stamps = Stamps(_derived(key, "stamp"), own.lifetime, clock)
    used = Replay(store)
    effort = Effort(own.proof_iterations, own.proof_attempts, own.unscripted_wait)

    def proof(hardness: Effort, per_network: int) -> ProofOfWork:
        unscripted = Unscripted(kv, per_network, clock)
        return ProofOfWork(stamps, unscripted, used, _derived(key, "proof"), hardness)

    if own.provider == "proof_of_work":
        return proof(effort, own.unscripted_per_network)
    if own.secret_file is None:
        raise ConfigurationError(["captcha.secret_file is needed for this provider"])
    provider = PROVIDERS[own.provider]
    first = ThirdParty(
        provider,
        own.site_key,
        Siteverify(own.verify_url or provider.verify_url, read_secret(own.secret_file), own.timeout),
        host=urlsplit(settings.issuer).hostname or "",
        wait=own.unscripted_wait,
        stamps=stamps,
        unscripted=Unscripted(kv, own.unscripted_per_network, clock),
        used=used,
    )
    return WithFallback(first, proof(effort.doubled(), own.unscripted_per_network // 2), kv, clock)


def _derived(key: bytes, use: str) -> bytes:
    """Return a key for one use, so that no signature of one is good for another."""
    return hmac.digest(key, b"captcha " + use.encode(), hashlib.sha256)
