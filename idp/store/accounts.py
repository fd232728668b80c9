"""Dossiers: one row an account (decision D1)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from idp.protocol.standing import Standing
from idp.store.consents import CONSENTS
from idp.store.rows import changed, insert_if_absent, table
from idp.store.tables import AccountRow
from idp.upstream import Status

ACCOUNTS: Final = table(AccountRow)
_NAMES: Final = tuple(column.name for column in ACCOUNTS.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What the fund says of a dossier; an import may repeat it. The words are those of `idp.upstream.CivilStatus`.

    `address` holds the members of OpenID Connect Core 5.1.1; `profile` any further claims of the member.
    """

    dossier: str
    situation: str
    status: Status
    birth_name: str
    usage_name: str = ""
    given_names: tuple[str, ...]
    birthdate: str
    gender: str
    birthplace: str
    birthcountry: str
    email: str | None = None
    email_verified: bool = False
    phone_number: str | None = None
    address: Mapping[str, Any] | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    locale: str = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Particulars):
    """One account as stored. `epoch` grows whenever older sessions and grants must die."""

    id: str
    subject: str
    password_hash: str | None = field(repr=False)
    must_reset: str | None = None
    email_changed_at: int = 0
    address_changed_at: int = 0
    epoch: int
    created_at: int
    updated_at: int

    @property
    def display_name(self) -> str:
        """The name to greet and to show: the first given name, and the usage name before the birth name."""
        return " ".join((*self.given_names[:1], self.usage_name or self.birth_name))


def read_account(values: Sequence[Any]) -> Account:
    """Build an account from the columns of `ACCOUNTS`, in their order."""
    members = dict(zip(_NAMES, values, strict=True))
    members["given_names"] = tuple(members["given_names"])
    return Account(**members)


class Accounts:
    """The dossiers, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_id(self, account_id: str) -> Account | None:
        """Return one account whatever its status; may be missing."""
        return self._one(ACCOUNTS.c.id == account_id)

    def by_subject(self, subject: str) -> Account | None:
        """Return the account with this public `sub`; may be missing."""
        return self._one(ACCOUNTS.c.subject == subject)

    def by_dossier(self, dossier: str) -> Account | None:
        """Return the account with this dossier number; may be missing."""
        return self._one(ACCOUNTS.c.dossier == dossier)

    def by_login(self, situation: str, dossier: str) -> Account | None:
        """Return the account a sign-in form names: both the situation and the number must agree."""
        return self._one((ACCOUNTS.c.dossier == dossier) & (ACCOUNTS.c.situation == situation))

    def standing(self, account_id: str, client_id: str) -> Standing | None:
        """Return how an account stands with a client, in one statement; None when the account is gone."""
        query = (
            select(ACCOUNTS.c.subject, ACCOUNTS.c.status, ACCOUNTS.c.epoch, CONSENTS.c.scope, CONSENTS.c.withdrawn_at)
            .outerjoin(CONSENTS, (CONSENTS.c.account_id == ACCOUNTS.c.id) & (CONSENTS.c.client_id == client_id))
            .where(ACCOUNTS.c.id == account_id)
        )
        row = self._session.execute(query).one_or_none()
        if row is None:
            return None
        agreed = row.scope is not None and row.withdrawn_at is None
        return Standing(
            subject=row.subject,
            usable=row.status == "active",
            epoch=row.epoch,
            consented_scope=frozenset(row.scope.split()) if agreed else None,
        )

    def lock(self, account_id: str) -> None:
        """Hold an account's row until the unit ends; what else touches the account, or refers to it, waits."""
        self._session.execute(select(ACCOUNTS.c.id).where(ACCOUNTS.c.id == account_id).with_for_update())

    def born_on(self, prefixes: Sequence[str], limit: int = 500) -> Sequence[Account]:
        """Return accounts whose birth date starts with one of the prefixes, closed ones included, `limit` at most."""
        if not prefixes:
            return []
        # Ranges rather than LIKE: an index serves them whatever the collation, and nothing needs escaping.
        ranges = [(ACCOUNTS.c.birthdate >= prefix) & (ACCOUNTS.c.birthdate < prefix + "\x7f") for prefix in prefixes]
        query = select(ACCOUNTS).where(or_(*ranges)).order_by(ACCOUNTS.c.dossier).limit(limit)
        return [read_account(row) for row in self._session.execute(query)]

    def upsert(self, particulars: Particulars, *, account_id: str, subject: str, now: int) -> Account:
        """Create a dossier, or bring a known one up to date; the same call twice changes nothing.

        A known dossier keeps its id, subject and password; a change of status raises its epoch.

        Args:
            particulars: what the fund says.
            account_id: id to use if the dossier is new.
            subject: public subject to use if the dossier is new.
            now: Unix seconds.
        """
        members = asdict(particulars) | {"given_names": list(particulars.given_names)}
        fresh = members | {
            "id": account_id,
            "subject": subject,
            "password_hash": None,
            "epoch": 0,
            "created_at": now,
            "updated_at": now,
        }
        if not insert_if_absent(self._session, ACCOUNTS, fresh, "dossier"):
            self._refresh(particulars, members, now)
        stored = self.by_dossier(particulars.dossier)
        if stored is None:
            raise LookupError("a dossier vanished inside its own transaction")
        return stored

    def _refresh(self, particulars: Particulars, members: Mapping[str, Any], now: int) -> None:
        query = select(ACCOUNTS).where(ACCOUNTS.c.dossier == particulars.dossier).with_for_update()
        known = read_account(self._session.execute(query).one())
        if all(getattr(known, name) == getattr(particulars, name) for name in members):
            return
        epoch = known.epoch + (known.status != particulars.status)
        self._session.execute(
            update(ACCOUNTS).where(ACCOUNTS.c.id == known.id).values(**members, epoch=epoch, updated_at=now)
        )

    def set_password_hash(self, account_id: str, password_hash: str | None, now: int) -> bool:
        """Replace the password hash and nothing else: a rehash keeps sessions, so a change also bumps the epoch."""
        return self._set(account_id, {"password_hash": password_hash, "updated_at": now})

    def replace_password_hash(self, account_id: str, old: str, new: str) -> bool:
        """Replace a hash only if it is still `old`; so a rehash at sign-in never undoes a password change."""
        where = (ACCOUNTS.c.id == account_id) & (ACCOUNTS.c.password_hash == old)
        return changed(self._session, update(ACCOUNTS).where(where).values(password_hash=new)) == 1

    def choose_password(self, account_id: str, password_hash: str, now: int) -> bool:
        """Set the password a member has chosen: nothing has to be reset any more, what was open before is dead."""
        values = {
            "password_hash": password_hash,
            "must_reset": None,
            "epoch": ACCOUNTS.c.epoch + 1,
            "updated_at": now,
        }
        return self._set(account_id, values)

    def set_email(self, account_id: str, email: str, now: int) -> bool:
        """Set a proven contact address; `email_changed_at` stays when it is the one there was (N-119)."""
        verified = {"email_verified": True, "updated_at": now}
        same = (ACCOUNTS.c.id == account_id) & (ACCOUNTS.c.email == email)
        if changed(self._session, update(ACCOUNTS).where(same).values(**verified)) == 1:
            return True
        return self._set(account_id, {**verified, "email": email, "email_changed_at": now})

    def bump_epoch(self, account_id: str, now: int) -> bool:
        """Kill every session and grant made so far; atomic. Return whether the account exists."""
        return self._set(account_id, {"epoch": ACCOUNTS.c.epoch + 1, "updated_at": now})

    def set_status(self, account_id: str, status: Status, now: int) -> bool:
        """Set the status and raise the epoch when it differs; return whether anything changed."""
        where = (ACCOUNTS.c.id == account_id) & (ACCOUNTS.c.status != status)
        values = {"status": status, "epoch": ACCOUNTS.c.epoch + 1, "updated_at": now}
        return changed(self._session, update(ACCOUNTS).where(where).values(**values)) == 1

    def _set(self, account_id: str, values: Mapping[str, Any]) -> bool:
        return changed(self._session, update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(**values)) == 1

    def _one(self, condition: ColumnElement[bool]) -> Account | None:
        row = self._session.execute(select(ACCOUNTS).where(condition)).one_or_none()
        return None if row is None else read_account(row)
