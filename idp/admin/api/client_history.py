"""Operations on the versions of applications."""

from dataclasses import asdict

from idp.admin.acts.client_history import ClientHistory, Version
from idp.admin.api import clients_shapes as shapes
from idp.admin.api.operation import Call, Operation


def operations(acts: ClientHistory) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def listed(call: Call) -> shapes.VersionPage:
        wanted = call.asked(shapes.VersionsWanted)
        below = None if wanted.cursor is None else int(wanted.cursor)
        found = acts.list(call.actor, call.places["client"], below, wanted.limit)
        # The oldest changed nothing, since nothing was before it.
        more = len(found) == wanted.limit and found[-1].number > 1
        return shapes.VersionPage(
            versions=[shapes.ClientVersion.model_validate(_version(one)) for one in found],
            next=str(found[-1].number) if more else None,
        )

    def shown(call: Call) -> shapes.ClientVersionFile:
        one = acts.show(call.actor, call.places["client"], int(call.places["version"]))
        return shapes.ClientVersionFile.model_validate(_version(one) | {"metadata": dict(one.document)})

    def rolled_back(call: Call) -> shapes.Versioned:
        wanted, client_id = call.sent(shapes.RollBack), call.places["client"]
        number = int(call.places["version"])
        made = acts.roll_back(call.actor, client_id, number, version=wanted.version, reason=wanted.reason or "")
        return shapes.Versioned(client_id=client_id, version=made)

    return (
        Operation(
            name="listClientVersions",
            method="GET",
            path="/clients/{client}/versions",
            act="clients.versions",
            summary="What became of an application, the newest first: who changed which member, when and why.",
            handle=listed,
            query=shapes.VersionsWanted,
            answer=shapes.VersionPage,
            refusals=("not-found",),
        ),
        Operation(
            name="showClientVersion",
            method="GET",
            path="/clients/{client}/versions/{version}",
            act="clients.versions",
            summary="One version with the registration that it left; secrets are in none.",
            handle=shown,
            answer=shapes.ClientVersionFile,
            refusals=("not-found",),
        ),
        Operation(
            name="rollBackClient",
            method="POST",
            path="/clients/{client}/versions/{version}/roll-back",
            act="clients.roll_back",
            summary="Register a former version again, by today's rules; neither secrets nor a stopped state come back.",
            handle=rolled_back,
            body=shapes.RollBack,
            answer=shapes.Versioned,
            refusals=("not-found", "conflict"),
        ),
    )


def _version(one: Version) -> dict[str, object]:
    plain = ("number", "act", "actor", "who", "door", "reason", "made_at")
    return {name: getattr(one, name) for name in plain} | {"changes": [asdict(change) for change in one.changes]}
