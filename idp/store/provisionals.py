"""Provisional passwords: the database is the judge of how often each may be tried, and used (decisions D2, D8).

The same rows hold the codes that a letter brings to prove a dossier: they have a purpose, passwords have none, and no
verb of the one finds the other.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, bindparam, select, update

from idp.records import dataclass
from idp.store.accounts import ACCOUNTS, Account, read_account
from idp.store.prepared import Prepared
from idp.store.rows import changed, purge, table
from idp.store.session import Session
from idp.store.tables_members import LetterRow, ProvisionalRow

PROVISIONALS: Final = table(ProvisionalRow)
_LETTERS: Final = table(LetterRow)


@dataclass(frozen=True, slots=True)
class Provisional:
    """One that may still be used; `channel` is `email` or `post`, `purpose` empty but for a code (`proofs`)."""

    id: str
    account_id: str
    channel: str
    digest: str
    created_at: int
    expires_at: int
    purpose: str = ""


_COLUMNS: Final = tuple(
    PROVISIONALS.c[name] for name in ("id", "account_id", "channel", "digest", "created_at", "expires_at", "purpose")
)
_PASSWORD: Final = PROVISIONALS.c.purpose == ""
_UNUSED: Final = PROVISIONALS.c.spent_at.is_(None) & PROVISIONALS.c.cancelled_at.is_(None)


class Provisionals:
    """The provisional passwords, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, new: Provisional) -> None:
        """Add one and cancel those the account had of its purpose: only the last one asked for works (N-113)."""
        where = (PROVISIONALS.c.account_id == new.account_id) & (PROVISIONALS.c.purpose == new.purpose)
        self._cancel(where, new.created_at)
        values: dict[str, Any] = {column.name: getattr(new, column.name) for column in _COLUMNS}
        values |= {"attempts": 0, "spent_at": None, "cancelled_at": None}
        self._session.execute(PROVISIONALS.insert().values(**values))

    def live(self, account_id: str, attempts: int, now: int) -> Provisional | None:
        """Return the password that may still be used, tried less than `attempts` times; the same for nobody."""
        row = _LIVE.first(self._session, wanted=account_id, most=attempts, now=now)
        return None if row is None else Provisional(*row)

    def of_login(
        self, situation: str, dossier: str, attempts: int, now: int
    ) -> tuple[Account | None, Provisional | None]:
        """Return the account that a sign-in form names, as `Accounts.by_login`, and its password, as `live`.

        One statement, whoever is named.
        """
        row = _OF_LOGIN.first(self._session, number=dossier, kind=situation, most=attempts, now=now)
        if row is None:
            return None, None
        own, account = row[: len(_COLUMNS)], read_account(row[len(_COLUMNS) :])
        return account, None if own[0] is None else Provisional(*own)

    def count_attempt(self, account_id: str, now: int) -> None:
        """Count a wrong try against whatever the account could still use; an account that is none counts nothing."""
        self._count((PROVISIONALS.c.account_id == account_id) & _PASSWORD, now)

    def proofs(self, purpose: str, attempts: int, now: int) -> Sequence[Provisional]:
        """Return the codes of a purpose that may still be used, of whatever account, the newest first."""
        where = (PROVISIONALS.c.purpose == purpose) & ~_PASSWORD & _usable(attempts, now)
        query = select(*_COLUMNS).where(where).order_by(PROVISIONALS.c.created_at.desc(), PROVISIONALS.c.id)
        return [Provisional(*row) for row in self._session.execute(query)]

    def count_proof_attempt(self, purpose: str, now: int) -> None:
        """Count a wrong try against every code of a purpose that could still be used."""
        self._count((PROVISIONALS.c.purpose == purpose) & ~_PASSWORD, now)

    def spend(self, provisional_id: str, attempts: int, now: int) -> bool:
        """Use one up: of any number of callers one gets True; undone if the unit rolls back."""
        where = (PROVISIONALS.c.id == provisional_id) & _usable(attempts, now)
        return changed(self._session, update(PROVISIONALS).where(where).values(spent_at=now)) == 1

    def cancel(self, account_id: str, now: int) -> int:
        """Cancel every one that could still be used, and so the letters that would bring them; return how many."""
        return self._cancel(PROVISIONALS.c.account_id == account_id, now)

    def digests(self, account_id: str) -> Sequence[str]:
        """Return the digests of all that the account ever had: none may become its own password (N-114)."""
        query = select(PROVISIONALS.c.digest).where(PROVISIONALS.c.account_id == account_id)
        return [row.digest for row in self._session.execute(query)]

    def last_letter(self, account_id: str, *, with_code: bool = False) -> int:
        """Return when the account's last letter with a password, or with a code, was asked for; 0 for never."""
        query = select(_LETTERS.c.created_at).join(PROVISIONALS, PROVISIONALS.c.id == _LETTERS.c.provisional_id)
        query = query.where(_LETTERS.c.account_id == account_id, ~_PASSWORD if with_code else _PASSWORD)
        row = self._session.execute(query.order_by(_LETTERS.c.created_at.desc()).limit(1)).first()
        return 0 if row is None else int(row.created_at)

    def letters_since(self, since: int, limit: int) -> int:
        """Return how many letters were asked for since a time, `limit` at most."""
        query = select(_LETTERS.c.id).where(_LETTERS.c.created_at >= since).limit(limit)
        return len(self._session.execute(query).all())

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` that ended before a time and have no letter left; return how many."""
        orphan = ~select(_LETTERS.c.id).where(_LETTERS.c.provisional_id == PROVISIONALS.c.id).exists()
        return purge(self._session, PROVISIONALS.c.expires_at, (PROVISIONALS.c.expires_at < before) & orphan, limit)

    def _cancel(self, where: ColumnElement[bool], now: int) -> int:
        """Cancel, and wipe what their letters hold there and then: a print run that has drafted one finds it gone."""
        ended = select(PROVISIONALS.c.id).where(where & _UNUSED)
        waiting = _LETTERS.c.provisional_id.in_(ended) & _LETTERS.c.sealed.is_not(None)
        self._session.execute(update(_LETTERS).where(waiting).values(sealed=None))
        return changed(self._session, update(PROVISIONALS).where(where & _UNUSED).values(cancelled_at=now))

    def _count(self, where: ColumnElement[bool], now: int) -> None:
        live = where & _UNUSED & (PROVISIONALS.c.expires_at > now)
        self._session.execute(update(PROVISIONALS).where(live).values(attempts=PROVISIONALS.c.attempts + 1))


def _usable(attempts: int | BindParameter[int], now: int | BindParameter[int]) -> ColumnElement[bool]:
    return _UNUSED & (PROVISIONALS.c.expires_at > now) & (PROVISIONALS.c.attempts < attempts)


_NOW_LIVE: Final = _PASSWORD & _usable(bindparam("most"), bindparam("now"))
_LIVE: Final = Prepared(
    select(*_COLUMNS)
    .where(PROVISIONALS.c.account_id == bindparam("wanted"), _NOW_LIVE)
    .order_by(PROVISIONALS.c.created_at.desc())
)
_OF_LOGIN: Final = Prepared(
    select(*_COLUMNS, *ACCOUNTS.columns)
    .select_from(ACCOUNTS.outerjoin(PROVISIONALS, (PROVISIONALS.c.account_id == ACCOUNTS.c.id) & _NOW_LIVE))
    .where(ACCOUNTS.c.dossier == bindparam("number"), ACCOUNTS.c.situation == bindparam("kind"))
    .order_by(PROVISIONALS.c.created_at.desc()),
    quick=True,
)
