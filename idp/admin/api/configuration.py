"""Operations on the configuration that the database holds."""

from typing import Any, Final

from idp.admin.acts.configuration import Applied, ConfigurationActs, StoppedError
from idp.admin.api import configuration_shapes as shapes
from idp.admin.api.operation import Call, File, Operation
from idp.admin.configuration.difference import Difference, Plan
from idp.admin.configuration.document import Fault, FaultyError
from idp.store.configurations import Configuration

_TOML: Final = "application/toml"


def operations(acts: ConfigurationActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def exported(call: Call) -> File:
        return File(_TOML, acts.export(call.actor).encode())

    def compared(call: Call) -> shapes.Comparison:
        wanted = call.sent(shapes.FileWanted)
        try:
            return _comparison(acts.diff(call.actor, wanted.text, prune=wanted.prune))
        except FaultyError as error:
            return _faulty(error.faults)

    def applied(call: Call) -> shapes.AppliedFile:
        wanted = call.sent(shapes.ApplyWanted)
        try:
            return _applied(acts.apply(call.actor, wanted.text, prune=wanted.prune, seen=wanted.plan))
        except StoppedError as stopped:
            # The secrets of what was made are in this answer or nowhere.
            return _applied(stopped.applied, str(stopped))

    def drifted(call: Call) -> shapes.Drift:
        found = acts.drift(call.actor)
        plan = None if found.plan is None else _comparison(found.plan)
        return shapes.Drift(
            last=None if found.last is None else shapes.FileVersion(**_version(found.last)),
            comparison=_faulty(found.faults) if found.faults else plan,
        )

    def listed(call: Call) -> shapes.FileVersions:
        return shapes.FileVersions(versions=[shapes.FileVersion(**_version(one)) for one in acts.versions(call.actor)])

    def shown(call: Call) -> shapes.FileText:
        found = acts.version(call.actor, int(call.places["version"]))
        return shapes.FileText(**_version(found), text=found.text)

    return (
        Operation(
            name="exportConfiguration",
            method="GET",
            path="/configuration",
            act="config.export",
            summary="Applications, administrators' roles and paused upstreams as a file (TOML), without a secret.",
            handle=exported,
            media=(_TOML,),
        ),
        Operation(
            name="compareConfiguration",
            method="POST",
            path="/configuration/diff",
            act="config.diff",
            summary="What applying a file would change, member by member, or everything that is wrong with it.",
            handle=compared,
            body=shapes.FileWanted,
            answer=shapes.Comparison,
        ),
        Operation(
            name="applyConfiguration",
            method="POST",
            path="/configuration/apply",
            act="config.apply",
            summary="Make the database be as a file says. The answer alone has the secrets of applications it made.",
            handle=applied,
            body=shapes.ApplyWanted,
            answer=shapes.AppliedFile,
            refusals=("conflict",),
        ),
        Operation(
            name="showDrift",
            method="GET",
            path="/configuration/drift",
            act="config.diff",
            summary="How far the database is from the file that was applied last.",
            handle=drifted,
            answer=shapes.Drift,
        ),
        Operation(
            name="listConfigurations",
            method="GET",
            path="/configuration/versions",
            act="config.export",
            summary="The files that were applied, and what was found before, the newest first.",
            handle=listed,
            answer=shapes.FileVersions,
        ),
        Operation(
            name="showConfiguration",
            method="GET",
            path="/configuration/versions/{version}",
            act="config.export",
            summary="One of these files with its text. Applying it again rolls back.",
            handle=shown,
            answer=shapes.FileText,
            refusals=("not-found",),
        ),
    )


def _comparison(plan: Plan) -> shapes.Comparison:
    return shapes.Comparison(
        faults=[],
        differences=[_difference(one) for one in plan.differences],
        unnamed=list(plan.unnamed),
        plan=plan.digest,
    )


def _faulty(faults: tuple[Fault, ...]) -> shapes.Comparison:
    told = [shapes.FileFault(line=one.line, where=one.where, reason=one.reason) for one in faults]
    return shapes.Comparison(faults=told, differences=[], unnamed=[], plan=None)


def _difference(one: Difference) -> shapes.FileDifference:
    members = [shapes.MemberChange(name=each.name, before=each.before, after=each.after) for each in one.members]
    return shapes.FileDifference(kind=one.kind, name=one.name, change=one.change, members=members)


def _applied(done: Applied, stopped: str | None = None) -> shapes.AppliedFile:
    return shapes.AppliedFile(
        version=done.number,
        differences=[_difference(one) for one in done.plan.differences],
        secrets=[shapes.MadeSecret(client_id=name, client_secret=one) for name, one in done.secrets.items()],
        stopped=stopped,
    )


def _version(one: Configuration) -> dict[str, Any]:
    return {
        "number": one.number,
        "kind": one.kind,
        "digest": one.digest,
        "actor": one.actor,
        "door": one.door,
        "kept_at": one.kept_at,
    }
