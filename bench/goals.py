"""What is to be reached, each with the figure beside it: one line for each kind of work."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.journeys.sign_ins import SignIn
from bench.measured import Row, longer, times
from bench.peers.ours import NAME as OURS
from bench.peers.peer import NAME as PEER
from bench.results import Results

REFRESHES: Final = 300
SIGN_INS: Final = 15
BESIDE: Final = 0.15
FRANCECONNECT: Final = 12
GROWTH: Final = 0.10
MEMORY: Final = 120
FLAT: Final = 0.02
"""Share by which the memory of a worker may have grown from the first fifth of the time to the last."""
COLD: Final = 1.5
UNMEASURED: Final = "not measured"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the work, what is wanted, what was found, and whether that is enough (None: nobody knows)."""

    work: str
    wanted: str
    figure: str
    reached: bool | None


def lines(results: Results) -> list[Line]:
    """Return every line, in the order of the goals; what was not measured says so."""
    found = [*_peers(results), *_refreshes(results.found("peers"), results.processors("peers"))]
    for part, own in (
        ("sign-ins", _sign_ins),
        ("growth", _growth),
        ("memory", _memory),
        ("cold-start", _cold_start),
        ("tables", _tables),
    ):
        found += own(results.found(part))
    return found


def missed(results: Results) -> list[Line]:
    """Return the lines that fall short."""
    return [line for line in lines(results) if line.reached is False]


def _peers(results: Results) -> list[Line]:
    found = results.found("peers")
    made = []
    for one in (found or {}).get("rows", ()):
        own, other = (Row.of(one["sides"][name]) for name in (OURS, PEER))
        rate, tail = times(own, other), longer(own, other, "p99").middle
        wanted, figure = f"{one['times']:g} times the peer's rate", f"{rate} times, {own.rate():.0f}/s"
        good = rate.middle >= one["times"]
        if one["tail"] is not None:
            wanted += ", 99 % lower" if one["tail"] <= 1 else ", 99 % no worse"
            figure += f"; 99 % {own.latency('p99'):.1f} ms, peer {other.latency('p99'):.1f} ms"
            good = good and tail <= one["tail"]
        made.append(Line(one["name"], wanted, figure, good))
    made += [
        Line(name, "as there is at the peer", "does not stand yet", False) for name in (found or {}).get("absent", ())
    ]
    return made or [Line("beside the peer", "", UNMEASURED, None)]


def _refreshes(found: Any, processors: int) -> list[Line]:
    work, wanted = "refresh with a database transaction", f"{REFRESHES} a second and processor"
    rows = [one for one in (found or {}).get("rows", ()) if one["name"] == "refresh"]
    if not rows:
        return [Line(work, wanted, UNMEASURED, None)]
    row = Row.of(rows[0]["sides"][OURS])
    each = row.rate() / processors
    figure = f"{each:.0f}, wrk and PostgreSQL beside it; {1000 / row.cost():.0f} by our processor time"
    return [Line(work, wanted, figure, each >= REFRESHES)]


def _sign_ins(found: Any) -> list[Line]:
    works = ("password sign-in, Argon2id 7 MiB, t = 5, p = 1", "password sign-in, our own cost")
    wanted = f"{SIGN_INS} a second and processor", f"all but the hash at most {BESIDE:.0%} of the hash"
    upstream = "FranceConnect sign-in", f"our processor time at most {FRANCECONNECT} ms"
    if not found:
        return [
            Line(works[0], ", ".join(wanted), UNMEASURED, None),
            Line(works[1], wanted[1], UNMEASURED, None),
            Line(*upstream, UNMEASURED, None),
        ]
    keycloak, default, france = (SignIn.of(found[name]) for name in ("keycloak", "default", "franceconnect"))
    each = 1000 / keycloak.row.cost()
    shares = [_beside(one) for one in (keycloak, default)]
    return [
        Line(works[0], ", ".join(wanted), f"{each:.1f}; {shares[0]}", each >= SIGN_INS and keycloak.beside() <= BESIDE),
        Line(
            works[1],
            wanted[1],
            f"{1000 / default.row.cost():.1f} a second and processor; {shares[1]}",
            default.beside() <= BESIDE,
        ),
        Line(
            *upstream,
            f"{france.row.cost():.1f} ms, PostgreSQL and Redis included ({france.row.cost('own'):.1f} ms without)",
            france.row.cost() <= FRANCECONNECT,
        ),
    ]


def _beside(one: SignIn) -> str:
    return f"{one.beside():.0%} beside a hash of {one.hash():.1f} ms"


def _growth(found: Any) -> list[Line]:
    work, wanted = "growth a thousandfold", f"median up by at most {GROWTH:.0%}"
    if not found:
        return [Line(work, wanted, UNMEASURED, None)]
    made = []
    for one in found["rows"]:
        small, large = Row.of(one["small"]), Row.of(one["large"])
        grown = longer(large, small)
        rounds = f"{grown.middle - 1:+.0%} ({grown.least - 1:+.0%} to {grown.most - 1:+.0%} by rounds)"
        figure = f"{rounds}; {small.latency('p50'):.2f} and {large.latency('p50'):.2f} ms"
        made.append(Line(f"{work}: {one['name']}", wanted, figure, grown.middle - 1 <= GROWTH))
    return made


def _memory(found: Any) -> list[Line]:
    work, wanted = "memory", f"at most {MEMORY} MiB a worker at load; flat over ten minutes"
    if not found:
        return [Line(work, wanted, UNMEASURED, None)]
    samples = found["samples"]
    peak, grown, minutes = found["peak"] / 1024, growth_of(samples), samples[-1][0] / 60
    share = max(one[2] for one in samples) / 1024
    figure = f"{peak:.0f} MiB resident at most, {share:.0f} as its share; {grown:+.1%} over {minutes:.1f} min"
    enough = minutes >= 9.5 or None
    flat = grown <= FLAT
    return [Line(work, wanted, figure, False if peak > MEMORY or not flat else enough)]


def growth_of(samples: Sequence[Sequence[float]]) -> float:
    """Return by what share the memory grew from the first fifth of the samples to the last: `[second, resident, …]`."""
    part = max(1, len(samples) // 5)
    first, last = (statistics.median(one[1] for one in some) for some in (samples[:part], samples[-part:]))
    return last / first - 1


def _cold_start(found: Any) -> list[Line]:
    work, wanted = "cold start to first answer", f"at most {COLD:g} s"
    if not found:
        return [Line(work, wanted, UNMEASURED, None)]
    taken = statistics.median(found["seconds"])
    return [Line(work, wanted, f"{taken:.2f} s", taken <= COLD)]


def _tables(found: Any) -> list[Line]:
    work, wanted = "tables", "pruned in small batches; bounded by live data after a simulated month"
    if not found:
        return [Line(work, wanted, UNMEASURED, None)]
    figure = (
        f"{found['rows']} rows for {found['live']} live ones after {found['days']} days; "
        f"at most {found['largest_batch']} a batch, {found['longest_ms']:.0f} ms"
    )
    return [Line(work, wanted, figure, found["bounded"])]
