"""Operations on the upstream identity providers."""

from idp.admin.acts.refusals import UnknownError
from idp.admin.acts.upstreams import UpstreamActs, UpstreamState
from idp.admin.api import shapes
from idp.admin.api.cases import dossier
from idp.admin.api.operation import Call, Operation


def operations(acts: UpstreamActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def listed(call: Call) -> shapes.Upstreams:
        return shapes.Upstreams(upstreams=[_upstream(one) for one in acts.status(call.actor)])

    def shown(call: Call) -> shapes.Upstream:
        name = call.places["upstream"]
        found = [one for one in acts.status(call.actor) if one.name == name]
        if not found:
            raise UnknownError(f"no upstream {name} is enabled")
        return _upstream(found[0])

    def paused(call: Call) -> shapes.Changed:
        wanted = call.sent(shapes.PauseWanted)
        words = {language: text for language, text in (("fr", wanted.fr), ("en", wanted.en)) if text is not None}
        why = wanted.reason or ""
        acts.pause(call.actor, call.places["upstream"], until=wanted.until, words=words, reason=why)
        return shapes.Changed(changed=True)

    def resumed(call: Call) -> shapes.Changed:
        return shapes.Changed(changed=acts.resume(call.actor, call.places["upstream"]))

    def explained(call: Call) -> shapes.Explanation:
        claims = call.sent(shapes.Identity).claims.model_dump(exclude_defaults=True)
        found = acts.explain(call.actor, call.places["upstream"], claims)
        return shapes.Explanation(
            decision=found.decision,
            rule=found.rule,
            dossiers=[dossier(one) for one in found.dossiers],
            passed_over=found.passed_over,
        )

    return (
        Operation(
            name="listUpstreams",
            method="GET",
            path="/upstreams",
            act="federation.status",
            summary="Every upstream that is enabled: offered, paused, failing.",
            handle=listed,
            answer=shapes.Upstreams,
        ),
        Operation(
            name="showUpstream",
            method="GET",
            path="/upstreams/{upstream}",
            act="federation.status",
            summary="One upstream: offered, paused, failing.",
            handle=shown,
            answer=shapes.Upstream,
            refusals=("not-found",),
        ),
        Operation(
            name="pauseUpstream",
            method="POST",
            path="/upstreams/{upstream}/pause",
            act="federation.pause",
            summary="Withhold an upstream from the sign-in page, on every node within seconds.",
            handle=paused,
            body=shapes.PauseWanted,
            answer=shapes.Changed,
            refusals=("not-found",),
        ),
        Operation(
            name="resumeUpstream",
            method="POST",
            path="/upstreams/{upstream}/resume",
            act="federation.resume",
            summary="Offer a paused upstream again.",
            handle=resumed,
            answer=shapes.Changed,
            refusals=("not-found",),
        ),
        Operation(
            name="explainIdentity",
            method="POST",
            path="/upstreams/{upstream}/explain",
            act="federation.explain",
            summary="What would happen to an identity now, and why. Changes nothing; the look is on record.",
            handle=explained,
            body=shapes.Identity,
            answer=shapes.Explanation,
            refusals=("not-found",),
        ),
    )


def _upstream(one: UpstreamState) -> shapes.Upstream:
    pause = one.pause
    return shapes.Upstream(
        name=one.name,
        label=one.label,
        members=one.members,
        offered=pause is None and one.failing_since is None,
        pause=None if pause is None else shapes.Pause(since=pause.since, until=pause.until, words=dict(pause.words)),
        failing_since=one.failing_since,
    )
