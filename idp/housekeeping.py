"""Puts the worker together: what it delivers, and the housekeeping, with how often each is done."""

from collections.abc import Callable
from functools import partial
from typing import Final

from idp.members.mail import Mailer
from idp.members.reset_requests import RESET
from idp.members.sealed_mail import SEALED_MAIL, SealedMail
from idp.members.transports import transport_of
from idp.parts import Parts
from idp.people import TEMPLATES, catalogue
from idp.services.client_logos import LOGO
from idp.services.notifications import MAIL
from idp.store.kv import SqlKeyValue
from idp.store.kv_stand_in import StandIn
from idp.worker.loop import Chore, Worker
from idp.worker.outbox import OutboxDelivery
from idp.worker.purge import Purge

MINUTE: Final = 60
NOTES: Final = 2
"""Seconds between two looks at what this process noted of applications: somebody may be watching a test."""

LOOK: Final = 2
"""Seconds between two looks at whether Redis is used, so that its stand-in ends in a night without requests too."""


def worker_of(house: Parts, logouts: OutboxDelivery, wipe_cases: Callable[[int], int]) -> Worker:
    """Return the worker of a provider.

    Args:
        house: its parts.
        logouts: tells applications that sessions ended, beside everything else.
        wipe_cases: wipes a batch of the desk's old cases.
    """
    words, transport = catalogue(), transport_of(house.settings.mail)
    mailer = Mailer(
        house.store,
        transport,
        house.settings,
        TEMPLATES,
        house.clock,
        lambda locale: partial(words.gettext, "en" if locale == "en" else "fr"),
    )
    sealed = SealedMail(house.store, house.sealer, mailer.compose, transport)
    handlers = {
        MAIL: mailer.deliver,
        SEALED_MAIL: sealed.deliver,
        RESET: house.desk.issue.deliver,
        LOGO: house.logos.deliver,
    }
    delivery = OutboxDelivery(house.store, handlers, house.clock, house.audit, kinds=handlers)

    def unused(batch: int) -> int:
        return house.registrar.purge(house.clock() - house.settings.registration.unused_for, batch)

    extra: dict[str, Callable[[int], int]] = {
        "federation_cases": wipe_cases,
        "registrations": unused,
        "audit": house.audit_chain.purge,
    }
    if isinstance(house.kv, SqlKeyValue | StandIn):
        extra["key_values"] = SqlKeyValue(house.store, house.clock).purge
    purge = Purge(house.store, house.clock, house.settings.account.history, extra)
    chores = (
        Chore("purge", 5 * MINUTE, purge.run, purge.unfinished),
        Chore("keys", 5 * MINUTE, house.key_management.tick),
        Chore("audit", MINUTE, house.audit_chain.seal),
        Chore("notes", NOTES, house.client_notes.write_some),
        Chore("sizes", 60 * MINUTE, house.size_samples.sample),
        *((Chore("stand_in", LOOK, house.kv.look),) if isinstance(house.kv, StandIn) else ()),
    )
    return Worker(delivery.run_once, chores, house.clock, apart=(logouts.run_once,))
