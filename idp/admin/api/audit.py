"""Operations on the record of security events."""

from itertools import islice
from typing import Final

from idp.admin.acts.audit import AuditActs, Wanted
from idp.admin.acts.refusals import RefusedError
from idp.admin.api import shapes
from idp.admin.api.operation import Call, File, Operation

MOST: Final = 20_000
"""Lines of one exported file: an answer is made as a whole."""
_MEDIA: Final = {"csv": "text/csv", "jsonl": "application/jsonl"}


def operations(acts: AuditActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def read(call: Call) -> shapes.EventPage:
        wanted = call.asked(shapes.EventPageWanted)
        below = int(wanted.cursor) if wanted.cursor else None
        page = acts.read(call.actor, _wanted(wanted), below=below, limit=wanted.limit)
        return shapes.EventPage(
            events=[
                shapes.Event(
                    id=one.id,
                    time=one.time,
                    event=one.event,
                    outcome=one.outcome,
                    account_id=one.account_id,
                    client_id=one.client_id,
                    network=one.network,
                    reference=one.reference,
                    details=dict(one.details),
                )
                for one in page.events
            ],
            next=None if page.older is None else str(page.older),
        )

    def exported(call: Call) -> File:
        wanted = call.asked(shapes.ExportWanted)
        lines = list(islice(acts.export(call.actor, _wanted(wanted), wanted.format), MOST + 1))
        if len(lines) > MOST:
            raise RefusedError("these are too many events for one file: name a shorter time", "since")
        return File(_MEDIA[wanted.format], "".join(lines).encode())

    def verified(call: Call) -> shapes.Verification:
        head = call.sent(shapes.VerificationWanted).head
        found = acts.verify(call.actor, None if head is None else (head.seal, head.hash))
        return shapes.Verification(
            intact=not found.faults,
            seals=found.seals,
            events=found.events,
            unsealed=found.unsealed,
            late=found.late,
            head=shapes.Head(seal=found.head[0], hash=found.head[1]),
            faults=[shapes.ChainFault(kind=one.kind.value, seal=one.seal, event=one.event) for one in found.faults],
        )

    return (
        Operation(
            name="readAudit",
            method="GET",
            path="/audit",
            act="audit.read",
            summary="Security events, the newest first. The look is on record.",
            handle=read,
            query=shapes.EventPageWanted,
            answer=shapes.EventPage,
        ),
        Operation(
            name="exportAudit",
            method="GET",
            path="/audit/export",
            act="audit.export",
            summary="Security events as a file: CSV that no spreadsheet calculates, or JSON lines.",
            handle=exported,
            query=shapes.ExportWanted,
            media=tuple(_MEDIA.values()),
        ),
        Operation(
            name="verifyAudit",
            method="POST",
            path="/audit/verify",
            act="audit.verify",
            summary="Hold every event against its seal.",
            handle=verified,
            body=shapes.VerificationWanted,
            answer=shapes.Verification,
        ),
    )


def _wanted(wanted: shapes.EventsWanted) -> Wanted:
    return Wanted(
        dossier=wanted.dossier or "",
        event=wanted.event or "",
        outcome=wanted.outcome or "",
        client_id=wanted.client_id or "",
        actor=wanted.actor or "",
        reference=wanted.reference or "",
        since=wanted.since,
        until=wanted.until,
    )
