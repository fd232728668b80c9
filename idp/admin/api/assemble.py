"""Wires the API: acts and token services in, what the machines' door mounts out."""

from idp.admin.acts.house import Acts
from idp.admin.api import (
    administrators,
    audit,
    cases,
    client_history,
    clients,
    configuration,
    dashboard,
    doctor,
    keys,
    letters,
    members,
    proposals,
    upstreams,
    usage,
)
from idp.admin.api.door import Door
from idp.admin.api.guard import Guard
from idp.admin.api.idempotency import Once
from idp.admin.api.openapi import document
from idp.admin.api.operation import Operation
from idp.admin.api.problems import faults
from idp.endpoints.dpop import DpopGate
from idp.protocol.names import ADMIN_API
from idp.services.audit import AuditLog
from idp.services.back_channel import BackChannel
from idp.upstream_ports import KeyValue, Seal
from idp.wire.table import Mount


def operations(acts: Acts) -> tuple[Operation, ...]:
    """Return every operation: the API on one screen."""
    return (
        *members.operations(acts.desk),
        *letters.operations(acts.desk.letters),
        *cases.operations(acts.cases),
        *upstreams.operations(acts.upstreams),
        *keys.operations(acts.keys),
        *clients.operations(acts.clients),
        *client_history.operations(acts.client_history),
        *usage.operations(acts.usage),
        *doctor.operations(acts.doctor),
        *dashboard.operations(acts.dashboard),
        *configuration.operations(acts.configuration),
        *proposals.operations(acts.proposals),
        *audit.operations(acts.audit),
        *administrators.operations(acts.admins),
    )


def mount(
    acts: Acts,
    channel: BackChannel,
    kv: KeyValue,
    steady: KeyValue,
    seal: Seal,
    trail: AuditLog,
    per_minute: int,
) -> Mount:
    """Return what the machines' door answers below the API's path.

    Args:
        acts: what can be done.
        channel: finds tokens.
        kv: counts requests.
        steady: keeps answers; never begins anew beside what it kept before.
        seal: closes the answers that are kept.
        trail: told of what is refused.
        per_minute: requests of one client in a minute.
    """
    base, table = f"{channel.issuer}{ADMIN_API}", operations(acts)
    dpop = DpopGate(channel.replay, channel.issuer, channel.clock)
    guard = Guard(channel.access, dpop, kv, channel.clock, resource=base, per_minute=per_minute)
    described = document(table, channel.issuer, base)
    door = Door(table, guard, Once(steady, seal), described, trail, channel.clock, base)
    return Mount(door, faults(base))
