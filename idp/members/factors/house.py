"""The parts of the second factor, put together once; and what a change of the key-encryption key asks of them."""

from typing import Final, Protocol
from urllib.parse import urlsplit

from idp.clock import Clock
from idp.members.desk import Secret
from idp.members.factors.ceremonies import Ceremonies
from idp.members.factors.challenges import Challenges
from idp.members.factors.enrolment import Enrolment
from idp.members.factors.notices import Notices
from idp.members.factors.passkeys import Site
from idp.members.factors.passwordless import Passwordless
from idp.members.factors.second_step import SecondStep, sealed_for
from idp.members.sign_in import Brake
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.db import Store, once
from idp.upstream_ports import KeyValue, Seal

NAME: Final = "CARPIMKO"

_BATCH: Final = 200


class Rewrap(Protocol):
    """The house's sealer, which seals again under the current key-encryption key."""

    def rewrap(self, sealed: bytes, context: bytes) -> bytes:
        """Return the value sealed under the current key, unchanged when it already is."""
        ...


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What the sign-in, the sign-in page and the account's page each need."""

    step: SecondStep
    passwordless: Passwordless
    enrolment: Enrolment

    @classmethod
    def over(
        cls,
        *,
        store: Store,
        kv: KeyValue,
        sealer: Seal,
        secret: Secret,
        brake: Brake,
        issuer: str,
        clock: Clock,
        trail: Trail,
    ) -> "SecondFactors":
        """Return the parts over one store; passkeys belong to the issuer's host."""
        site = Site(urlsplit(issuer).hostname or "", issuer, NAME)
        ceremonies = Ceremonies(store, site, Challenges(secret.derive(b"passkey challenges")), clock, trail)
        notices, codes_key = Notices(sealer, clock), secret.derive(b"recovery codes")
        return cls(
            step=SecondStep(
                store,
                kv,
                sealer,
                brake,
                ceremonies,
                notices,
                clock,
                trail,
                codes_key=codes_key,
                reference_key=secret.derive(b"second factor reference"),
            ),
            passwordless=Passwordless(store, ceremonies, clock, trail),
            enrolment=Enrolment(store, kv, sealer, ceremonies, notices, clock, trail, codes_key=codes_key),
        )


def rewrap_secrets(store: Store, sealer: Rewrap) -> int:
    """Seal the secrets of all code generators again under the current key-encryption key; return how many changed.

    In batches, each its own transaction: run it again after an interruption.
    """
    after, count = "", 0
    while True:
        with store.reading() as unit:
            batch = unit.authenticators.sealed(after, _BATCH)
        if not batch:
            return count
        renewed = [(one, old, sealer.rewrap(old, sealed_for(account, one))) for one, account, old in batch]
        changes = [(one, old, new) for one, old, new in renewed if new != old]

        def work(changes: list[tuple[str, bytes, bytes]] = changes) -> int:
            with store.begin() as unit:
                return sum(unit.authenticators.replace_sealed(one, old, new) for one, old, new in changes)

        count += once(work) if changes else 0
        after = batch[-1][0]
