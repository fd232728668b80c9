"""Second factors of members: code generators and passkeys. The database is the judge of a code's single use (D2)."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import delete, or_, select, update

from idp.records import dataclass
from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.tables_members import AuthenticatorRow

AUTHENTICATORS: Final = table(AuthenticatorRow)

TOTP: Final = "totp"
PASSKEY: Final = "passkey"


@dataclass(frozen=True, slots=True)
class Authenticator:
    """One second factor. `sealed` is for a code generator; `credential_id` (base64url) and those after it a passkey's.

    `last_step` is the time step of the last code that was used; `used_at` is Unix seconds, None for never.
    """

    id: str
    account_id: str
    kind: str
    label: str
    created_at: int
    sealed: bytes | None = None
    last_step: int | None = None
    credential_id: str | None = None
    public_key: bytes | None = None
    sign_count: int = 0
    transports: tuple[str, ...] = ()
    backed_up: bool = False
    used_at: int | None = None


_COLUMNS: Final = tuple(AUTHENTICATORS.c[field.name] for field in fields(Authenticator))


class Authenticators:
    """The second factors, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, new: Authenticator) -> bool:
        """Add one; return False, changing nothing, when its credential is somebody's already."""
        values: dict[str, Any] = {column.name: getattr(new, column.name) for column in _COLUMNS}
        values["transports"] = list(new.transports)
        return insert_if_absent(self._session, AUTHENTICATORS, values, "credential_id")

    def of(self, account_id: str) -> Sequence[Authenticator]:
        """Return those of an account, oldest first."""
        query = select(*_COLUMNS).where(AUTHENTICATORS.c.account_id == account_id)
        rows = self._session.execute(query.order_by(AUTHENTICATORS.c.created_at, AUTHENTICATORS.c.id))
        return [_read(row) for row in rows]

    def by_credential(self, credential_id: str) -> Authenticator | None:
        """Return the passkey with this id (base64url), or None."""
        query = select(*_COLUMNS).where(AUTHENTICATORS.c.credential_id == credential_id)
        row = self._session.execute(query).one_or_none()
        return None if row is None else _read(row)

    def use_step(self, authenticator_id: str, step: int, now: int) -> bool:
        """Use the code of a time step: of any number of callers one gets True, and no earlier step works afterwards."""
        last = AUTHENTICATORS.c.last_step
        where = (AUTHENTICATORS.c.id == authenticator_id) & or_(last.is_(None), last < step)
        return changed(self._session, update(AUTHENTICATORS).where(where).values(last_step=step, used_at=now)) == 1

    def use_passkey(self, authenticator_id: str, sign_count: int, *, backed_up: bool, now: int) -> bool:
        """Note a use of a passkey; False when it has been removed. Its counter never goes back."""
        count = AUTHENTICATORS.c.sign_count
        mine = AUTHENTICATORS.c.id == authenticator_id
        noted = changed(self._session, update(AUTHENTICATORS).where(mine).values(used_at=now, backed_up=backed_up))
        self._session.execute(update(AUTHENTICATORS).where(mine & (count < sign_count)).values(sign_count=sign_count))
        return noted == 1

    def rename(self, account_id: str, authenticator_id: str, label: str) -> bool:
        """Give one of an account's own another name; False when it has none such."""
        mine = self._mine(account_id, authenticator_id)
        return changed(self._session, update(AUTHENTICATORS).where(mine).values(label=label)) == 1

    def remove(self, account_id: str, authenticator_id: str) -> bool:
        """Delete one of an account's own; False when it has none such."""
        return changed(self._session, delete(AUTHENTICATORS).where(self._mine(account_id, authenticator_id))) == 1

    def remove_all(self, account_id: str) -> int:
        """Delete all of an account; return how many there were."""
        return changed(self._session, delete(AUTHENTICATORS).where(AUTHENTICATORS.c.account_id == account_id))

    def sealed(self, after: str, limit: int) -> Sequence[tuple[str, str, bytes]]:
        """Return id, account and sealed secret of code generators in the order of their ids, those after one."""
        query = select(AUTHENTICATORS.c.id, AUTHENTICATORS.c.account_id, AUTHENTICATORS.c.sealed)
        query = query.where(AUTHENTICATORS.c.sealed.is_not(None), AUTHENTICATORS.c.id > after)
        rows = self._session.execute(query.order_by(AUTHENTICATORS.c.id).limit(limit))
        return [(row.id, row.account_id, row.sealed) for row in rows]

    def replace_sealed(self, authenticator_id: str, old: bytes, new: bytes) -> bool:
        """Put the same secret sealed anew in place of the old one; False when that is not there any more."""
        where = (AUTHENTICATORS.c.id == authenticator_id) & (AUTHENTICATORS.c.sealed == old)
        return changed(self._session, update(AUTHENTICATORS).where(where).values(sealed=new)) == 1

    def _mine(self, account_id: str, authenticator_id: str) -> Any:
        return (AUTHENTICATORS.c.account_id == account_id) & (AUTHENTICATORS.c.id == authenticator_id)


def _read(row: Any) -> Authenticator:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return Authenticator(**{**values, "transports": tuple(values["transports"])})
