"""Administrators: who they are, what they may do, and the invitation by which one comes in for the first time.

Nobody has a default password: an invitation is a link that works once and for a day, and leads to the page where the
password and the second factor are chosen. A second invitation is also how somebody who lost both comes back in.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from typing import Final

from idp.admin.actor import Actor
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.four_eyes import Arguments, Ask, Carry, alone
from idp.admin.roles import Role
from idp.clock import Clock
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.store.administrators import Administrator
from idp.store.db import Store, Unit, once

INVITATION_LIFETIME: Final = 86400
"""Seconds for which an invitation can be taken."""
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(\.[a-z0-9-]+)+")
LONGEST: Final = 128
LONGEST_REASON: Final = 2000


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that was just made: the only time that its link is known."""

    administrator: Administrator
    url: str = field(repr=False)
    expires_at: int


class AdminActs:
    """What may be done with administrators.

    Args:
        store: where they are.
        trail: told of each change, in its transaction.
        clock: Unix seconds.
        issuer: the provider's address, where invitations lead.
        draw: returns random text for a URL.
        ask: whether a second person is wanted.
    """

    def __init__(
        self,
        store: Store,
        trail: AuditLog,
        clock: Clock,
        issuer: str,
        draw: Callable[[], str] = secrets.token_urlsafe,
        ask: Ask = alone,
    ) -> None:
        self._store = store
        self._trail = trail
        self._clock = clock
        self._issuer = issuer
        self._draw = draw
        self._ask = ask

    def list(self, actor: Actor) -> Sequence[Administrator]:
        """Return every administrator, by login."""
        actor.permit("admins.list", self._clock())
        with self._store.reading() as unit:
            return unit.administrators.all()

    def page(self, actor: Actor, after: str, limit: int) -> Sequence[Administrator]:
        """Return so many administrators at most whose logins follow this one, by login; an empty one is the first."""
        actor.permit("admins.list", self._clock())
        with self._store.reading() as unit:
            return unit.administrators.page(after, limit)

    def create(self, actor: Actor, login: str, name: str, roles: Collection[Role]) -> Invitation:
        """Add an administrator and invite them.

        Args:
            actor: who does it.
            login: an e-mail address of the house, by which the person signs in.
            name: how pages call the person.
            roles: one at least.

        Raises:
            ForbiddenError, StaleSignInError: not now, or not by this actor.
            RefusedError: the login is none or taken, the name is empty, or there is no role.
            Unavailable: nothing was done.
        """
        now = self._clock()
        actor.permit("admins.create", now)
        chosen, called = login.strip().lower(), " ".join(name.split())
        if found := self._faults(chosen, called, roles):
            found[0].also = found[1:]
            raise found[0]
        self._ask(actor, "admins.create", {"login": chosen, "name": called, "roles": _names(roles)})

        def work(unit: Unit) -> Administrator:
            new = secrets.token_hex(16)
            made = unit.administrators.add(
                account_id=new, subject=secrets.token_hex(16), login=chosen, name=called, roles=_names(roles), now=now
            )
            if not made:
                raise _taken(chosen)
            self._tell(unit, actor, "admin_created", new, roles=" ".join(_names(roles)))
            return _known(unit, chosen)

        return self._inviting(work)

    def _faults(self, login: str, name: str, roles: Collection[Role]) -> Sequence[RefusedError]:
        """Return each reason for which somebody cannot be added."""
        found: list[RefusedError] = []
        if len(login) > LONGEST or not _LOGIN.fullmatch(login):
            found.append(RefusedError("a login is an e-mail address of the house", "login"))
        else:
            with self._store.reading() as unit:
                found += [_taken(login)] if unit.administrators.by_login(login) else []
        if not name or len(name) > LONGEST or not name.isprintable():
            found.append(RefusedError("a name is 1 to 128 printable characters", "name"))
        if not roles:
            found.append(_no_role())
        return found

    def invite(self, actor: Actor, login: str, reason: str = "") -> Invitation:
        """Invite somebody again: their password, second factors and sessions end at once; `reason` is on record.

        Who was shut out comes back by it, with the roles they had: so that an act which shut out the wrong person can
        be undone.

        Raises:
            ForbiddenError, StaleSignInError, RefusedError, Unavailable: as `create`.
        """
        now = self._clock()
        actor.permit("admins.invite", now)
        self._ask(actor, "admins.invite", {"login": self._login(login), "reason": reason})

        def work(unit: Unit) -> Administrator:
            known = _known(unit, login)
            back = unit.administrators.enable(known.account_id)
            unit.accounts.set_password_hash(known.account_id, None, now)
            unit.authenticators.remove_all(known.account_id)
            unit.recovery_codes.replace(known.account_id, (), now)
            unit.administrators.untie(known.account_id)
            self._end(unit, known.account_id, now)
            why = ({"reason": reason} if reason else {}) | ({"was": "disabled"} if back else {})
            self._tell(unit, actor, "admin_invited", known.account_id, **why)
            return known

        return self._inviting(work)

    def change_roles(self, actor: Actor, login: str, roles: Collection[Role]) -> bool:
        """Replace somebody's roles, from their next request on; return whether they differed.

        Raises:
            ForbiddenError, StaleSignInError, Unavailable: as `create`.
            RefusedError: nobody has this login, no role was named, or nobody would be left to manage administrators.
        """
        now = self._clock()
        actor.permit("admins.change_roles", now)
        _some(roles)
        self._ask(actor, "admins.change_roles", {"login": self._login(login), "roles": _names(roles)})

        def work() -> bool:
            with self._store.begin() as unit:
                known = _known(unit, login)
                if Role.SECURITY not in roles:
                    _not_the_last(unit, known)
                if not unit.administrators.set_roles(known.account_id, _names(roles)):
                    return False
                self._tell(unit, actor, "admin_roles", known.account_id, roles=" ".join(_names(roles)))
            return True

        return once(work)

    def disable(self, actor: Actor, login: str, reason: str) -> bool:
        """Shut somebody out at once, sessions and all; return whether that changed anything.

        Raises:
            ForbiddenError, StaleSignInError, Unavailable: as `create`.
            RefusedError: there is no reason, nobody has this login, or nobody would be left to manage administrators.
        """
        now = self._clock()
        actor.permit("admins.disable", now)
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise RefusedError(f"an act has a reason, of {LONGEST_REASON} characters at most", "reason")
        self._ask(actor, "admins.disable", {"login": self._login(login), "reason": reason})

        def work() -> bool:
            with self._store.begin() as unit:
                known = _known(unit, login)
                _not_the_last(unit, known)
                if not unit.administrators.disable(known.account_id, now):
                    return False
                self._end(unit, known.account_id, now)
                self._tell(unit, actor, "admin_disabled", known.account_id, reason=reason)
            return True

        return once(work)

    @property
    def carries(self) -> Mapping[str, Carry]:
        """What a second person may approve."""

        def create(actor: Actor, told: Arguments) -> str:
            return self.create(actor, told["login"], told["name"], set(map(Role, told["roles"]))).url

        def invite(actor: Actor, told: Arguments) -> str:
            return self.invite(actor, told["login"], told["reason"]).url

        def change_roles(actor: Actor, told: Arguments) -> str:
            self.change_roles(actor, told["login"], set(map(Role, told["roles"])))
            return ""

        def disable(actor: Actor, told: Arguments) -> str:
            self.disable(actor, told["login"], told["reason"])
            return ""

        return {
            "admins.create": create,
            "admins.invite": invite,
            "admins.change_roles": change_roles,
            "admins.disable": disable,
        }

    def _inviting(self, work: Callable[[Unit], Administrator]) -> Invitation:
        token = self._draw()
        expires_at = self._clock() + INVITATION_LIFETIME

        def whole() -> Administrator:
            with self._store.begin() as unit:
                known = work(unit)
                unit.administrators.invite(known.account_id, digest_of(token), expires_at)
                return _known(unit, known.login)

        return Invitation(once(whole), f"{self._issuer}/administration/invitation/{token}", expires_at)

    def _login(self, login: str) -> str:
        """Return a login as it is kept; nobody is proposed whom nobody has."""
        with self._store.reading() as unit:
            return _known(unit, login).login

    def _end(self, unit: Unit, account_id: str, now: int) -> None:
        unit.accounts.bump_epoch(account_id, now)
        unit.sign_ins.end_all(account_id, "administration", now)
        unit.logouts.of_account(account_id, now)
        unit.grants.revoke_for_account(account_id, "administration", now)

    def _tell(self, unit: Unit, actor: Actor, event: str, account_id: str, **facts: str) -> None:
        self._trail.within(unit, event, account_id=account_id, outcome="ok", **(facts | actor.facts()))


def digest_of(token: str) -> str:
    """Return what is stored of an invitation's token: it is random, so a plain SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _known(unit: Unit, login: str) -> Administrator:
    found = unit.administrators.by_login(login.strip().lower())
    if found is None:
        raise UnknownError(f"there is no administrator {login.strip()[:LONGEST]}", "login", "unknown")
    return found


def _not_the_last(unit: Unit, going: Administrator) -> None:
    """Refuse to take the role away from the last person who holds it and could give it back."""
    unit.administrators.lock_all()
    others = [one for one in unit.administrators.all() if one.enabled and one.account_id != going.account_id]
    if going.enabled and Role.SECURITY in going.roles and not any(Role.SECURITY in one.roles for one in others):
        raise ConflictError(f"{going.login} is the last administrator with the role security", "roles", "last")


def _some(roles: Collection[Role]) -> None:
    if not roles:
        raise _no_role()


def _no_role() -> RefusedError:
    return RefusedError("an administrator has one role at least", "roles")


def _taken(login: str) -> ConflictError:
    return ConflictError(f"there is an administrator {login} already", "login", "taken")


def _names(roles: Collection[Role]) -> list[str]:
    return sorted(role.value for role in roles)
