"""How many nodes a day needs, by arithmetic from the figures at the top of docs/sizing.md.

    python -m bench.sizing                 # takes measured figures from bench/results.json, computes, writes the page
    python -m bench.sizing --rows          # measures first what a sign-in leaves in PostgreSQL and Redis (a minute)
    python -m bench.sizing --check         # only says whether the page is what its figures give

The page's first table is the input: what is assumed is changed there by hand, what is measured comes from the bench.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any, Final

from bench.journeys.sign_ins import SignIn
from bench.measured import Row
from bench.peers.ours import NAME as OURS
from bench.results import FILE, Results
from bench.stored import stored
from tests.support.sources import ROOT

PAGE: Final = ROOT / "docs" / "sizing.md"
_ROW: Final = re.compile(r"^\| `(?P<name>[a-z_0-9]+)` \| (?P<value>[0-9.]+) \| (?P<rest>.*)$", re.MULTILINE)
_BEGIN: Final = "<!-- computed from the table above by `python -m bench.sizing`: do not edit -->\n"
_END: Final = "<!-- end of what is computed -->\n"
MIB: Final = 1024 * 1024
_CALLS: Final = ("refresh", "introspection", "userinfo")

Figures = Mapping[str, float]


def figures(page: str) -> dict[str, float]:
    """Return the figures of the page's first table, by name."""
    return {found["name"]: float(found["value"]) for found in _ROW.finditer(page)}


def measured(results: Results) -> dict[str, float]:
    """Return the figures that the bench's results hold."""
    found: dict[str, float] = {}
    sign_ins = results.found("sign-ins")
    if sign_ins:
        password, upstream = (SignIn.of(sign_ins[name]) for name in ("default", "franceconnect"))
        found["hash_ms"] = password.hash()
        found["password_ms"] = max(0.0, password.row.cost("own") - password.hash())
        found["franceconnect_ms"] = upstream.row.cost("own")
        for store in ("postgres", "redis"):
            found[f"{store}_ms"] = max(0.0, password.row.cost(store))
    for one in (results.found("peers") or {}).get("rows", ()):
        if one["name"] in _CALLS:
            row = Row.of(one["sides"][OURS])
            found[f"{one['name']}_ms"] = row.cost("own")
            found[f"{one['name']}_postgres_ms"] = max(0.0, row.cost("postgres"))
    memory = results.found("memory")
    if memory:
        found["worker_mib"] = memory["peak"] / 1024
    return {name: round(value, 2) for name, value in found.items()}


def computed(f: Figures) -> dict[str, float]:
    """Return what the figures give, by name; the page's second part shows each with its formula."""
    day = f["members"] * f["come_that_day"] * f["sign_ins_each"]
    peak = day * f["share_of_peak_hour"] / 3600 * f["peak_minute_over_hour"]
    by_upstream, by_password = peak * f["by_franceconnect"], peak * (1 - f["by_franceconnect"])
    hashes = by_password * (1 + f["wrong_passwords_each"]) + peak * f["need_a_new_password"]
    hash_cores = hashes * f["hash_ms"] / 1000
    # A wrong password costs a page too.
    sign_in_cores = (by_password * (1 + f["wrong_passwords_each"]) * f["password_ms"]
                     + by_upstream * f["franceconnect_ms"]) / 1000  # fmt: skip
    calls = {name: peak * f[f"{name}_each"] for name in _CALLS}
    call_cores = sum(rate * f[f"{name}_ms"] for name, rate in calls.items()) / 1000
    cores = hash_cores + sign_in_cores + call_cores
    per_node = f["cores_per_node"] * f["busy_at_most"]
    waiting = by_upstream * f["franceconnect_seconds"]
    processes = max(ceil(cores / per_node) * f["cores_per_node"],
                    ceil(waiting / max(1, f["threads"] * 3 // 8)))  # fmt: skip
    nodes = max(2, ceil(processes / f["cores_per_node"]) + 1)
    workers = nodes * f["cores_per_node"]
    statements = (peak * f["postgres_ms"] + sum(rate * f[f"{name}_postgres_ms"] for name, rate in calls.items())) / 1000
    mails = f["on_a_new_device"] + f["need_a_new_password"]
    hour = day * f["share_of_peak_hour"]
    live = min(day, hour * 8)  # a session lasts for eight hours at most
    messages = hour / 3600 * mails
    return {
        "day": day, "peak": peak, "hashes": hashes, "hash_cores": hash_cores, "sign_in_cores": sign_in_cores,
        "call_cores": call_cores, "cores": cores, "waiting": waiting, "nodes": nodes, "workers": workers,
        "hash_mib": f["parallel_hashes"] * f["hash_mib"], "node_mib": _node_mib(f),
        "hash_wait": f["cores_per_node"] * f["parallel_hashes"],
        "postgres_cores": statements / f["busy_at_most"],
        "connections": (workers + f["mail_workers"]) * (f["pool_size"] + f["pool_overflow"] + 1),
        "day_mib": day * f["sign_in_bytes"] / MIB,
        "year_gib": f["members"] * f["sign_ins_a_year"] * f["sign_in_bytes"] / 1024 / MIB,
        "dossiers_gib": f["members"] * f["dossier_bytes"] / 1024 / MIB,
        "redis_mib": live * f["session_bytes"] / MIB, "redis_cores": peak * f["redis_ms"] / 1000,
        "mails_day": day * mails, "mails_hour": hour * mails,
        "mail_workers": ceil(messages * f["mail_seconds"]),
        "franceconnect_day": day * f["by_franceconnect"], "franceconnect_peak": by_upstream,
    }  # fmt: skip


def _node_mib(f: Figures) -> float:
    # Measured with the memory of one hash in it.
    each = f["worker_mib"] + (f["parallel_hashes"] - 1) * f["hash_mib"]
    return f["cores_per_node"] * each + f["worker_mib"]


def results(f: Figures) -> str:
    """Return the page's second part."""
    r = computed(f)
    lines = [
        ("Sign-ins that day", f"{r['day']:,.0f}", "members × those who come × sign-ins each"),
        (
            "Sign-ins a second in the busiest minute",
            f"{r['peak']:.1f}",
            "day × share of the hour / 3600 × its peak",
        ),
        ("Passwords hashed a second", f"{r['hashes']:.1f}", "by password, with the wrong ones, and new passwords"),
        ("Processors for Argon2", f"{r['hash_cores']:.2f}", "hashes × `hash_ms`"),
        ("Processors for the rest of the sign-ins", f"{r['sign_in_cores']:.2f}", "by each way × its milliseconds"),
        ("Processors for refresh, introspection, userinfo", f"{r['call_cores']:.2f}", "calls each × milliseconds"),
        ("**Processors of nodes, all in all**", f"**{r['cores']:.2f}**", "at full use"),
        ("Threads that wait for FranceConnect", f"{r['waiting']:.1f}", "its sign-ins × `franceconnect_seconds`"),
        (
            f"**Nodes of {f['cores_per_node']:.0f} processors**",
            f"**{r['nodes']:.0f}**",
            f"at most {f['busy_at_most']:.0%} busy, 3/8 of the threads for FranceConnect, one node more, two at least",
        ),
        ("Memory of a node, MiB", f"{r['node_mib']:,.0f}", "a process a processor, with its hashes, and the parent"),
        ("of which for Argon2 in each process, MiB", f"{r['hash_mib']:.0f}", "`parallel_hashes` × `hash_mib`"),
        ("Processors of PostgreSQL", f"{r['postgres_cores']:.2f}", "sign-ins and calls × milliseconds / busy at most"),
        (
            "Connections of PostgreSQL at most",
            f"{r['connections']:.0f}",
            "processes × (`pool_size` + `pool_overflow` + 1 for `/readyz`); `max_connections` a fifth higher",
        ),
        (
            "The day leaves in PostgreSQL, MiB",
            f"{r['day_mib']:,.0f}",
            "sign-ins × `sign_in_bytes`; WAL is three times that",
        ),
        ("A year of sign-ins, GiB", f"{r['year_gib']:.1f}", "kept for a year, then pruned: it grows no further"),
        ("The dossiers, GiB", f"{r['dossiers_gib']:.2f}", "members × `dossier_bytes`"),
        ("Redis, MiB", f"{r['redis_mib']:,.0f}", "sessions that may live at once × `session_bytes`"),
        ("Processors of Redis", f"{r['redis_cores']:.2f}", "one thread: well below 1"),
        ("Messages that day", f"{r['mails_day']:,.0f}", "new devices and new passwords: the quota to buy"),
        ("Messages in the peak hour", f"{r['mails_hour']:,.0f}", "what the mail server must take"),
        ("Processes of `idp worker`", f"{r['mail_workers']:.0f}", "each hands over one message at a time"),
        ("FranceConnect sign-ins that day", f"{r['franceconnect_day']:,.0f}", "tell FranceConnect beforehand"),
        ("FranceConnect sign-ins a second at the peak", f"{r['franceconnect_peak']:.1f}", "two calls each"),
    ]
    table = "".join(f"| {what} | {value} | {how} |\n" for what, value, how in lines)
    return f"| what | result | how |\n|---|---|---|\n{table}"


def written(page: str, new: Figures) -> str:
    """Return the page with figures replaced and the second part computed anew.

    Raises:
        ValueError: the page has no place for it.
    """

    def row(found: re.Match[str]) -> str:
        value = new.get(found["name"], float(found["value"]))
        return f"| `{found['name']}` | {value:.6g} | {found['rest']}"

    page = _ROW.sub(row, page)
    head, begin, rest = page.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not (begin and end):
        raise ValueError("the page has lost the marks between which the results stand")
    return f"{head}{begin}\n{results(figures(page))}\n{end}{tail}"


def main() -> int:
    """Write the page, or say whether it is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m bench.sizing", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", action="store_true", help="measure what a sign-in leaves in the stores")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page is behind its figures")
    parser.add_argument("--results", type=Path, default=FILE, help="the bench's results")
    wanted = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    new: dict[str, Any] = {}
    if not wanted.check:
        new = measured(Results.read(wanted.results)) | (stored() if wanted.rows else {})
    made = written(page, new)
    if wanted.check:
        return int(made != page)
    PAGE.write_text(made, encoding="utf-8")
    sys.stdout.write(results(figures(made)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
