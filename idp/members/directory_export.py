"""The directory written out again in the form that an import reads; never a password's hash.

Not one moment's picture on PostgreSQL: each page of accounts is, and a change between two pages may be missed.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, TextIO

from idp.members.directory_import.files import FORMULA, Format
from idp.members.directory_import.records import ADDRESS, COLUMNS
from idp.store.bulk import BulkAccounts
from idp.store.db import Store

EXPORTED: Final = tuple(name for name in COLUMNS if name != "password_hash")
"""Columns of an export: an import's, without the password's hash."""


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (N-132); an import takes the guard away again."""
    return "'" + cell if cell.startswith(FORMULA) else cell


def export(store: Store, target: TextIO, kind: Format) -> int:
    """Write every dossier, in the order of the numbers; return how many there were.

    Args:
        store: where accounts are.
        target: an open text file; for CSV, opened with `newline=""`.
        kind: `csv` or `jsonl`.

    Raises:
        Unavailable: the database is; the file is not whole.
    """
    return _csv(_dossiers(store), target) if kind == "csv" else _jsonl(_dossiers(store), target)


def _dossiers(store: Store) -> Iterator[dict[str, Any]]:
    with store.reading() as unit:
        for page in BulkAccounts(unit.session).pages():
            for row in page:
                address: Mapping[str, Any] = row["address"] or {}
                yield {name: address.get(name) if name in ADDRESS else row[name] for name in EXPORTED}


def _csv(dossiers: Iterator[dict[str, Any]], target: TextIO) -> int:
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow(EXPORTED)
    count = 0
    for dossier in dossiers:
        profile = dossier["profile"]
        texts = dossier | {
            "given_names": "|".join(dossier["given_names"]),
            "profile": json.dumps(profile, ensure_ascii=False) if profile else "",
        }
        writer.writerow([guarded(str(texts[name] or "")) for name in EXPORTED])
        count += 1
    return count


def _jsonl(dossiers: Iterator[dict[str, Any]], target: TextIO) -> int:
    count = 0
    for dossier in dossiers:
        address = {name: dossier.pop(name) for name in ADDRESS}
        dossier["address"] = {name: part for name, part in address.items() if part} or None
        target.write(json.dumps(dossier, ensure_ascii=False) + "\n")
        count += 1
    return count
