"""Operations of the doctor: begin an examination of an application, and see how it goes."""

from dataclasses import asdict

from idp.admin.acts.doctor import DoctorActs, Examination
from idp.admin.acts.refusals import UnknownError
from idp.admin.api import doctor_shapes as shapes
from idp.admin.api.operation import Call, Operation
from idp.admin.api.usage import fault


def operations(acts: DoctorActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def examined(call: Call) -> shapes.ClientExamination:
        return _shown(acts.examine(call.actor, call.places["client"]))

    def watched(call: Call) -> shapes.ClientExamination:
        found = acts.watch(call.actor, call.places["client"])
        if found is None:
            raise UnknownError("no examination of this application is under way")
        return _shown(found)

    return (
        Operation(
            name="examineClient",
            method="POST",
            path="/clients/{client}/doctor",
            act="clients.doctor",
            summary="Check an application now, its keys and its logout address too, and watch it for an hour.",
            handle=examined,
            answer=shapes.ClientExamination,
            refusals=("not-found",),
        ),
        Operation(
            name="showExamination",
            method="GET",
            path="/clients/{client}/doctor",
            act="clients.doctor",
            summary="How the examination goes: what the application did and was refused since it began.",
            handle=watched,
            answer=shapes.ClientExamination,
            refusals=("not-found",),
        ),
    )


def _shown(one: Examination) -> shapes.ClientExamination:
    return shapes.ClientExamination(
        client_id=one.client_id,
        healthy=one.healthy,
        started_at=one.started_at,
        findings=[shapes.ClientFinding(**asdict(finding)) for finding in one.findings],
        steps=[shapes.ClientStep(**asdict(step)) for step in one.steps],
        faults=[fault(refusal) for refusal in one.faults],
    )
