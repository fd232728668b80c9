"""The key-value port on SQL, where no Redis is configured (decision D3); `kv_redis` is the other.

Both keep the promises of `idp.upstream_ports.KeyValue`; one contract test runs over both. Time is the given clock.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Executable, LargeBinary, Text, case, delete, func, select, update
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite

from idp.clock import Clock
from idp.protocol.errors import Unavailable
from idp.store.db import Store, once
from idp.store.rows import changed, insert_if_absent, purge, table
from idp.store.tables import KeyValueRow
from idp.upstream_ports import KeyValueUnavailable

VALUES: Final = table(KeyValueRow)


class SqlKeyValue:
    """`KeyValue` on SQL, each verb in a short transaction of its own that does not wait for the disk.

    Never call it inside an open write unit: on SQLite that unit holds the only write lock, and the call would wait
    for it until the busy timeout. Reads are safe anywhere.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when absent or expired."""
        alive = (VALUES.c.key == key) & (VALUES.c.expires_at > self._clock())
        with _sql_errors(), self._store.reading() as unit:
            value = unit.session.execute(select(VALUES.c.value).where(alive)).scalar_one_or_none()
        return None if value is None else bytes(value)

    def many(self, *keys: str) -> list[bytes | None]:
        """Return the values of keys, in their order."""
        alive = VALUES.c.key.in_(keys) & (VALUES.c.expires_at > self._clock())
        with _sql_errors(), self._store.reading() as unit:
            found = {row.key: bytes(row.value) for row in unit.session.execute(select(VALUES).where(alive))}
        return [found.get(key) for key in keys]

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """Store a value for `ttl` seconds."""
        statement = self._stored(key, value, ttl)

        def work() -> None:
            with self._store.fleeting() as unit:
                unit.session.execute(statement)

        with _sql_errors():
            once(work)

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """Store a value only if the key is absent; return whether it was stored."""
        now = self._clock()
        row = {"key": key, "value": value, "expires_at": now + ttl}

        def work() -> bool:
            with self._store.fleeting() as unit:
                expired = (VALUES.c.key == key) & (VALUES.c.expires_at <= now)
                unit.session.execute(delete(VALUES).where(expired))
                return insert_if_absent(unit.session, VALUES, row, "key")

        with _sql_errors():
            return once(work)

    def replace(self, key: str, value: bytes, ttl: int, was: bytes | None = None) -> bool:
        """Store a value only if the key is there, with the value `was` if given; return whether it was stored."""
        now = self._clock()
        alive = (VALUES.c.key == key) & (VALUES.c.expires_at > now)
        if was is not None:
            alive &= VALUES.c.value == was
        statement = update(VALUES).where(alive).values(value=value, expires_at=now + ttl)

        def work() -> bool:
            with self._store.fleeting() as unit:
                return changed(unit.session, statement) == 1

        with _sql_errors():
            return once(work)

    def take(self, key: str, leaving: tuple[str, bytes, int] | None = None) -> bytes | None:
        """Return the value and remove it: of two callers one gets it, and leaves something in the same moment."""
        now = self._clock()
        statement = delete(VALUES).where(VALUES.c.key == key).returning(VALUES.c.value, VALUES.c.expires_at)

        def work() -> bytes | None:
            with self._store.fleeting() as unit:
                row = unit.session.execute(statement).one_or_none()
                if row is None or row.expires_at <= now:
                    return None
                if leaving is not None:
                    unit.session.execute(self._stored(*leaving))
                return bytes(row.value)

        with _sql_errors():
            return once(work)

    def delete(self, *keys: str) -> None:
        """Remove keys; absent ones are ignored."""

        def work() -> None:
            with self._store.fleeting() as unit:
                unit.session.execute(delete(VALUES).where(VALUES.c.key.in_(keys)))

        if keys:
            with _sql_errors():
                once(work)

    def increment(self, key: str, ttl: int) -> int:
        """Add one to a counter and return it; its life starts with the first."""
        now = self._clock()
        insert = postgresql.insert if self._postgresql else sqlite.insert
        started = {"value": b"1", "expires_at": now + ttl}
        over = VALUES.c.expires_at <= now
        # One statement: whatever others delete meanwhile, there is a row to count in.
        statement = (
            insert(VALUES)
            .values(key=key, **started)
            .on_conflict_do_update(
                index_elements=["key"],
                set_={
                    "value": case((over, started["value"]), else_=self._one_more()),
                    "expires_at": case((over, started["expires_at"]), else_=VALUES.c.expires_at),
                },
            )
            .returning(VALUES.c.value)
        )

        def work() -> int:
            with self._store.fleeting() as unit:
                return int(unit.session.execute(statement).scalar_one())

        with _sql_errors():
            return once(work)

    def count(self, counters: Sequence[tuple[str, int]], forget: Sequence[str] = ()) -> list[int]:
        """Remove keys, then add one to each counter and return them, each in a transaction of its own."""
        self.delete(*forget)
        return [self.increment(key, ttl) for key, ttl in counters]

    def claim(
        self,
        values: Sequence[tuple[str, bytes, int]],  # noqa: ARG002 - the port's
        counters: Sequence[tuple[str, int]],  # noqa: ARG002 - the port's
    ) -> list[int] | None:
        """Do nothing: rows that several callers take in one transaction would make them wait for one another."""
        return None

    def purge(self, limit: int = 500) -> int:
        """Delete at most `limit` expired rows; return how many."""
        with self._store.fleeting() as unit:
            return purge(unit.session, VALUES.c.expires_at, VALUES.c.expires_at <= self._clock(), limit)

    def _stored(self, key: str, value: bytes, ttl: int) -> Executable:
        """Return the statement that stores a value, replacing what was there."""
        insert = postgresql.insert if self._postgresql else sqlite.insert
        row = {"value": value, "expires_at": self._clock() + ttl}
        statement = insert(VALUES).values(key=key, **row)
        return statement.on_conflict_do_update(index_elements=["key"], set_=row)

    def _one_more(self) -> ColumnElement[bytes]:
        """Return the stored counter plus one: decimal digits, as Redis keeps them."""
        if self._postgresql:
            count = cast_to(func.convert_from(VALUES.c.value, "UTF8"), BigInteger) + 1
            return func.convert_to(cast_to(count, Text), "UTF8", type_=LargeBinary)
        count = cast_to(cast_to(VALUES.c.value, Text), BigInteger) + 1
        return cast_to(cast_to(count, Text), LargeBinary)

    @property
    def _postgresql(self) -> bool:
        return self._store.engine.dialect.name == "postgresql"


@contextmanager
def _sql_errors() -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        raise KeyValueUnavailable(error.reason) from error
