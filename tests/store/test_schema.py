"""The migrations: the schema they make, and two first starts at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from federation.cases import federation_cases
from idp.store import schema
from idp.store.client_days import Noted
from idp.store.db import Store
from idp.store.deliveries import Message
from idp.store.migrations.run import configuration
from idp.store.tables import Base
from tests.support.records import CLIENT


def _differences(engine: Engine) -> list[Any]:
    options = {"compare_type": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        # Alembic compares several collections at once, which its types do not say.
        known: Any = [Base.metadata, federation_cases.metadata]
        found = compare_metadata(context, known)
    # The link table refers to the accounts, which federation's own metadata may not know.
    return [
        difference
        for difference in found
        if not (difference[0] == "remove_fk" and difference[1].table.name == "federation_links")
    ]


# Read back from SQLite, what such an index is of is nothing that SQLAlchemy knows: its plan is looked at instead
# (tests/store/test_outbox.py). On PostgreSQL it is compared.
_unread = pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index",
    "ignore:autogenerate skipping metadata-specified expression-based index",
)


@_unread
def test_the_migrated_schema_is_that_of_the_models(store: Store) -> None:
    """Nothing differs between the migrations and the typed classes."""
    assert not _differences(store.engine)


def test_a_migrated_database_is_current(store: Store) -> None:
    """Readiness can tell that no migration is missing."""
    assert schema.head() == schema.current(store.engine)
    assert schema.is_current(store.engine)


def test_the_last_file_is_the_last_migration() -> None:
    """The revision that the program expects is read from file names: Alembic, which reads the files, says the same."""
    assert ScriptDirectory.from_config(configuration()).get_current_head() == schema.head()


def test_migrating_twice_changes_nothing(store: Store) -> None:
    """A second start finds everything done."""
    schema.migrate(store.engine)
    assert schema.is_current(store.engine)


def test_four_first_starts_at_once_make_one_schema(empty_engine: Engine) -> None:
    """Of nodes that start together one migrates, and the others find it done."""
    with ThreadPoolExecutor(4) as nodes:
        starts = [nodes.submit(schema.migrate, empty_engine) for _ in range(4)]
    assert [None] * 4 == [start.result() for start in starts]
    assert schema.is_current(empty_engine)
    assert "federation_links" in inspect(empty_engine).get_table_names()


def test_a_database_that_a_later_version_has_brought_further_is_used_as_it_is(store: Store) -> None:
    """While nodes are replaced both versions serve: the earlier is ready, and changes nothing at its start (D14)."""
    with store.begin() as unit:
        unit.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    schema.migrate(store.engine)
    assert ("9999", True, "ok") == (
        schema.current(store.engine), schema.is_current(store.engine), schema.condition(store.engine),
    )  # fmt: skip


def test_a_database_that_lacks_a_migration_is_behind(store: Store) -> None:
    """A node must get no work before what it needs is there."""
    with store.begin() as unit:
        unit.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert (False, "behind") == (schema.is_current(store.engine), schema.condition(store.engine))


def test_a_database_that_takes_no_writes_says_so(postgres_url: str) -> None:
    """As a standby does, or a server whose disk is full."""
    engine = create_engine(postgres_url)
    schema.migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{engine.url.database}" SET default_transaction_read_only = on')
    engine.dispose()
    assert "read-only" == schema.condition(engine)
    engine.dispose()


def test_readiness_reads_no_file(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's own revision is read once: a probe every second costs one statement."""
    assert schema.is_current(store.engine)
    monkeypatch.setattr(schema, "_VERSIONS", Path("/nowhere"))
    assert schema.is_current(store.engine)


BEFORE_THE_RULE = "0022"
"""The last migration before the first release: until then no version was in service beside another."""


@_unread
def test_every_migration_only_adds(empty_engine: Engine) -> None:
    """A version that does not know it goes on working: nothing vanishes or narrows, nothing new must be filled (D14).
    What is to go, goes in a later version, when none that uses it is in service: it is named here with that reason.
    """
    found: list[str] = []
    with empty_engine.connect().execution_options(idp_writes=True) as connection:
        made = configuration()
        made.attributes["connection"] = connection
        revisions = [one.revision for one in ScriptDirectory.from_config(made).walk_revisions()][::-1]
        before: dict[str, dict[str, Any]] = {}
        for revision in revisions[revisions.index(BEFORE_THE_RULE) :]:
            command.upgrade(made, revision)
            after = _shape(connection)
            found += [f"{revision}: {fault}" for fault in _lost(before, after)]
            before = after
    assert [] == found


def _shape(connection: Connection) -> dict[str, dict[str, Any]]:
    known = inspect(connection)
    return {
        table: {column["name"]: column for column in known.get_columns(table)}
        | {"": [one["column_names"] for one in known.get_unique_constraints(table)]}
        for table in known.get_table_names()
    }


def _lost(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> Iterator[str]:
    for table, columns in before.items():
        left = after.get(table, {})
        if not left:
            yield f"table {table} is gone"
            continue
        yield from (f"{table} has a new rule: {rule}" for rule in left[""] if rule not in columns[""])
        for name, column in columns.items():
            now = left.get(name)
            if now is None:
                yield f"{table}.{name} is gone"
            elif name and (str(now["type"]), now["nullable"]) != (str(column["type"]), column["nullable"]):
                yield f"{table}.{name} has changed"
        for name, column in left.items():
            if name and name not in columns and not column["nullable"] and column["default"] is None:
                yield f"{table}.{name} must be filled"


def test_secrets_get_their_number(empty_engine: Engine) -> None:
    """0024: the house's secret stays; a version of before stores one without a number; down again nothing is lost."""
    made, kept = configuration(), text("SELECT name FROM house_secrets ORDER BY name")
    store = text("INSERT INTO house_secrets (name, sealed) VALUES (:name, 'sealed')")
    with empty_engine.connect().execution_options(idp_writes=True) as connection:
        made.attributes["connection"] = connection
        command.upgrade(made, "0023")
        connection.execute(store, {"name": "house"})
        command.upgrade(made, "0024")
        connection.execute(store, {"name": "of a node of before"})
        numbers = connection.execute(text("SELECT number FROM house_secrets")).scalars().all()
        assert [0, 0] == list(numbers)
        connection.execute(
            text("INSERT INTO house_secrets (name, sealed, number) VALUES ('access-tokens', 'sealed', 1)")
        )
        command.downgrade(made, "0023")
        assert ["house", "of a node of before"] == list(connection.execute(kept).scalars())


def test_messages_are_found_whoever_wrote_them(empty_engine: Engine) -> None:
    """0026: those from before, and those that a node of the version before goes on writing beside it."""
    write = text(
        "INSERT INTO outbox (id, kind, key, payload, created_at, not_before, attempts) "
        "VALUES (:id, 'mail', :id, :payload, 1, 1, 0)"
    )
    mine, made = {"payload": '{"account_id": "account", "template": "linked"}'}, configuration()
    with empty_engine.connect().execution_options(idp_writes=True) as connection, connection.begin():
        made.attributes["connection"] = connection
        command.upgrade(made, "0025")
        connection.execute(write, {"id": "before", **mine})
        command.upgrade(made, "0026")
        connection.execute(write, {"id": "beside", **mine})
        connection.execute(write, {"id": "nobody's", "payload": "{}"})
        connection.execute(text("UPDATE outbox SET done_at = 2 WHERE id = 'before'"))
    with Store(empty_engine).reading() as unit:
        assert [Message("linked", 1, "done"), Message("linked", 1, "waiting")] == unit.deliveries.messages("account", 9)
    with empty_engine.connect().execution_options(idp_writes=True) as connection, connection.begin():
        made.attributes["connection"] = connection
        command.downgrade(made, "0025")
        assert 3 == connection.execute(text("SELECT count(*) FROM outbox")).scalar()


def test_a_node_of_before_notes_refusals_beside_references(empty_engine: Engine) -> None:
    """0027: its rows have none, its counts leave that of a row as it is; down again the counts stay."""
    made = configuration()
    add = text(
        "INSERT INTO client_days (client_id, day, kind, aspect, count, first_at, last_at, sent, registered) "
        "VALUES ('app', 1, :kind, '', 1, 1, 1, '', '') "
        "ON CONFLICT (client_id, day, kind, aspect) DO UPDATE "
        "SET count = client_days.count + excluded.count, last_at = excluded.last_at"
    )
    with empty_engine.connect().execution_options(idp_writes=True) as connection, connection.begin():
        made.attributes["connection"] = connection
        command.upgrade(made, "head")
    with Store(empty_engine).begin() as unit:
        unit.clients.upsert(replace(CLIENT, client_id="app"), 0)
        unit.client_days.add([Noted("app", 1, "token", "", 1, 1, 1, reference="f" * 16)])
        for kind in ("token", "logout"):
            unit.session.execute(add, {"kind": kind})
    with Store(empty_engine).reading() as unit:
        found = {one.kind: (one.count, one.reference) for one in unit.client_days.of("app", 0)}
    assert {"token": (2, "f" * 16), "logout": (1, "")} == found
    with empty_engine.connect().execution_options(idp_writes=True) as connection, connection.begin():
        made.attributes["connection"] = connection
        command.downgrade(made, "0026")
        assert 3 == connection.execute(text("SELECT sum(count) FROM client_days")).scalar()


def test_what_does_not_only_add_is_found() -> None:
    """The rule above sees each of the ways in which an earlier version would break."""

    def column(kind: str, *, nullable: bool = True, default: str | None = None) -> dict[str, Any]:
        return {"type": kind, "nullable": nullable, "default": default}

    before: dict[str, dict[str, Any]] = {
        "gone": {"": []},
        "kept": {"": [], "a": column("TEXT"), "b": column("TEXT"), "c": column("TEXT")},
    }
    after: dict[str, dict[str, Any]] = {
        "kept": {
            "": [["a"]],
            "a": column("BIGINT"),
            "b": column("TEXT", nullable=False),
            "d": column("TEXT", nullable=False),
            "e": column("TEXT", nullable=False, default="0"),
            "f": column("TEXT"),
        }
    }
    assert [
        "table gone is gone",
        "kept has a new rule: ['a']",
        "kept.a has changed",
        "kept.b has changed",
        "kept.c is gone",
        "kept.d must be filled",
    ] == list(_lost(before, after))
