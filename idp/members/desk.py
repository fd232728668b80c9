"""The parts of a first connection and of a forgotten password, put together once."""

from typing import Protocol

from idp import config
from idp.clock import Clock
from idp.members.activation import Activation
from idp.members.delivery import Deliveries
from idp.members.email_proofs import EmailProving
from idp.members.passwords import Passwords
from idp.members.provisional import Digests
from idp.members.provisional_issue import ProvisionalIssue
from idp.members.reset_requests import ResetRequests
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.db import Store
from idp.upstream_ports import KeyValue, Seal


class Secret(Protocol):
    """The house's secret, which gives a key for each purpose."""

    def derive(self, purpose: bytes) -> bytes:
        """Return 32 bytes for one purpose."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages, the sign-in and the worker each need of it."""

    resets: ResetRequests
    activation: Activation
    proving: EmailProving
    issue: ProvisionalIssue
    deliveries: Deliveries

    @classmethod
    def over(
        cls,
        *,
        store: Store,
        kv: KeyValue,
        sealer: Seal,
        secret: Secret,
        passwords: Passwords,
        digests: Digests,
        settings: config.Settings,
        clock: Clock,
        trail: Trail,
    ) -> "Desk":
        """Return the parts over one store, with the house's settings."""
        rules = settings.activation
        deliveries = Deliveries(secret.derive(b"invented addresses"), rules.contact_rest)
        proving = EmailProving(store, sealer, rules, settings.issuer, clock, trail)
        return cls(
            resets=ResetRequests(
                store, kv, sealer, deliveries, rules, clock, reference_key=secret.derive(b"reset reference")
            ),
            activation=Activation(
                store,
                kv,
                sealer,
                passwords,
                digests,
                proving,
                rules,
                minimum=settings.passwords.minimum_length,
                clock=clock,
                trail=trail,
            ),
            proving=proving,
            issue=ProvisionalIssue(store, sealer, deliveries, digests, rules, clock, trail),
            deliveries=deliveries,
        )
