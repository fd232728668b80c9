"""Operations on the letters."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from idp.admin.acts.letters import LetterActs
from idp.admin.api import letter_shapes as shapes
from idp.admin.api.operation import Call, File, Operation

if TYPE_CHECKING:
    from idp.members.letters import BatchStatus

PDF: Final = "application/pdf"


def operations(acts: LetterActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def stand(call: Call) -> shapes.LettersNow:
        now = acts.status(call.actor)
        queue, outlook = now.queue, now.outlook
        return shapes.LettersNow(
            waiting=queue.waiting,
            ready=outlook.ready,
            held=_held(outlook.held),
            over=_wiped(outlook.over),
            oldest=queue.oldest,
            due=queue.due,
            pressing=queue.pressing,
            late=queue.late,
            unpublished=list(queue.unpublished),
            batches=[_batch(one, now.here) for one in queue.batches],
        )

    def listed(call: Call) -> shapes.BatchPage:
        wanted = call.asked(shapes.BatchesWanted)
        page = acts.batches(call.actor, below=wanted.cursor or "", limit=wanted.limit)
        return shapes.BatchPage(batches=[_batch(one, page.here) for one in page.batches], next=page.earlier or None)

    def printed(call: Call) -> shapes.Printed:
        run = acts.print(call.actor)
        return shapes.Printed(
            files=[
                shapes.PrintedFile(batch=one.path.stem, sheets=one.sheets, sha256=one.sha256, recovered=one.recovered)
                for one in run.files
            ],
            held=_held(run.held),
            wiped=_wiped(run.wiped),
            damaged=list(run.damaged),
        )

    def taken(call: Call) -> File:
        return File(PDF, acts.file(call.actor, call.places["batch"]).content)

    return (
        Operation(
            name="showLetters",
            method="GET",
            path="/letters",
            act="letters.status",
            summary="The letters that wait, against the promise of 72 hours, and the batches of the last days.",
            handle=stand,
            answer=shapes.LettersNow,
        ),
        Operation(
            name="listBatches",
            method="GET",
            path="/letters/batches",
            act="letters.status",
            summary="The batches of the past, the latest first.",
            handle=listed,
            query=shapes.BatchesWanted,
            answer=shapes.BatchPage,
        ),
        Operation(
            name="printLetters",
            method="POST",
            path="/letters/print",
            act="letters.print",
            summary="Print every letter that is ready into a file on the server. No letter is ever in two files.",
            handle=printed,
            answer=shapes.Printed,
            refusals=("conflict",),
        ),
        Operation(
            name="takeBatch",
            method="POST",
            path="/letters/batches/{batch}/file",
            act="letters.take",
            summary="The print file of a batch, with the passwords in the clear. That it was taken is on record.",
            handle=taken,
            media=(PDF,),
            refusals=("conflict",),
            kept=False,
        ),
    )


def _batch(one: "BatchStatus", here: Collection[str]) -> shapes.Batch:
    return shapes.Batch(
        batch=one.batch, letters=one.letters, printed_at=one.printed_at, kept=one.kept, here=one.batch in here
    )


def _held(found: Mapping[str, Sequence[str]]) -> list[shapes.Held]:
    return [shapes.Held(reason=reason, dossiers=list(numbers)) for reason, numbers in found.items()]


def _wiped(found: Mapping[str, int]) -> list[shapes.Wiped]:
    return [shapes.Wiped(reason=reason, count=count) for reason, count in found.items()]
