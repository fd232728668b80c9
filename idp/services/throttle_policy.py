"""How long a sign-in waits after how many failures: pure rules, no clock and no counter (N-096, C-11)."""

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from idp import config
from idp.records import dataclass

DAY: Final = 86400
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers behind the delays; times in seconds.

    `daily_failures` is the most wrong passwords a dossier accepts in any 24 hours, whatever the networks (the
    French data protection authority's figure for a password alone behind a restricted access). Sign-ins from the
    `exempt` networks are neither counted nor delayed.
    """

    free_failures: int
    first_delay: int
    longest_delay: int
    network_failures: int
    global_failures: int
    daily_failures: int = 25
    wide_free_failures: int = 10
    wide_longest_delay: int = 300
    sprayed_dossiers: int = 10
    network_pace: int = 30
    global_pace: int = 10
    exempt: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, settings: config.Passwords) -> "Limits":
        """Return the limits of the settings."""
        return cls(
            free_failures=settings.free_failures,
            first_delay=settings.first_delay,
            longest_delay=settings.longest_delay,
            network_failures=settings.network_failures,
            global_failures=settings.global_failures,
            sprayed_dossiers=max(2, settings.network_failures // 5),
            exempt=tuple(ip_network(network, strict=False) for network in settings.unthrottled_networks),
        )

    def stricter(self) -> "Limits":
        """Return the limits of one process that counts alone, because the shared counters are gone (R-12)."""
        return replace(
            self,
            free_failures=0,
            first_delay=min(self.longest_delay, 2 * self.first_delay),
            network_failures=max(1, self.network_failures // 5),
            global_failures=max(1, self.global_failures // 10),
            daily_failures=max(1, self.daily_failures // 3),
            wide_free_failures=1,
            sprayed_dossiers=2,
        )

    def standing_in(self) -> "Limits":
        """Return the limits of counters that all processes share, while those with the history are gone (R-12).

        Of a dossier they take as little as a process alone does. A network may be a carrier's, with many members behind
        it who all sign in anew: it is counted by everybody, and has half of its usual failures.
        """
        return replace(
            self.stricter(),
            network_failures=max(1, self.network_failures // 2),
            global_failures=max(1, self.global_failures // 2),
            sprayed_dossiers=max(2, self.sprayed_dossiers // 2),
        )


def is_exempt(limits: Limits, network: str) -> bool:
    """Whether sign-ins from a network, as the door names it, go uncounted."""
    if not limits.exempt:
        return False
    try:
        asking = ip_network(network)
    except ValueError:
        return False
    # A network of one IP version is never within one of the other: its address is not in it.
    return any(asking.network_address in one and asking.prefixlen >= one.prefixlen for one in limits.exempt)


def pair_delay(limits: Limits, failures: int) -> int:
    """Return the seconds that a dossier waits on one network after its `failures`-th failure.

    Nothing for the free ones; then the first delay, doubled at each failure, up to the longest.
    """
    return _doubling(failures - limits.free_failures, limits.first_delay, limits.longest_delay)


def wide_delay(limits: Limits, failures: int) -> int:
    """Return the seconds that a dossier waits on every network: later and shorter, so that nobody locks out another."""
    return _doubling(failures - limits.wide_free_failures, limits.first_delay, limits.wide_longest_delay)


def pace(limits: Limits, *, network_failures: int, sprayed: int, all_failures: int) -> int:
    """Return the least seconds between two sign-ins of one network; 0 when it need not wait.

    Args:
        limits: the numbers.
        network_failures: failures of this network in the hour.
        sprayed: different dossiers that failed on this network in the hour (N-097).
        all_failures: failures of everybody in the minute.
    """
    if network_failures >= limits.network_failures or sprayed >= limits.sprayed_dossiers:
        return limits.network_pace
    return limits.global_pace if all_failures >= limits.global_failures else 0


def suspicious(limits: Limits, *, network_failures: int, sprayed: int) -> bool:
    """Whether sign-ins of a network must show a captcha: from half of the failures on that make it wait.

    Args:
        limits: the numbers.
        network_failures: failures of this network in the hour.
        sprayed: different dossiers that failed on this network in the hour (N-097).
    """
    return 2 * network_failures >= limits.network_failures or 2 * sprayed >= limits.sprayed_dossiers


def _doubling(step: int, first: int, longest: int) -> int:
    if step < 1:
        return 0
    # A shift by more would be as long as the longest delay anyway, and a huge number to compute.
    return min(longest, first << min(step - 1, 20))
