"""Administrators: which of the accounts are the staff's, what they may do, and the invitation that opens one.

An invitation is taken by one conditional update: of two that present it one gets it (decision D2).
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select, update

from idp.protocol.names import STAFF
from idp.records import dataclass
from idp.store.accounts import ACCOUNTS, Account, read_account
from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.tables_admin import AdministratorIdentityRow, AdministratorRow
from idp.upstream import Status

ADMINISTRATORS: Final = table(AdministratorRow)
IDENTITIES: Final = table(AdministratorIdentityRow)


@dataclass(frozen=True, slots=True)
class Administrator:
    """One administrator. Times are Unix seconds; `invited_until` is None where no invitation waits.

    `ready` says that an invitation was taken: a password was chosen, or an identity of `provider` opens the account
    (empty where none does).
    """

    account_id: str
    login: str
    name: str
    roles: tuple[str, ...]
    created_at: int
    disabled_at: int | None
    invited_until: int | None
    ready: bool
    epoch: int
    locale: str
    provider: str = ""

    @property
    def enabled(self) -> bool:
        """Whether this person may come in at all."""
        return self.disabled_at is None


class Administrators:
    """The staff, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, *, account_id: str, subject: str, login: str, name: str, roles: Sequence[str], now: int) -> bool:
        """Add an administrator with an account of their own; False when the login is taken.

        The account is usable and has no way in yet: no password, no second factor.
        """
        if self.by_login(login) is not None:
            return False
        account: dict[str, Any] = {
            "id": account_id,
            "subject": subject,
            # Nine characters as a dossier number has, of which the first is never a digit.
            "dossier": f"A{account_id[:8].upper()}",
            "situation": STAFF,
            "status": "active",
            "password_hash": None,
            "birth_name": name,
            "given_names": [],
            "birthdate": "",
            "gender": "",
            "birthplace": "",
            "birthcountry": "",
            "profile": {},
            "epoch": 0,
            "created_at": now,
            "updated_at": now,
        }
        self._session.execute(insert(ACCOUNTS).values(**account))
        row = {"account_id": account_id, "login": login, "roles": list(roles), "created_at": now}
        return insert_if_absent(self._session, ADMINISTRATORS, row, "login")

    def get(self, account_id: str) -> Administrator | None:
        """Return one administrator, disabled or not; None for a member's account."""
        return self._one(ADMINISTRATORS.c.account_id == account_id)

    def by_login(self, login: str) -> Administrator | None:
        """Return the administrator with this login, in lower case; may be missing."""
        return self._one(ADMINISTRATORS.c.login == login)

    def account_of(self, login: str) -> Account | None:
        """Return the account that a login opens, in one statement; may be missing."""
        query = select(*ACCOUNTS.columns).join(ADMINISTRATORS, ACCOUNTS.c.id == ADMINISTRATORS.c.account_id)
        row = self._session.execute(query.where(ADMINISTRATORS.c.login == login)).one_or_none()
        return None if row is None else read_account(row)

    def all(self) -> Sequence[Administrator]:
        """Return every administrator, by login."""
        rows = self._session.execute(_query().order_by(ADMINISTRATORS.c.login))
        return [_read(row._asdict()) for row in rows]

    def page(self, after: str, limit: int) -> Sequence[Administrator]:
        """Return the administrators whose logins follow this one, by login; from the first with an empty one."""
        query = _query().where(ADMINISTRATORS.c.login > after).order_by(ADMINISTRATORS.c.login).limit(limit)
        return [_read(row._asdict()) for row in self._session.execute(query)]

    def lock_all(self) -> None:
        """Hold every administrator until the unit ends, for who counts them before changing one."""
        query = select(ADMINISTRATORS.c.account_id).order_by(ADMINISTRATORS.c.account_id)
        self._session.execute(query.with_for_update()).all()

    def set_roles(self, account_id: str, roles: Sequence[str]) -> bool:
        """Replace the roles; they count from the next request on. Return whether they differed."""
        known = self.get(account_id)
        if known is None or set(known.roles) == set(roles):
            return False
        return self._set(ADMINISTRATORS.c.account_id == account_id, roles=list(roles))

    def disable(self, account_id: str, now: int) -> bool:
        """Shut somebody out, their account and their invitation too; return whether that changed anything."""
        where = (ADMINISTRATORS.c.account_id == account_id) & ADMINISTRATORS.c.disabled_at.is_(None)
        done = self._set(where, disabled_at=now, invitation=None, invitation_expires=None)
        return done and self._set_status(account_id, "suspended")

    def enable(self, account_id: str) -> bool:
        """Let somebody in again; return whether that changed anything."""
        where = (ADMINISTRATORS.c.account_id == account_id) & ADMINISTRATORS.c.disabled_at.is_not(None)
        return self._set(where, disabled_at=None) and self._set_status(account_id, "active")

    def invite(self, account_id: str, digest: str, expires_at: int) -> bool:
        """Leave an invitation, which replaces the one before; False for nobody, or somebody who is shut out."""
        where = (ADMINISTRATORS.c.account_id == account_id) & ADMINISTRATORS.c.disabled_at.is_(None)
        return self._set(where, invitation=digest, invitation_expires=expires_at)

    def invited(self, digest: str, now: int) -> Administrator | None:
        """Return whom an invitation is for, while it lasts."""
        return self._one(_invitation(digest, now))

    def take_invitation(self, digest: str, now: int) -> bool:
        """Use an invitation up; of two at once one gets True."""
        return self._set(_invitation(digest, now), invitation=None, invitation_expires=None)

    def tie(self, account_id: str, issuer: str, sub: str, provider: str, now: int) -> bool:
        """Let an identity of an upstream open an account, in place of the one before; False where it opens another."""
        self.untie(account_id)
        values = {"issuer": issuer, "sub": sub, "account_id": account_id, "provider": provider, "tied_at": now}
        return insert_if_absent(self._session, IDENTITIES, values, "issuer", "sub")

    def untie(self, account_id: str) -> bool:
        """End what ties an account to an upstream; return whether anything did."""
        return changed(self._session, delete(IDENTITIES).where(IDENTITIES.c.account_id == account_id)) == 1

    def of_identity(self, issuer: str, sub: str) -> Administrator | None:
        """Return whose account an identity opens, disabled or not; may be missing."""
        where = (IDENTITIES.c.issuer == issuer) & (IDENTITIES.c.sub == sub)
        return self._one(where)

    def _set_status(self, account_id: str, status: Status) -> bool:
        """Let the account follow, which every sign-in, session and token asks."""
        query = update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(status=status)
        return changed(self._session, query) == 1

    def _set(self, where: ColumnElement[bool], **values: Any) -> bool:
        return changed(self._session, update(ADMINISTRATORS).where(where).values(**values)) == 1

    def _one(self, condition: ColumnElement[bool]) -> Administrator | None:
        row = self._session.execute(_query().where(condition)).one_or_none()
        return None if row is None else _read(row._asdict())


def _invitation(digest: str, now: int) -> ColumnElement[bool]:
    table = ADMINISTRATORS.c
    return (table.invitation == digest) & (table.invitation_expires > now) & table.disabled_at.is_(None)


def _query() -> Any:
    columns = [column for column in ADMINISTRATORS.columns if column.name != "invitation"]
    account = (ACCOUNTS.c.birth_name, ACCOUNTS.c.password_hash, ACCOUNTS.c.epoch, ACCOUNTS.c.locale)
    return (
        select(*columns, *account, IDENTITIES.c.provider)
        .join(ACCOUNTS, ACCOUNTS.c.id == ADMINISTRATORS.c.account_id)
        .join(IDENTITIES, IDENTITIES.c.account_id == ADMINISTRATORS.c.account_id, isouter=True)
    )


def _read(row: dict[str, Any]) -> Administrator:
    return Administrator(
        account_id=row["account_id"],
        login=row["login"],
        name=row["birth_name"],
        roles=tuple(row["roles"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        invited_until=row["invitation_expires"],
        ready=row["password_hash"] is not None or row["provider"] is not None,
        epoch=row["epoch"],
        locale=row["locale"],
        provider=row["provider"] or "",
    )
