"""Opened sessions and the devices they were opened on: recorded, shown while they live, ended by the member.

A row is written with its audit line, and with the notice of a new device, in one unit. A session lives while its own
record is in the key-value store (decision D3) and its row is there and not ended (D2).
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from idp.clock import Clock
from idp.protocol.opaque import digest
from idp.records import dataclass
from idp.services.codes import ENDED_SESSION
from idp.services.sessions import Session, Sessions, handle_of
from idp.services.sign_out import LONGEST_CODE, REMOTE, SignOut, as_opened
from idp.services.user_agents import browser_and_system
from idp.store.db import Store, Unit, once
from idp.store.sign_ins import StoredSignIn
from idp.upstream import LoginOutcome

_SHOWN: Final = 50
"""More sessions of one member are not shown on one page."""


class Trail(Protocol):
    """Where security events are kept with the change they tell of (`idp.services.audit`)."""

    def within(
        self, unit: Unit, event: str, *, account_id: str | None = None, outcome: str = "ok", **details: str | int
    ) -> None:
        """Record one event in the unit that makes the change."""
        ...


@dataclass(frozen=True, slots=True)
class Visit:
    """What the request that signs in says of its browser.

    `browser` is the value of its long-lived cookie, `network` is the one of the throttling, `client_id` names the
    application that waits, if any.
    """

    browser: str
    user_agent: str
    network: str
    reference: str
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that lives: how it was opened, the applications used in it, and whether it is the one that asks."""

    sign_in: StoredSignIn
    clients: tuple[str, ...]
    seen_at: int
    here: bool


Tell = Callable[[Unit, StoredSignIn], str]
"""Tells a member of a new device, in the open unit; returns how."""


def coarse(network: str) -> str:
    """Return a network without its last part: `192.0.2.x`, `2001:db8:1:…`; empty for what is none."""
    address = network.partition("/")[0]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return f"{address.rpartition('.')[0]}.x"
    groups = parsed.exploded.split(":")[:3]
    return ":".join(group.lstrip("0") or "0" for group in groups) + ":…"


def device_of(account_id: str, browser: str) -> str:
    """Return the digest under which a browser is known to one account; two accounts know it under two."""
    return hashlib.sha256(f"device:{account_id}:{browser}".encode()).hexdigest()


class Devices:
    """A member's opened sessions.

    Args:
        store: where they are recorded.
        sessions: which of them live.
        sign_out: ends them.
        trail: told of each, in its unit.
        tell: tells the member of a new device.
        clock: present time.
        longest: seconds after which no session lives, whatever its use.
    """

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        sign_out: SignOut,
        *,
        trail: Trail,
        tell: Tell,
        clock: Clock,
        longest: int,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._sign_out = sign_out
        self._trail = trail
        self._tell = tell
        self._clock = clock
        self._longest = longest
        self._new_id = new_id

    def enter(
        self,
        outcome: LoginOutcome,
        visit: Visit,
        *,
        epoch: int,
        interaction: str,
        previous: Session | None,
        beside: str = "",
    ) -> tuple[str, Session] | None:
        """Open and record the session of a finished sign-in, which goes on from the one of its browser where it may.

        Args:
            outcome: who signed in, and how.
            visit: what the request says of its browser.
            epoch: of the account, as it was looked at.
            interaction: the sign-in page.
            previous: the session that lives in this browser, whoever's.
            beside: the `sid` of the session that proved the first part of the sign-in; empty for none.

        Returns:
            The value for its cookie and the session; None where the one that proved the first part is not there.

        Raises:
            Unavailable: nothing was recorded; there is no session.
        """
        if previous is not None and previous.account_id != outcome.account_id:
            # Somebody else was signed in here: nothing of that session may live on behind this one.
            self._sign_out.end(previous, "other_member")
        for before in (previous, None):
            if beside and (before is None or before.sid != beside):
                return None
            cookie, session = self._sessions.start(outcome, epoch=epoch, interaction=interaction, previous=before)
            # Before the cookie goes out: a session that is not on record is nobody's.
            if self.opened(session, before, visit):
                return cookie, session
            # Signed out in this moment: the new session has nothing of that one, whose codes are dead.
            self._sessions.end(session)
        return None

    def opened(self, session: Session, previous: Session | None, visit: Visit) -> bool:
        """Record a session that was just opened; the one it replaces in this browser has ended.

        Returns:
            Whether it was recorded: not where the one that it goes on from was signed out meanwhile, from elsewhere.

        Raises:
            Unavailable: nothing was recorded; the session's cookie must not be handed out.
        """
        browser, system = browser_and_system(visit.user_agent)
        sign_in = StoredSignIn(
            id=self._new_id(),
            account_id=session.account_id,
            sid=session.sid,
            handle=session.handle,
            device=device_of(session.account_id, visit.browser),
            browser=browser,
            system=system,
            network=coarse(visit.network),
            provider=session.provider,
            acr=session.acr,
            amr=session.amr,
            client_id=visit.client_id,
            started_at=session.started_at,
        )
        renewed = previous.handle if previous is not None and previous.account_id == session.account_id else None
        return once(lambda: self._record(sign_in, renewed, visit))

    def _record(self, sign_in: StoredSignIn, renewed: str | None, visit: Visit) -> bool:
        with self._store.begin() as unit:
            if renewed is not None:
                # A sign-out holds the account too: it is seen here, or it sees what is recorded here.
                unit.accounts.lock(sign_in.account_id)
                open_until_now = unit.sign_ins.end(renewed, "renewed", sign_in.started_at)
                if not open_until_now and unit.spent.known(ENDED_SESSION, digest(sign_in.sid)):
                    return False
            new = not unit.sign_ins.knows_device(sign_in.account_id, sign_in.device)
            notice = self._tell(unit, sign_in) if new else None
            unit.sign_ins.add(replace(sign_in, notice=notice))
            client = {"client_id": visit.client_id} if visit.client_id else {}
            self._trail.within(
                unit,
                "sign_in",
                account_id=sign_in.account_id,
                method=sign_in.provider,
                acr=sign_in.acr,
                network=visit.network,
                reference=visit.reference,
                new_device=int(new),
                **client,
            )
        return True

    def followed(self, cookie: str | None, browser: str) -> Session | None:
        """Return the session that goes on from one whose cookie value died a moment ago, to end it there; or None.

        This browser does not have the new value yet: a sign-in, or a change of the password, is about to answer it.
        Where the record is not there yet either, it is what the database knows, under the new handle or still under
        an old one; once that is ended, what is under way does not go on from it.

        Raises:
            Unavailable: the database does not answer.
            KeyValueUnavailable: nobody can say what goes on from it.
        """
        handles = self._sessions.following(cookie)
        if not handles or cookie is None:
            return None
        with self._store.reading() as unit:
            latest_first = map(unit.sign_ins.by_handle, (*reversed(handles), handle_of(cookie)))
            opened = next(filter(None, latest_first), None)
        if opened is None or opened.device != device_of(opened.account_id, browser):
            return None
        return self._sessions.find(handles[-1]) or self._sessions.find(opened.handle) or as_opened(opened)

    def live(self, here: Session) -> list[OpenSession]:
        """Return the member's sessions that live, the one that asks first, then the latest.

        Raises:
            Unavailable: the database does not answer.
            KeyValueUnavailable: nobody can say which of them live.
        """
        return self.live_of(here.account_id, here.epoch, here.handle)

    def live_of(self, account_id: str, epoch: int, here: str = "") -> list[OpenSession]:
        """Return the sessions of an account that live; `here` is the handle of the one that asks, if one does.

        Raises:
            Unavailable, KeyValueUnavailable: as `live`.
        """
        return self._live(account_id, epoch, here, _SHOWN)

    def _live(self, account_id: str, epoch: int, here: str, limit: int | None) -> list[OpenSession]:
        since = self._clock() - self._longest
        with self._store.reading() as unit:
            rows = unit.sign_ins.not_ended(account_id, since, limit)
        found = [(row, self._sessions.find(row.handle)) for row in rows]
        alive = [
            OpenSession(row, session.clients, session.seen_at, row.handle == here)
            for row, session in found
            if session is not None and session.account_id == account_id and session.epoch == epoch
        ]
        return sorted(alive, key=lambda one: not one.here)

    def end(self, here: Session, sign_in_id: str) -> bool:
        """End one other session of the same member, by its row; return whether there was one to end.

        A link to prove an address ends with it, as with all of them.
        """
        for one in self.live(here):
            if one.sign_in.id == sign_in_id and not one.here:
                return self._end(one)
        return False

    def end_others(self, here: Session) -> int:
        """End every session of the member but the one that asks, as `ending_others`; return how many lived."""
        lived = self._elsewhere(here)

        def work() -> None:
            with self._store.begin() as unit:
                self._end_others(unit, here.account_id, here.sid, lived, REMOTE)

        once(work)
        for one in lived:
            self._sessions.end(as_opened(one.sign_in))
        return len(lived)

    def ending_others(self, here: Session) -> Callable[[Unit], None]:
        """Return what ends every session of the member but the one that asks, in the unit of another change.

        What was ever issued in them ends too, whether they live or not: a session that ran out, or went when its store
        began anew, may have left tokens that go on without it. So does every link to prove an address, which may have
        been asked for in one of them.

        Raises:
            Unavailable, KeyValueUnavailable: as `live`.
        """
        lived = self._elsewhere(here)
        return lambda unit: self._end_others(unit, here.account_id, here.sid, lived, REMOTE)

    def end_all_but(self, unit: Unit, account_id: str, sid: str, reason: str) -> None:
        """End every session of an account but one, by its `sid`, as `ending_others`, where none of them was looked at.

        An application that got no more than an ID token in one of them is not told.
        """
        self._end_others(unit, account_id, sid, (), reason)

    def waiting(self, here: Session) -> list[StoredSignIn]:
        """Return the new devices that no mail could tell of, for a session other than theirs."""
        with self._store.reading() as unit:
            return list(unit.sign_ins.waiting(here.account_id, here.handle))

    def acknowledge(self, here: Session) -> None:
        """Note that the member has seen the new devices that waited."""

        def write() -> None:
            with self._store.begin() as unit:
                unit.sign_ins.seen(here.account_id, here.handle)

        once(write)

    def _elsewhere(self, here: Session) -> list[OpenSession]:
        """Return the member's other sessions that live, however many."""
        live = self._live(here.account_id, here.epoch, here.handle, None)
        return [one for one in live if one.sign_in.sid != here.sid]

    def _end_others(self, unit: Unit, account_id: str, sid: str, lived: Sequence[OpenSession], reason: str) -> None:
        now = self._clock()
        # A redemption under way holds the account's row by its foreign key: one of the two sees the other.
        unit.accounts.lock(account_id)
        for ended in unit.sign_ins.end_others(account_id, sid, now - self._longest, reason, now):
            # The codes of a session that ran out a moment ago may still be good.
            unit.spent.mark(ENDED_SESSION, digest(ended.sid), now + LONGEST_CODE)
            self._trail.within(unit, "sign_out", account_id=account_id, provider=ended.provider, reason=reason)
        for one in lived:
            unit.logouts.of_session(one.sign_in.sid, account_id, now, also=one.clients)
        unit.logouts.of_account(account_id, now, but=sid)
        unit.grants.revoke_all_but(account_id, sid, reason, now)
        unit.email_proofs.cancel(account_id, now)

    def _end(self, one: OpenSession) -> bool:
        session = self._sessions.find(one.sign_in.handle)
        if session is None:
            return False
        self._sign_out.end(session, REMOTE)
        return True
