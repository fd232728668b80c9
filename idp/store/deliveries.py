"""What was sent to a member, by mail or by post, as far as it is kept: never what it said."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import literal, select

from idp.records import dataclass
from idp.store.letters import LETTERS
from idp.store.outbox import OUTBOX, State, addressed_to, state_of
from idp.store.provisionals import PROVISIONALS
from idp.store.session import Session

_PASSWORD: Final = "provisional:"
"""How the keys of the messages begin that bring a provisional password."""

MESSAGES: Final = ("mail", "sealed-mail")
"""The kinds of the outbox's tasks that are messages to members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A provisional password, or a code that proves the dossier (`code`), and what brings it. Times: Unix seconds.

    `mail` is how far its message got, None for a letter or where it is not kept any more; `cause` is what last stopped
    it, empty where nothing did. A letter waits to be printed (`waits`), or was printed in a `batch`; one that does
    neither was not worth printing any more.
    """

    code: bool
    channel: str
    asked_at: int
    expires_at: int
    attempts: int
    spent_at: int | None
    cancelled_at: int | None
    mail: State | None
    waits: bool
    batch: str | None
    printed_at: int | None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a member, but that of a password: which, since when, how far it got, what stopped it."""

    template: str
    asked_at: int
    state: State
    cause: str = ""


class DeliveryHistory:
    """Reads what was sent, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, account_id: str, limit: int) -> Sequence[Sent]:
        """Return the latest passwords and codes that were made for an account, the newest first."""
        own, letter, task = PROVISIONALS.c, LETTERS.c, OUTBOX.c
        query = (
            select(
                (own.purpose != "").label("code"),
                own.channel,
                own.created_at.label("asked_at"),
                own.expires_at,
                own.attempts,
                own.spent_at,
                own.cancelled_at,
                letter.sealed.is_not(None).label("waits"),
                letter.batch,
                letter.printed_at,
                task.id,
                task.done_at,
                task.last_error,
            )
            .outerjoin(LETTERS, letter.provisional_id == own.id)
            .outerjoin(OUTBOX, task.key == literal(_PASSWORD) + own.id)
            .where(own.account_id == account_id)
            .order_by(own.created_at.desc(), own.id)
            .limit(limit)
        )
        found = []
        for row in self._session.execute(query):
            members = row._asdict()
            task_id, done_at, error = (members.pop(name) for name in ("id", "done_at", "last_error"))
            mail = None if task_id is None else state_of(done_at, error)
            known = {"code": bool(row.code), "waits": bool(row.waits), "mail": mail, "cause": error or ""}
            found.append(Sent(**members | known))
        return found

    def messages(self, account_id: str, limit: int) -> Sequence[Message]:
        """Return the messages to an account, the newest first, but those that bring what `of` tells of."""
        task = OUTBOX.c
        where = task.kind.in_(MESSAGES) & task.key.not_like(f"{_PASSWORD}%")
        query = (
            select(task.payload, task.created_at, task.done_at, task.last_error)
            .where(where, addressed_to(account_id))
            .order_by(task.created_at.desc(), task.id)
            .limit(limit)
        )
        return [
            Message(
                str(row.payload.get("template", "")),
                row.created_at,
                state_of(row.done_at, row.last_error),
                row.last_error or "",
            )
            for row in self._session.execute(query)
        ]
