"""Opened sessions: what a member sees as devices and as history.

One lives while its record is in the key-value store and nobody has ended it here.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, exists, func, insert, literal, select, update

from idp.records import dataclass
from idp.store.prepared import Prepared
from idp.store.rows import changed, purge, table
from idp.store.session import Session
from idp.store.tables_members import SignInRow

SIGN_INS: Final = table(SignInRow)

_ADD: Final = Prepared(insert(SIGN_INS))
_KNOWN_DEVICE: Final = Prepared(
    select(literal(1)).where(
        exists().where(SIGN_INS.c.account_id == bindparam("wanted"), SIGN_INS.c.device == bindparam("on"))
    )
)
_FORGOTTEN: Final = ""
"""The device of a row whose device is not known any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSignIn:
    """One session that was opened.

    `device` is a digest of the browser's own cookie and of the account; `handle` finds the session's record. `notice`
    is `waiting` for a new device that could not be told by mail, until the member has seen it. `ended_reason` and
    `ended_at` stay empty for a session that nobody ended: it ran out.
    """

    id: str
    account_id: str
    sid: str
    handle: str
    device: str
    browser: str
    system: str
    network: str
    provider: str
    acr: str
    amr: tuple[str, ...]
    client_id: str | None
    started_at: int
    ended_at: int | None = None
    ended_reason: str | None = None
    notice: str | None = None
    disowned_at: int | None = None


_MEMBERS: Final = tuple(field.name for field in fields(StoredSignIn))


class SignIns:
    """The opened sessions, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, sign_in: StoredSignIn) -> None:
        """Record a session, by the commit at the latest; its handle is unique."""
        values = {name: getattr(sign_in, name) for name in _MEMBERS}
        _ADD.later(self._session, **values | {"amr": list(sign_in.amr)})

    def knows_device(self, account_id: str, device: str) -> bool:
        """Whether the account was opened on this device before, as far back as the history goes."""
        return _KNOWN_DEVICE.first(self._session, wanted=account_id, on=device) is not None

    def of_account(self, account_id: str, sign_in_id: str) -> StoredSignIn | None:
        """Return one session of this account; None when it is another's, or gone."""
        found = self._some((SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.id == sign_in_id), 1)
        return found[0] if found else None

    def by_handle(self, handle: str) -> StoredSignIn | None:
        """Return the session with a handle that nobody ended, or None."""
        found = self._some((SIGN_INS.c.handle == handle) & SIGN_INS.c.ended_at.is_(None), 1)
        return found[0] if found else None

    def latest(self, account_id: str, since: int, limit: int) -> Sequence[StoredSignIn]:
        """Return the sessions opened at or after a time, newest first."""
        return self._some((SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.started_at >= since), limit)

    def last_by(self, account_id: str, provider: str) -> int:
        """Return when the account was last opened by a provider, Unix seconds; 0 for never."""
        where = (SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.provider == provider)
        return int(self._session.execute(select(func.max(SIGN_INS.c.started_at)).where(where)).scalar() or 0)

    def not_ended(self, account_id: str, since: int, limit: int | None = 100) -> Sequence[StoredSignIn]:
        """Return the sessions opened at or after a time that nobody ended, newest first; some may have run out."""
        mine = (SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.started_at >= since)
        return self._some(mine & SIGN_INS.c.ended_at.is_(None), limit)

    def waiting(self, account_id: str, but: str) -> Sequence[StoredSignIn]:
        """Return the new devices that are still to be told, but for the session with the handle `but`."""
        mine = (SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.notice == "waiting")
        return self._some(mine & (SIGN_INS.c.handle != but), 10)

    def seen(self, account_id: str, but: str) -> int:
        """Note that the waiting notices were read, in a session other than their own; return how many."""
        mine = (SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.notice == "waiting")
        return changed(self._session, update(SIGN_INS).where(mine, SIGN_INS.c.handle != but).values(notice="seen"))

    def end(self, handle: str, reason: str, now: int) -> bool:
        """Note that a session was ended; the first reason stays. Return whether it was not yet."""
        return self._end(SIGN_INS.c.handle == handle, reason, now) == 1

    def end_all(self, account_id: str, reason: str, now: int, *, but: str = "") -> int:
        """Note that every session of an account was ended, but for one by its handle; return how many were not yet."""
        return self._end((SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.handle != but), reason, now)

    def end_others(self, account_id: str, sid: str, since: int, reason: str, now: int) -> Sequence[StoredSignIn]:
        """Note that every session opened at or after a time was ended, but for one by its `sid`; return those."""
        others = (SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.sid != sid) & (SIGN_INS.c.started_at >= since)
        open_ones = update(SIGN_INS).where(others, SIGN_INS.c.ended_at.is_(None))
        ending = open_ones.values(ended_at=now, ended_reason=reason).returning(*SIGN_INS.columns)
        return [_read(row) for row in self._session.execute(ending)]

    def end_session(self, account_id: str, sid: str, reason: str, now: int) -> None:
        """Note that a session was ended, under whatever handle it goes on by now."""
        self._end((SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.sid == sid), reason, now)

    def move(self, handle: str, to: str) -> bool:
        """Note that a session goes on under another handle; return whether it was known and nobody had ended it."""
        open_one = (SIGN_INS.c.handle == handle) & SIGN_INS.c.ended_at.is_(None)
        return changed(self._session, update(SIGN_INS).where(open_one).values(handle=to)) == 1

    def disown(self, account_id: str, sign_in_id: str, now: int) -> None:
        """Note that it was not the member, and forget the device: its next sign-in is told again."""
        mine = (SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.id == sign_in_id)
        device = self._session.execute(select(SIGN_INS.c.device).where(mine)).scalar()
        self._session.execute(
            update(SIGN_INS).where(mine).values(disowned_at=func.coalesce(SIGN_INS.c.disowned_at, now))
        )
        if device:
            same = (SIGN_INS.c.account_id == account_id) & (SIGN_INS.c.device == device)
            self._session.execute(update(SIGN_INS).where(same).values(device=_FORGOTTEN))

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` opened before a time, and with them what was known of their devices."""
        return purge(self._session, SIGN_INS.c.started_at, SIGN_INS.c.started_at < before, limit)

    def _end(self, condition: ColumnElement[bool], reason: str, now: int) -> int:
        open_ones = update(SIGN_INS).where(condition, SIGN_INS.c.ended_at.is_(None))
        return changed(self._session, open_ones.values(ended_at=now, ended_reason=reason))

    def _some(self, condition: ColumnElement[bool], limit: int | None) -> Sequence[StoredSignIn]:
        query = select(SIGN_INS).where(condition).order_by(SIGN_INS.c.started_at.desc(), SIGN_INS.c.id.desc())
        return [_read(row) for row in self._session.execute(query.limit(limit))]


def _read(row: Any) -> StoredSignIn:
    members = row._asdict()
    return StoredSignIn(**members | {"amr": tuple(members["amr"])})
