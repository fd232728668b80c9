"""What the support desk does to a member's account: each act with a reason, told to the member, in one transaction.

Nothing here shows or chooses a password, and nothing goes anywhere but to the addresses of the dossier. What could let
a caller in, or keep a member out, ends every session and every token that was open before it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, get_args

from idp.admin.actor import Actor
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.four_eyes import Arguments, Ask, Carry, alone
from idp.clock import Clock
from idp.members.delivery import Channel
from idp.members.desk_notices import DeskNotices
from idp.members.factors.enrolment import Enrolment
from idp.members.holding import Held, end_open, hold, release
from idp.members.reset_requests import Ordered, ResetRequests
from idp.protocol.names import STAFF
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.store.accounts import Account
from idp.store.db import Store, Unit, once
from idp.upstream import Upstream

LONGEST_REASON: Final = 2000
ACCOUNT_ID: Final = 32
"""Characters of an account's id; a dossier number is shorter."""

Identified = Literal["questions", "callback", "document", "visit", "nobody"]
"""How the caller was known to be the member: answers that only the member has, called back at the number on file,
a document was sent, came to the counter; or nobody called, and the fund acts on its own."""

Cause = Literal["departed", "duplicate", "fraud", "on-request", "other"]
"""Why a dossier is suspended or closed, in one word that is held with it."""

_HELD: Final = get_args(Held)

REFUSALS: Final[Mapping[str, str]] = {
    "deceased": "the directory says that the member is deceased: the dossier opens nothing",
    "closed": "the dossier is closed: reopen it first, where that is right",
    "suspended": "the dossier is suspended: it receives no password before it is resumed",
    "not_held": "the dossier was neither suspended nor closed by hand: the directory decides",
    "already": "that is done already",
    "no_email": "there is no e-mail address, or it was changed lately",
    "no_address": "there is no postal address, or it was changed lately",
    "under_way": "a letter is on its way: the next one may be asked for when it has had the time to arrive",
    "too_many": "it was asked for too often today",
    "not_linked": "no identity of this upstream opens the dossier",
    "no_factor": "the member has no second factor",
    "nobody": "a second factor is removed only for a member who called and was identified",
}
"""Why an act is not possible, by its code."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why an act is done, as it is kept on record, and how the caller was identified."""

    reason: str
    identified: Identified


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was done; `told` says whether the member has an e-mail address, to which a message goes."""

    account_id: str
    dossier: str
    told: bool


class MemberChanges:
    """What may be done to members' accounts. A member is named by account id or by dossier number.

    Every act may raise:
        ForbiddenError, StaleSignInError: not now, or not by this actor.
        RefusedError: there is no reason, or nothing says how the caller was identified.
        UnknownError: there is no such dossier.
        ConflictError: the dossier does not allow it (`REFUSALS`).
        Unavailable, KeyValueUnavailable: nothing was done.

    Args:
        store: accounts, and what is open or on its way for them.
        trail: told of each act, in its transaction.
        clock: Unix seconds.
        notices: tells the member.
        resets: queues provisional passwords, under the limits of the member's own way.
        enrolment: second factors.
        upstreams: returns those that open members' accounts, by name.
        ask: whether a second person is wanted.
    """

    def __init__(
        self,
        store: Store,
        trail: AuditLog,
        clock: Clock,
        notices: DeskNotices,
        resets: ResetRequests,
        enrolment: Enrolment,
        upstreams: Callable[[], Mapping[str, Upstream]],
        ask: Ask = alone,
    ) -> None:
        self._store = store
        self._trail = trail
        self._clock = clock
        self._notices = notices
        self._resets = resets
        self._enrolment = enrolment
        self._upstreams = upstreams
        self._ask = ask

    def reset(self, actor: Actor, member: str, channel: Channel, why: Why) -> Done:
        """Have a provisional password sent, to the address of the dossier; nobody of the staff sees it (N-117)."""
        facts = self._permitted(actor, "members.reset", why)
        account = self._usable(member)
        if account.status == "suspended":
            raise _conflict("suspended")

        def also(unit: Unit) -> None:
            if channel == "post":
                # By e-mail the password itself says so; a letter takes days, and whoever asked may be another.
                self._notices.tell(unit, account, "letter_asked")
            self._trail.within(unit, "member_reset", account_id=account.id, channel=channel, **facts)

        ended = self._resets.order(account.id, channel, also)
        if ended != "ok":
            raise _not_sent(ended)
        return _done(account)

    def end_sessions(self, actor: Actor, member: str, why: Why) -> Done:
        """End every session of the member, and every token; the applications are told."""
        facts = self._permitted(actor, "members.end_sessions", why)

        def work(unit: Unit, account: Account) -> None:
            end_open(unit, account.id, self._clock())
            self._notices.tell(unit, account, "sessions_ended")
            self._trail.within(unit, "member_sessions_ended", account_id=account.id, **facts)

        return self._changing(member, work)

    def unlink(self, actor: Actor, member: str, upstream: str, why: Why) -> Done:
        """End the link of an upstream, and every session; the next sign-in by it asks for a proof."""
        facts = self._permitted(actor, "members.unlink", why)
        found = self._upstreams().get(upstream)
        account = self._usable(member)
        if found is None:
            raise UnknownError(f"no upstream {upstream[:64]} opens members' accounts", "upstream", "unknown")
        self._asked(actor, "members.unlink", account, why, upstream=upstream)

        def also(session: Any) -> None:
            end_open(Unit(session), account.id, self._clock())

        if not found.unlink(account.id, "desk", facts=facts, also=also):
            raise _conflict("not_linked", "upstream")
        return _done(account)

    def remove_second_factor(self, actor: Actor, member: str, why: Why) -> Done:
        """Remove every second factor and recovery code, and end every session: what was lost may be signed in."""
        facts = self._permitted(actor, "members.remove_second_factor", why)
        if why.identified == "nobody":
            raise RefusedError(REFUSALS["nobody"], "identified", "nobody")
        account = self._usable(member)
        self._asked(actor, "members.remove_second_factor", account, why)

        def also(unit: Unit) -> None:
            end_open(unit, account.id, self._clock())

        if not self._enrolment.remove_all(account.id, facts, also):
            raise _conflict("no_factor")
        return _done(account)

    def suspend(self, actor: Actor, member: str, cause: Cause, why: Why) -> Done:
        """Shut an account until it is resumed, whatever an import says meanwhile."""
        facts = self._permitted(actor, "members.suspend", why)
        return self._changing(member, lambda unit, one: self._hold(unit, one, "suspended", cause, facts))

    def close(self, actor: Actor, member: str, cause: Cause, why: Why) -> Done:
        """Close a dossier: it stays closed whatever a later import says, until it is resumed."""
        facts = self._permitted(actor, "members.close", why)
        with self._store.reading() as unit:
            account = known(unit, member)
        _open(account, closed=True)
        self._asked(actor, "members.close", account, why, cause=cause)
        return self._changing(member, lambda unit, one: self._hold(unit, one, "closed", cause, facts), closed=True)

    def resume(self, actor: Actor, member: str, why: Why) -> Done:
        """Open a dossier that was suspended or closed by hand; from now on imports decide again."""
        facts = self._permitted(actor, "members.resume", why)

        def work(unit: Unit, account: Account) -> None:
            if account.status_held is None or account.status not in _HELD:
                raise _conflict("not_held")
            release(unit, account.id, self._clock())
            self._notices.tell(unit, account, "resumed")
            self._trail.within(unit, "dossier_status", account_id=account.id, status="active", **facts)

        return self._changing(member, work, closed=True)

    @property
    def carries(self) -> Mapping[str, Carry]:
        """What a second person may approve."""

        def why(told: Arguments) -> Why:
            return Why(told["reason"], told["identified"])

        def unlink(actor: Actor, told: Arguments) -> str:
            self.unlink(actor, told["dossier"], told["upstream"], why(told))
            return ""

        def remove_second_factor(actor: Actor, told: Arguments) -> str:
            self.remove_second_factor(actor, told["dossier"], why(told))
            return ""

        def close(actor: Actor, told: Arguments) -> str:
            self.close(actor, told["dossier"], told["cause"], why(told))
            return ""

        return {
            "members.unlink": unlink,
            "members.remove_second_factor": remove_second_factor,
            "members.close": close,
        }

    def _asked(self, actor: Actor, act: str, account: Account, why: Why, **arguments: str) -> None:
        """Ask whether a second person is wanted, who is told the dossier by its number."""
        told = {"dossier": account.dossier, "reason": why.reason.strip(), "identified": why.identified}
        self._ask(actor, act, told | arguments)

    def _hold(self, unit: Unit, account: Account, status: Held, cause: Cause, facts: Mapping[str, str]) -> None:
        if account.status == status and account.status_held is not None:
            raise _conflict("already")
        hold(unit, account.id, status, cause, self._clock())
        self._notices.tell(unit, account, status)
        self._trail.within(unit, "dossier_status", account_id=account.id, status=status, cause=cause, **facts)

    def _permitted(self, actor: Actor, act: str, why: Why) -> dict[str, str]:
        """Let the act pass, and return what the audit keeps of who does it and why."""
        actor.permit(act, self._clock())
        said = why.reason.strip()
        if not said or len(said) > LONGEST_REASON:
            raise RefusedError(f"an act has a reason, of {LONGEST_REASON} characters at most", "reason")
        if why.identified not in get_args(Identified):
            raise RefusedError(f"a caller is identified by {', '.join(get_args(Identified))}", "identified")
        return {"reason": said, "identified": why.identified, **actor.facts()}

    def _usable(self, member: str) -> Account:
        with self._store.reading() as unit:
            account = known(unit, member)
        _open(account)
        return account

    def _changing(self, member: str, work: Callable[[Unit, Account], None], *, closed: bool = False) -> Done:
        def whole() -> Done:
            with self._store.begin() as unit:
                unit.accounts.lock(known(unit, member).id)
                account = known(unit, member)
                _open(account, closed=closed)
                work(unit, account)
            return _done(account)

        return once(whole)


def known(unit: Unit, member: str) -> Account:
    """Return a member's account, by id or by dossier number; UnknownError for none, or one of the staff's."""
    found = unit.accounts.by_id(member) if len(member) == ACCOUNT_ID else unit.accounts.by_dossier(member)
    if found is None or found.situation == STAFF:
        raise UnknownError("there is no such dossier", "member", "unknown")
    return found


def possible(account: Account, upstreams: Sequence[str], factors: int) -> tuple[str, ...]:
    """Return the acts that the state of an account allows now, by their names; what is on its way is judged later."""
    if account.status == "deceased":
        return ()
    held = ("members.resume",) if account.status_held is not None and account.status in _HELD else ()
    if account.status == "closed":
        return held
    return (
        *(("members.reset",) if account.status == "active" else ()),
        "members.end_sessions",
        *(("members.unlink",) if upstreams else ()),
        *(("members.remove_second_factor",) if factors else ()),
        *(("members.suspend",) if account.status == "active" else ()),
        *held,
        "members.close",
    )


def _open(account: Account, *, closed: bool = False) -> None:
    if account.status == "deceased" or (account.status == "closed" and not closed):
        raise _conflict(account.status)


def _conflict(code: str, member: str = "") -> ConflictError:
    return ConflictError(REFUSALS[code], member, code)


def _not_sent(ended: Ordered) -> ConflictError:
    # Of another status since it was read; whoever asks again is told which.
    code = {"unknown_dossier": "closed", "not_active": "closed"}.get(ended, ended)
    return _conflict(code, "channel" if code in {"no_email", "no_address"} else "")


def _done(account: Account) -> Done:
    return Done(account.id, account.dossier, bool(account.email))
