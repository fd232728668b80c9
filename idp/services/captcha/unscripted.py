"""The way on without scripts: a ticked box, believed some seconds after the page was made (N-172, N-166).

It costs a machine nothing but time, so each network gets few of them; the limits of the form itself stand behind it.
"""

import hashlib
import logging
from typing import Final

from idp.clock import Clock
from idp.services.captcha.stamps import Stamp
from idp.services.local_counters import LocalCounters
from idp.upstream_ports import KeyValue, KeyValueUnavailable

log = logging.getLogger("idp.captcha")

_HOUR: Final = 3600


class Unscripted:
    """Judges pages that were answered by the ticked box alone.

    Args:
        kv: shared counters.
        per_network: answers believed per network and hour; half as many per process while the counters are gone.
        clock: present time.
    """

    def __init__(self, kv: KeyValue, per_network: int, clock: Clock) -> None:
        self._kv = kv
        self._alone = LocalCounters(clock)
        self._per_network = per_network
        self._clock = clock

    def ripe(self, stamp: Stamp) -> bool:
        """Whether the page is old enough for its box to be believed."""
        return self._clock() >= stamp.ripe_at

    def allows(self, stamp: Stamp, network: str) -> bool:
        """Whether the box may be believed now, from this network. Counts it."""
        if not self.ripe(stamp):
            return False
        now = self._clock()
        place = hashlib.sha256(network.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        key = f"captcha:unscripted:{place}:{now // _HOUR}"
        try:
            return self._kv.increment(key, _HOUR) <= self._per_network
        except KeyValueUnavailable:
            log.warning("captcha counters unavailable, this process counts alone and more strictly")
        try:
            return self._alone.increment(key, _HOUR) <= self._per_network // 2
        except KeyValueUnavailable:
            return False
