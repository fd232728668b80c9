"""Operations on the desk's cases."""

from idp.admin.acts.cases import CaseActs, Listed, Reach
from idp.admin.api import shapes
from idp.admin.api.operation import Call, Operation
from idp.upstream import CivilStatus
from idp.upstream_desk import CaseDossier, ExplainedDossier

_DECIDING = ("not-found", "conflict")


def operations(acts: CaseActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def listed(call: Call) -> shapes.CasePage:
        wanted = call.asked(shapes.CasesWanted)
        opened_at, _, case_id = (wanted.cursor or "").partition("-")
        after = (int(opened_at), case_id) if wanted.cursor else None
        found = acts.list(call.actor, decided=wanted.decided, after=after, limit=wanted.limit + 1)
        page = found[: wanted.limit]
        last = page[-1].case if len(found) > wanted.limit else None
        return shapes.CasePage(
            cases=[case(one) for one in page], next=None if last is None else f"{last.opened_at}-{last.id}"
        )

    def shown(call: Call) -> shapes.CaseFile:
        opened = acts.show(call.actor, call.places["case"])
        file = opened.file
        return shapes.CaseFile(
            case=case(Listed(opened.upstream, file.case)),
            presented=None if file.presented is None else _civil(file.presented),
            dossiers=[_held(one, opened.reach.get(one.compared.account_id, Reach("", ""))) for one in file.dossiers],
            differing=list(opened.differing),
        )

    def linked(call: Call) -> shapes.Decided:
        decision = call.sent(shapes.LinkDecision)
        told = acts.link(call.actor, call.places["case"], decision.dossier, decision.reason)
        return shapes.Decided(id=call.places["case"], status="linked", told=told)

    def refused(call: Call) -> shapes.Decided:
        acts.refuse(call.actor, call.places["case"], call.sent(shapes.Decision).reason)
        return shapes.Decided(id=call.places["case"], status="refused", told=None)

    def undone(call: Call) -> shapes.Decided:
        told = acts.undo(call.actor, call.places["case"], call.sent(shapes.Decision).reason)
        return shapes.Decided(id=call.places["case"], status="undone", told=told)

    return (
        Operation(
            name="listCases",
            method="GET",
            path="/cases",
            act="cases.list",
            summary="The people whose dossier somebody has to tell, the oldest first.",
            handle=listed,
            query=shapes.CasesWanted,
            answer=shapes.CasePage,
        ),
        Operation(
            name="showCase",
            method="GET",
            path="/cases/{case}",
            act="cases.show",
            summary="One case, the identity and each dossier side by side. The look is on record.",
            handle=shown,
            answer=shapes.CaseFile,
            refusals=("not-found",),
        ),
        Operation(
            name="linkCase",
            method="POST",
            path="/cases/{case}/link",
            act="cases.link",
            summary="Link the person to one of the dossiers. The member is told by mail.",
            handle=linked,
            body=shapes.LinkDecision,
            answer=shapes.Decided,
            refusals=_DECIDING,
        ),
        Operation(
            name="refuseCase",
            method="POST",
            path="/cases/{case}/refuse",
            act="cases.refuse",
            summary="Close a case without a link. The person may still prove a dossier.",
            handle=refused,
            body=shapes.Decision,
            answer=shapes.Decided,
            refusals=_DECIDING,
        ),
        Operation(
            name="undoCase",
            method="POST",
            path="/cases/{case}/undo",
            act="cases.undo",
            summary="Take a decision back. A link that it made ends, and the member is told by mail.",
            handle=undone,
            body=shapes.Decision,
            answer=shapes.Decided,
            refusals=_DECIDING,
        ),
    )


def dossier(one: ExplainedDossier) -> shapes.Dossier:
    """Return a dossier as the API says it."""
    return shapes.Dossier(
        account_id=one.account_id,
        dossier=one.dossier,
        situation=one.situation,
        status=one.status,
        linked=one.linked,
        outcome=one.outcome,
        fields=[shapes.Comparison(field=name, result=result, reason=reason) for name, result, reason in one.fields],
    )


def _held(one: CaseDossier, reach: Reach) -> shapes.CaseDossier:
    return shapes.CaseDossier(**dict(dossier(one.compared)), held=_civil(one.held), email=reach.email, post=reach.post)


def _civil(civil: CivilStatus) -> shapes.Civil:
    return shapes.Civil(
        birth_name=civil.birth_name,
        given_names=list(civil.given_names),
        birthdate=civil.birthdate,
        gender=civil.gender,
        birthplace=civil.birthplace,
        birthcountry=civil.birthcountry,
        usage_name=civil.usage_name,
    )


def case(one: Listed) -> shapes.Case:
    """Return a case as the API says it."""
    found = one.case
    return shapes.Case(
        id=found.id,
        upstream=one.upstream,
        reason=found.reason,
        status=found.status,
        opened_at=found.opened_at,
        seen_at=found.seen_at,
        account_id=found.account_id or None,
        decided_at=found.decided_at or None,
        decided_by=found.decided_by or None,
        note=found.note or None,
    )
