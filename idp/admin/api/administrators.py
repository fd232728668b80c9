"""Operations on the administrators."""

from idp.admin.acts.admins import AdminActs
from idp.admin.acts.admins import Invitation as Made
from idp.admin.acts.refusals import UnknownError
from idp.admin.api import shapes
from idp.admin.api.operation import Call, Operation
from idp.admin.roles import Role
from idp.store.administrators import Administrator

_CHANGING = ("not-found", "conflict")


def operations(acts: AdminActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def listed(call: Call) -> shapes.Administrators:
        wanted = call.asked(shapes.AdministratorsWanted)
        found = acts.page(call.actor, wanted.cursor or "", wanted.limit + 1)
        page = found[: wanted.limit]
        following = page[-1].login if len(found) > wanted.limit else None
        return shapes.Administrators(administrators=[_administrator(one) for one in page], next=following)

    def login_of(call: Call) -> str:
        wanted = call.places["administrator"]
        found = [one.login for one in acts.list(call.actor) if one.account_id == wanted]
        if not found:
            raise UnknownError("there is no such administrator")
        return found[0]

    def created(call: Call) -> shapes.Invitation:
        wanted = call.sent(shapes.AdministratorWanted)
        return _invitation(acts.create(call.actor, wanted.login, wanted.name, set(map(Role, wanted.roles))))

    def invited(call: Call) -> shapes.Invitation:
        return _invitation(acts.invite(call.actor, login_of(call)))

    def changed(call: Call) -> shapes.Changed:
        roles = set(map(Role, call.sent(shapes.RolesWanted).roles))
        return shapes.Changed(changed=acts.change_roles(call.actor, login_of(call), roles))

    def disabled(call: Call) -> shapes.Changed:
        reason = call.sent(shapes.Decision).reason
        return shapes.Changed(changed=acts.disable(call.actor, login_of(call), reason))

    return (
        Operation(
            name="listAdministrators",
            method="GET",
            path="/administrators",
            act="admins.list",
            summary="The administrators, by login.",
            handle=listed,
            query=shapes.AdministratorsWanted,
            answer=shapes.Administrators,
        ),
        Operation(
            name="createAdministrator",
            method="POST",
            path="/administrators",
            act="admins.create",
            summary="Add an administrator. The answer alone has the link of the invitation.",
            handle=created,
            body=shapes.AdministratorWanted,
            answer=shapes.Invitation,
            status=201,
            refusals=("conflict",),
        ),
        Operation(
            name="inviteAdministrator",
            method="POST",
            path="/administrators/{administrator}/invite",
            act="admins.invite",
            summary="Invite somebody again: their password, second factors and sessions end at once.",
            handle=invited,
            answer=shapes.Invitation,
            refusals=_CHANGING,
        ),
        Operation(
            name="changeRoles",
            method="POST",
            path="/administrators/{administrator}/roles",
            act="admins.change_roles",
            summary="Replace somebody's roles, from their next request on.",
            handle=changed,
            body=shapes.RolesWanted,
            answer=shapes.Changed,
            refusals=_CHANGING,
        ),
        Operation(
            name="disableAdministrator",
            method="POST",
            path="/administrators/{administrator}/disable",
            act="admins.disable",
            summary="Shut somebody out at once, sessions and all.",
            handle=disabled,
            body=shapes.Decision,
            answer=shapes.Changed,
            refusals=_CHANGING,
        ),
    )


def _invitation(made: Made) -> shapes.Invitation:
    return shapes.Invitation(administrator=_administrator(made.administrator), url=made.url, expires_at=made.expires_at)


def _administrator(one: Administrator) -> shapes.Administrator:
    return shapes.Administrator(
        id=one.account_id,
        login=one.login,
        name=one.name,
        roles=list(one.roles),
        enabled=one.enabled,
        ready=one.ready,
        provider=one.provider,
        created_at=one.created_at,
        disabled_at=one.disabled_at,
        invited_until=one.invited_until,
    )
