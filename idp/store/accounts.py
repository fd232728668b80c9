"""Dossiers: one row an account (decision D1)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, case, exists, or_, select, update

from idp.protocol.names import STAFF
from idp.protocol.standing import Standing
from idp.records import dataclass
from idp.store.authenticators import AUTHENTICATORS
from idp.store.consents import CONSENTS
from idp.store.member_names import MemberNames, beginning_with
from idp.store.prepared import Prepared
from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.sign_ins import SIGN_INS
from idp.store.tables import AccountRow, ClientRow
from idp.upstream import Status

ACCOUNTS: Final = table(AccountRow)
CLIENTS: Final = table(ClientRow)
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
    status_held: str | None = None
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


_BY_ID: Final = Prepared(select(ACCOUNTS).where(ACCOUNTS.c.id == bindparam("wanted")), quick=True)
_BY_LOGIN: Final = Prepared(
    select(ACCOUNTS).where(ACCOUNTS.c.dossier == bindparam("number"), ACCOUNTS.c.situation == bindparam("kind")),
    quick=True,
)
_FOR_CLIENT: Final = Prepared(
    select(CLIENTS.c.enabled, *ACCOUNTS.columns)
    .select_from(CLIENTS.outerjoin(ACCOUNTS, ACCOUNTS.c.id == bindparam("wanted")))
    .where(CLIENTS.c.client_id == bindparam("client")),
    quick=True,
)
_STANDING: Final = Prepared(
    select(
        ACCOUNTS.c.subject,
        ACCOUNTS.c.status,
        ACCOUNTS.c.epoch,
        ACCOUNTS.c.situation,
        CONSENTS.c.scope,
        CONSENTS.c.withdrawn_at,
        exists().where(
            SIGN_INS.c.handle == bindparam("handle"),
            SIGN_INS.c.account_id == ACCOUNTS.c.id,
            SIGN_INS.c.ended_at.is_(None),
        ),
    )
    .outerjoin(CONSENTS, (CONSENTS.c.account_id == ACCOUNTS.c.id) & (CONSENTS.c.client_id == bindparam("client")))
    .where(ACCOUNTS.c.id == bindparam("wanted")),
    quick=True,
)

_ENTERING: Final = Prepared(
    select(
        ACCOUNTS.c.subject,
        ACCOUNTS.c.status,
        ACCOUNTS.c.epoch,
        ACCOUNTS.c.situation,
        exists().where(AUTHENTICATORS.c.account_id == ACCOUNTS.c.id),
    ).where(ACCOUNTS.c.id == bindparam("wanted")),
    quick=True,
)


@cache
def _born_on(count: int) -> Prepared:
    """Return the search for so many beginnings of a birth date, of which one person has six at most.

    Ranges rather than LIKE: an index serves them whatever the collation, and nothing needs escaping.
    """
    date = ACCOUNTS.c.birthdate
    ranges = [(date >= bindparam(f"from_{place}")) & (date < bindparam(f"below_{place}")) for place in range(count)]
    return Prepared(select(ACCOUNTS).where(or_(*ranges)).order_by(ACCOUNTS.c.dossier).limit(bindparam("most")))


class Accounts:
    """The dossiers, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def for_client(self, account_id: str, client_id: str) -> tuple[Account | None, bool]:
        """Return an account, which may be missing, and whether a client is enabled; in one statement."""
        row = _FOR_CLIENT.first(self._session, wanted=account_id, client=client_id)
        if row is None:
            return None, False
        return None if row[1] is None else read_account(row[1:]), bool(row[0])

    def by_id(self, account_id: str) -> Account | None:
        """Return one account whatever its status; may be missing."""
        row = _BY_ID.first(self._session, wanted=account_id)
        return None if row is None else read_account(row)

    def by_subject(self, subject: str) -> Account | None:
        """Return the account with this public `sub`; may be missing."""
        return self._one(ACCOUNTS.c.subject == subject)

    def by_dossier(self, dossier: str) -> Account | None:
        """Return the account with this dossier number; may be missing. An account of the staff has none."""
        return self._one((ACCOUNTS.c.dossier == dossier) & (ACCOUNTS.c.situation != STAFF))

    def by_login(self, situation: str, dossier: str) -> Account | None:
        """Return the account a sign-in form names: both the situation and the number must agree."""
        row = _BY_LOGIN.first(self._session, number=dossier, kind=situation)
        return None if row is None else read_account(row)

    def standing(self, account_id: str, client_id: str, handle: str) -> Standing | None:
        """Return how an account, in the session with a handle, stands with a client; None when the account is gone.

        One statement.
        """
        row = _STANDING.first(self._session, wanted=account_id, client=client_id, handle=handle)
        if row is None:
            return None
        subject, status, epoch, situation, scope, withdrawn_at, on_record = row
        agreed = scope is not None and withdrawn_at is None
        return Standing(
            subject=subject,
            usable=status == "active",
            epoch=epoch,
            consented_scope=frozenset(scope.split()) if agreed else None,
            staff=situation == STAFF,
            on_record=on_record,
        )

    def entering(self, account_id: str) -> tuple[Standing | None, bool]:
        """Return how an account stands with no client in particular, and whether it has a second factor."""
        row = _ENTERING.first(self._session, wanted=account_id)
        if row is None:
            return None, False
        subject, status, epoch, situation, second = row
        return Standing(subject, status == "active", epoch, None, situation == STAFF), second

    def lock(self, account_id: str) -> None:
        """Hold an account's row until the unit ends; what else touches the account, or refers to it, waits."""
        self._session.execute(select(ACCOUNTS.c.id).where(ACCOUNTS.c.id == account_id).with_for_update())

    def hashes_unlike(self, prefix: str, limit: int) -> Sequence[str]:
        """Return some password hashes that do not begin with `prefix`, in the order of their accounts' random ids."""
        column = ACCOUNTS.c.password_hash
        query = select(column).where(~column.startswith(prefix, autoescape=True)).order_by(ACCOUNTS.c.id).limit(limit)
        return list(self._session.execute(query).scalars())

    def born_on(self, prefixes: Sequence[str], limit: int = 500) -> Sequence[Account]:
        """Return accounts whose birth date starts with one of the prefixes, closed ones included, `limit` at most."""
        if not prefixes:
            return []
        values: dict[str, Any] = {"most": limit}
        for place, prefix in enumerate(prefixes):
            values |= {f"from_{place}": prefix, f"below_{place}": f"{prefix}\x7f"}
        return [read_account(row) for row in _born_on(len(prefixes)).all(self._session, **values)]

    def found(self, *, dossier: str = "", name: str = "", birthdate: str = "", limit: int) -> Sequence[Account]:
        """Return members' accounts that fit all that is not empty, by birth name, `limit` at most.

        Args:
            dossier: the whole number.
            name: folded (`idp.store.member_names`); a birth or usage name begins with it, from any of its words on.
            birthdate: as it is stored, `YYYY-MM-DD`.
            limit: how many.
        """
        where: list[ColumnElement[bool]] = [ACCOUNTS.c.situation != STAFF]
        if dossier:
            where.append(ACCOUNTS.c.dossier == dossier)
        if birthdate:
            where.append(ACCOUNTS.c.birthdate == birthdate)
        if name:
            where.append(ACCOUNTS.c.id.in_(beginning_with(name)))
        query = select(ACCOUNTS).where(*where).order_by(ACCOUNTS.c.birth_name, ACCOUNTS.c.dossier).limit(limit)
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
        new = insert_if_absent(self._session, ACCOUNTS, fresh, "dossier")
        written = new or self._refresh(particulars, members, now)
        stored = self.by_dossier(particulars.dossier)
        if stored is None:
            raise LookupError("a dossier vanished inside its own transaction")
        if written:
            MemberNames(self._session).replace([members | {"id": stored.id}])
        return stored

    def _refresh(self, particulars: Particulars, members: Mapping[str, Any], now: int) -> bool:
        query = select(ACCOUNTS).where(ACCOUNTS.c.dossier == particulars.dossier).with_for_update()
        known = read_account(self._session.execute(query).one())
        if all(getattr(known, name) == getattr(particulars, name) for name in members):
            return False
        epoch = known.epoch + (known.status != particulars.status)
        self._session.execute(
            update(ACCOUNTS).where(ACCOUNTS.c.id == known.id).values(**members, epoch=epoch, updated_at=now)
        )
        return True

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

    def require_reset(self, account_id: str, reason: str, now: int) -> bool:
        """Let the password open nothing any more until another is chosen; what was open before is dead."""
        return self._set(account_id, {"must_reset": reason, "epoch": ACCOUNTS.c.epoch + 1, "updated_at": now})

    def set_email(self, account_id: str, email: str, now: int) -> bool:
        """Set a proven contact address; `email_changed_at` stays when it is the one there was (N-119)."""
        verified = {"email_verified": True, "updated_at": now}
        same = (ACCOUNTS.c.id == account_id) & (ACCOUNTS.c.email == email)
        if changed(self._session, update(ACCOUNTS).where(same).values(**verified)) == 1:
            return True
        return self._set(account_id, {**verified, "email": email, "email_changed_at": now})

    def set_locale(self, account_id: str, locale: str, now: int) -> bool:
        """Set the language of messages, `fr` or `en`; return whether the account exists."""
        return self._set(account_id, {"locale": locale, "updated_at": now})

    def bump_epoch(self, account_id: str, now: int) -> bool:
        """Kill every session and grant made so far; atomic. Return whether the account exists."""
        return self._set(account_id, {"epoch": ACCOUNTS.c.epoch + 1, "updated_at": now})

    def hold_status(self, account_id: str, status: Status, reason: str | None, now: int) -> bool:
        """Set the status by hand and hold it against imports, or let it go (`reason` None); return whether it differed.

        Every word of it is one statement: two operators at once leave one of the two states, whole.
        """
        where = (ACCOUNTS.c.id == account_id) & (
            (ACCOUNTS.c.status != status) | ACCOUNTS.c.status_held.is_distinct_from(reason)
        )
        raised = case((ACCOUNTS.c.status != status, ACCOUNTS.c.epoch + 1), else_=ACCOUNTS.c.epoch)
        values = {"status": status, "status_held": reason, "epoch": raised, "updated_at": now}
        return changed(self._session, update(ACCOUNTS).where(where).values(**values)) == 1

    def _set(self, account_id: str, values: Mapping[str, Any]) -> bool:
        return changed(self._session, update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(**values)) == 1

    def _one(self, condition: ColumnElement[bool]) -> Account | None:
        row = self._session.execute(select(ACCOUNTS).where(condition)).one_or_none()
        return None if row is None else read_account(row)
