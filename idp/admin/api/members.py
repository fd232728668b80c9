"""Operations of the members' desk."""

from idp.admin.acts.desk import DeskActs
from idp.admin.acts.member_changes import Done, Identified, MemberChanges, Why
from idp.admin.acts.member_file import Contact, MemberFile, Person
from idp.admin.acts.members import MemberActs, Sought
from idp.admin.api import member_shapes as shapes
from idp.admin.api.cases import case
from idp.admin.api.operation import Call, Operation
from idp.services.sign_in_history import Entry

_CHANGING = ("not-found", "conflict")


def operations(acts: DeskActs) -> tuple[Operation, ...]:
    """Return them over the acts."""
    return (*_looks(acts.members), *_changes(acts.changes))


def _looks(acts: MemberActs) -> tuple[Operation, ...]:
    def found(call: Call) -> shapes.MembersFound:
        wanted = call.sent(shapes.MembersSought)
        looked = acts.find(call.actor, Sought(wanted.dossier, wanted.name, wanted.birthdate))
        return shapes.MembersFound(members=[_person(one) for one in looked.people], more=looked.more)

    def shown(call: Call) -> shapes.MemberFile:
        return _file(acts.show(call.actor, call.places["member"]))

    def history(call: Call) -> shapes.History:
        number = call.asked(shapes.HistoryWanted).page
        _whose, page = acts.sign_ins(call.actor, call.places["member"], number)
        return shapes.History(sign_ins=[_sign_in(one) for one in page.entries], next=number + 1 if page.older else None)

    return (
        Operation(
            name="findMembers",
            method="POST",
            path="/members/search",
            act="members.find",
            summary="Find members by number, name, birth date. Whom it shows is on record.",
            handle=found,
            body=shapes.MembersSought,
            answer=shapes.MembersFound,
            kept=False,
        ),
        Operation(
            name="showMember",
            method="GET",
            path="/members/{member}",
            act="members.show",
            summary="How a member's account stands, without a secret. The look is on record.",
            handle=shown,
            answer=shapes.MemberFile,
            refusals=("not-found",),
        ),
        Operation(
            name="listMemberSignIns",
            method="GET",
            path="/members/{member}/sign-ins",
            act="members.show",
            summary="The history of a member's sign-ins, page by page. The look is on record.",
            handle=history,
            query=shapes.HistoryWanted,
            answer=shapes.History,
            refusals=("not-found",),
        ),
    )


def _changes(changes: MemberChanges) -> tuple[Operation, ...]:
    def reset(call: Call) -> shapes.MemberDone:
        wanted = call.sent(shapes.ResetWanted)
        return _done(changes.reset(call.actor, call.places["member"], wanted.channel, _why(wanted)))

    def ended(call: Call) -> shapes.MemberDone:
        return _done(changes.end_sessions(call.actor, call.places["member"], _why(call.sent(shapes.Act))))

    def unlinked(call: Call) -> shapes.MemberDone:
        wanted = call.sent(shapes.UnlinkWanted)
        return _done(changes.unlink(call.actor, call.places["member"], wanted.upstream, _why(wanted)))

    def suspended(call: Call) -> shapes.MemberDone:
        wanted = call.sent(shapes.HoldWanted)
        return _done(changes.suspend(call.actor, call.places["member"], wanted.cause, _why(wanted)))

    def resumed(call: Call) -> shapes.MemberDone:
        return _done(changes.resume(call.actor, call.places["member"], _why(call.sent(shapes.Act))))

    def closed(call: Call) -> shapes.MemberDone:
        wanted = call.sent(shapes.HoldWanted)
        return _done(changes.close(call.actor, call.places["member"], wanted.cause, _why(wanted)))

    def removed(call: Call) -> shapes.MemberDone:
        wanted = call.sent(shapes.RemovalWanted)
        why = Why(wanted.reason, wanted.identified)
        return _done(changes.remove_second_factor(call.actor, call.places["member"], why))

    return (
        Operation(
            name="resetMember",
            method="POST",
            path="/members/{member}/reset",
            act="members.reset",
            summary="Have a provisional password sent to the address of the dossier. Nobody else sees it.",
            handle=reset,
            body=shapes.ResetWanted,
            answer=shapes.MemberDone,
            refusals=_CHANGING,
        ),
        Operation(
            name="endMemberSessions",
            method="POST",
            path="/members/{member}/end-sessions",
            act="members.end_sessions",
            summary="End every session and every token of a member.",
            handle=ended,
            body=shapes.Act,
            answer=shapes.MemberDone,
            refusals=_CHANGING,
        ),
        Operation(
            name="unlinkMember",
            method="POST",
            path="/members/{member}/unlink",
            act="members.unlink",
            summary="End the link of an upstream, and every session. Linking again takes a proof.",
            handle=unlinked,
            body=shapes.UnlinkWanted,
            answer=shapes.MemberDone,
            refusals=_CHANGING,
        ),
        Operation(
            name="suspendMember",
            method="POST",
            path="/members/{member}/suspend",
            act="members.suspend",
            summary="Shut an account until it is resumed, whatever an import says.",
            handle=suspended,
            body=shapes.HoldWanted,
            answer=shapes.MemberDone,
            refusals=_CHANGING,
        ),
        Operation(
            name="resumeMember",
            method="POST",
            path="/members/{member}/resume",
            act="members.resume",
            summary="Open a dossier that was suspended or closed by hand.",
            handle=resumed,
            body=shapes.Act,
            answer=shapes.MemberDone,
            refusals=_CHANGING,
        ),
        Operation(
            name="closeMember",
            method="POST",
            path="/members/{member}/close",
            act="members.close",
            summary="Close a dossier until it is resumed, whatever an import says.",
            handle=closed,
            body=shapes.HoldWanted,
            answer=shapes.MemberDone,
            refusals=_CHANGING,
        ),
        Operation(
            name="removeMemberSecondFactor",
            method="POST",
            path="/members/{member}/remove-second-factor",
            act="members.remove_second_factor",
            summary="Remove every second factor and recovery code, and end every session; the password stays.",
            handle=removed,
            body=shapes.RemovalWanted,
            answer=shapes.MemberDone,
            refusals=_CHANGING,
        ),
    )


def _why(wanted: shapes.Act) -> Why:
    identified: Identified = wanted.identified
    return Why(wanted.reason, identified)


def _done(done: Done) -> shapes.MemberDone:
    return shapes.MemberDone(id=done.account_id, told=done.told)


def _person(one: Person) -> shapes.Person:
    return shapes.Person(
        id=one.account_id,
        dossier=one.dossier,
        situation=one.situation,
        status=one.status,
        birth_name=one.birth_name,
        usage_name=one.usage_name,
        given_names=list(one.given_names),
        birthdate=one.birthdate,
    )


def _sign_in(one: Entry) -> shapes.SignInSeen:
    return shapes.SignInSeen(
        at=one.at,
        opened=one.opened,
        outcome=one.outcome,
        reason=one.reason,
        provider=one.provider,
        client_id=one.client_id,
        browser=one.browser,
        system=one.system,
        network=one.network,
        ended_at=one.ended_at,
    )


def _contact(one: Contact) -> shapes.Contact:
    return shapes.Contact(shown=one.shown, proven=one.proven, rests_until=one.rests_until or None)


def _file(file: MemberFile) -> shapes.MemberFile:
    live = file.provisional
    return shapes.MemberFile(
        member=_person(file.person),
        held=file.held,
        language=file.language,
        password=file.password,
        email=_contact(file.email),
        post=_contact(file.post),
        identities=[
            shapes.LinkedIdentity(
                provider=one.provider,
                method=one.method,
                linked_at=one.linked_at,
                ended_at=one.ended_at or None,
                ended_reason=one.ended_reason,
            )
            for one in file.identities
        ],
        upstreams=[shapes.Linked(name=name, label=label) for name, label in file.upstreams.items()],
        factors=[shapes.Factor(kind=one.kind, created_at=one.created_at, used_at=one.used_at) for one in file.factors],
        recovery_codes=file.codes_left,
        provisional=None if live is None else shapes.Provisional(channel=live.channel, expires_at=live.expires_at),
        sessions=[
            shapes.OpenSession(
                browser=one.browser,
                system=one.system,
                network=one.network,
                provider=one.provider,
                started_at=one.started_at,
                seen_at=one.seen_at,
                clients=list(one.clients),
            )
            for one in file.sessions
        ],
        sign_ins=[_sign_in(one) for one in file.sign_ins],
        deliveries=[
            shapes.Delivery(
                what="code" if one.code else "password",
                channel=one.channel,
                asked_at=one.asked_at,
                expires_at=one.expires_at,
                attempts=one.attempts,
                used_at=one.spent_at,
                cancelled_at=one.cancelled_at,
                mail=one.mail,
                waits=one.waits,
                batch=one.batch,
                printed_at=one.printed_at,
            )
            for one in file.sent
        ],
        messages=[
            shapes.MessageSent(template=one.template, asked_at=one.asked_at, state=one.state) for one in file.messages
        ],
        cases=[case(one) for one in file.cases],
        done=[
            shapes.DeskEvent(
                time=one.time,
                event=one.event,
                outcome=one.outcome,
                actor=str(one.details.get("actor", "")),
                reason=str(one.details.get("reason", "")),
                identified=str(one.details.get("identified", "")),
            )
            for one in file.done
        ],
        acts=list(file.acts),
    )
