"""What a file of dossiers may hold, and what is said of everything else."""

import io
import json
from typing import Any

import pytest

from idp.members.directory_export import guarded
from idp.members.directory_import.faults import Fault, FileRefusedError
from idp.members.directory_import.files import Format, Lines, read_lines
from idp.members.directory_import.records import Reader, Record

SOUND: dict[str, Any] = {
    "dossier": "1234567",
    "situation": "affilie",
    "status": "active",
    "birth_name": "DUBOIS",
    "given_names": ["Angela"],
    "birthdate": "1962-08-24",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
}
HEADER = ";".join(SOUND)
LINE = "1234567;affilie;active;DUBOIS;Angela|Claire;1962-08-24;female;75107;99100"

FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"dossier": "123456"}, "dossier", "must have 7 digits for affilie, has 6"),
    ({"dossier": "123456789"}, "dossier", "must have 7 digits for affilie, has 9"),
    ({"situation": "ayant_droit"}, "dossier", "must have 9 digits for ayant_droit, has 7"),
    ({"dossier": "12 34567"}, "dossier", "digits only"),
    ({"dossier": "١٢٣٤٥٦٧"}, "dossier", "digits only"),
    ({"dossier": 1234567}, "dossier", "must be text"),
    ({"dossier": ""}, "dossier", "is missing"),
    ({"situation": "Affilié"}, "situation", "must be one of affilie, ayant_droit"),
    ({"status": "open"}, "status", "must be one of active"),
    ({"status": None}, "status", "is missing"),
    ({"status": ["active"]}, "status", "must be one of"),
    ({"birth_name": "  "}, "birth_name", "is missing"),
    ({"birth_name": "A\x00B"}, "birth_name", "cannot be printed"),
    ({"birth_name": "A\nB"}, "birth_name", "cannot be printed"),
    ({"birth_name": "A" * 101}, "birth_name", "more than 100"),
    ({"given_names": []}, "given_names", "1 to 20"),
    ({"given_names": ["Angela", ""]}, "given_names", "empty name"),
    ({"given_names": "Angela||Claire"}, "given_names", "empty name"),
    ({"given_names": {"a": 1}}, "given_names", "1 to 20"),
    ({"birthdate": "24/08/1962"}, "birthdate", "YYYY-MM-DD"),
    ({"birthdate": "1962-02-30"}, "birthdate", "does not exist"),
    ({"birthdate": "1962-00-24"}, "birthdate", "without its month"),
    ({"birthdate": "1962-13-01"}, "birthdate", "month"),
    ({"birthdate": "2024-01-01"}, "birthdate", "between 1850 and 2023"),
    ({"birthdate": "0000-00-00"}, "birthdate", "between 1850"),
    ({"birthdate": 19620824}, "birthdate", "YYYY-MM-DD"),
    ({"gender": "F"}, "gender", "must be one of"),
    ({"birthplace": "Paris"}, "birthplace", "COG"),
    ({"birthplace": "2C004"}, "birthplace", "COG"),
    ({"birthplace": "7510"}, "birthplace", "COG"),
    ({"birthcountry": "FR"}, "birthcountry", "COG"),
    ({"birthcountry": "99352"}, "birthplace", "must be empty for a birth outside France"),
    ({"email": "angela@example"}, "email", "not an e-mail"),
    ({"email": "angela..d@example.org"}, "email", "not an e-mail"),
    ({"email": "a@example.org, b@example.org"}, "email", "not an e-mail"),
    ({"email": "a@example.org\nBcc: b@example.org"}, "email", "cannot be printed"),
    ({"email": "a" * 65 + "@example.org"}, "email", "not an e-mail"),
    ({"email": "a@" + "b" * 250 + ".org"}, "email", "more than 254"),
    ({"phone_number": "0639980001"}, "phone_number", "international"),
    ({"locality": "A" * 101}, "locality", "more than 100"),
    ({"locale": "de"}, "locale", "must be one of fr, en"),
    ({"profile": {"numero_dossier": "7654321"}}, "profile", "other than"),
    ({"profile": {"nickname": 1}}, "profile", "must be text"),
    ({"profile": "x"}, "profile", "JSON object"),
    ({"password_hash": "secret"}, "password_hash", "no known scheme"),
    ({"password_hash": "$argon2id$v=19$broken"}, "password_hash", "damaged"),
    ({"password_hash": "$argon2id$v=19$m=999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"}, "password_hash", "more memory"),
    ({"must_reset": "yes"}, "must_reset", "must be one of dormant"),
]


def read(values: dict[str, Any]) -> tuple[Record | None, list[Fault]]:
    """Check one line of JSON."""
    return read_all(json.dumps(values).encode(), "jsonl")[0]


def read_all(octets: bytes, kind: Format) -> list[tuple[Record | None, list[Fault]]]:
    """Check every line of a file, in 2023."""
    reader = Reader(2023)
    checked = []
    for raw in read_lines(Lines(io.BytesIO(octets)), kind):
        faults: list[Fault] = []
        checked.append((reader.read(raw, faults.append), faults))
    return checked


@pytest.mark.parametrize(("change", "field", "reason"), FAULTS)
def test_each_fault_is_told_with_its_field_and_reason(change: dict[str, Any], field: str, reason: str) -> None:
    """A faulty value is named by line and field; the reason does not repeat it."""
    record, faults = read(SOUND | change)
    assert record is None
    assert [(1, field)] == [(fault.line, fault.field) for fault in faults]
    assert reason in faults[0].reason


@pytest.mark.parametrize(
    "change",
    [
        {"birthdate": "1962-08-00"},
        {"birthdate": "1962-00-00"},
        {"birthdate": "2000-02-29"},
        {"birthplace": "2A004"},
        {"birthplace": "", "birthcountry": "99352"},
        {"birthplace": None},
        {"dossier": "123456789", "situation": "ayant_droit"},
        {"dossier": " 0000001 "},
        {"email": "o'neill+x@sub.example.co.uk"},
        {"status": "deceased"},
        {"birth_name": "LECŒUR-DÉZÉ D’ÎLE"},
        {"street_address": "Résidence du Parc\r\n12 rue des Lilas"},
        {"profile": {"nickname": "Angie"}},
    ],
)
def test_what_is_documented_is_accepted(change: dict[str, Any]) -> None:
    """Unknown parts of a date, Corsican communes, births abroad, accents and leading zeros are all sound."""
    record, faults = read(SOUND | change)
    assert [] == faults
    assert record is not None


def test_every_fault_of_a_line_is_told() -> None:
    """A line is mended in one go."""
    _, faults = read({"dossier": "x", "gender": "?", "email": "?"})
    assert {
        *("dossier", "gender", "email"),
        *("situation", "status", "birth_name", "given_names", "birthdate", "birthcountry"),
    } == {fault.field for fault in faults}


@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_in_each_spelling(separator: str, mark: bytes, end: str) -> None:
    """Either separator, with or without a byte order mark, ends of lines of both kinds, a quoted line break."""
    text = f'{HEADER};street_address{end}{LINE};\'=1{end}{end}{LINE};"a{end}b"{end}{LINE};x'
    checked = read_all(mark + text.replace(";", separator).encode(), "csv")
    assert [[], [], []] == [faults for _, faults in checked]
    records = [record for record, _ in checked if record is not None]
    assert [2, 4, 6] == [record.line for record in records]
    assert ["=1", "a\nb", "x"] == [record.values["address"]["street_address"] for record in records]
    assert ["Angela", "Claire"] == records[0].values["given_names"]


def test_a_line_that_is_no_csv_does_not_hide_the_next() -> None:
    """Too few fields, a stray quote and bytes that are not UTF-8 each cost one line."""
    short, quoted = LINE.rpartition(";")[0], LINE.replace("DUBOIS", '"DU"BOIS')
    latin = LINE.replace("DUBOIS", "DÉZÉ").encode("latin-1")
    text = b"\n".join([HEADER.encode(), short.encode(), quoted.encode(), latin, LINE.encode()])
    told = [(fault.line, fault.field, fault.reason) for _, faults in read_all(text, "csv") for fault in faults]
    assert (2, "", "has 8 fields, the header 9") == told[0]
    assert (3, "") == told[1][:2]
    assert (4, "birth_name", "is not UTF-8") == told[2]
    assert 3 == len(told)


@pytest.mark.parametrize(
    ("octets", "kind", "reason"),
    [
        (b"", "csv", "empty"),
        (b"", "jsonl", "empty"),
        (b"dossier;status\n", "csv", "missing columns: situation"),
        (f"{HEADER};mot de passe\n".encode(), "csv", "unknown columns"),
        (f"{HEADER};email;email\n".encode(), "csv", "repeated columns: email"),
        (HEADER.encode() + b"\n" + b"x" * 70_000, "csv", "line 2 is longer"),
    ],
)
def test_a_file_that_is_none_is_refused_at_once(octets: bytes, kind: Format, reason: str) -> None:
    """A wrong header is one message, not a million."""
    with pytest.raises(FileRefusedError, match=reason):
        read_all(octets, kind)


@pytest.mark.parametrize("line", [b"[]", b"{", b'{"dossier": "1", "dossier": "2"}', b"[" * 60_000, b'{"x": 1}'])
def test_lines_that_are_no_object_are_faults(line: bytes) -> None:
    """JSON lines that cannot be read cost one line each."""
    checked = read_all(line + b"\n" + json.dumps(SOUND).encode(), "jsonl")
    assert [(None, 1), (True, 0)] == [(record and True, len(faults)) for record, faults in checked]


def test_a_profile_nested_without_end_is_a_fault_of_its_line() -> None:
    """The line is named and the next one read: one line does not end an import."""
    octets = f"{HEADER};profile\n{LINE};{'[' * 60_000}\n{LINE};{{}}\n".encode()
    rows = list(read_lines(Lines(io.BytesIO(octets)), "csv"))
    assert [(2, "has a profile that is not JSON"), (3, None)] == [(row.line, row.fault) for row in rows]


@pytest.mark.parametrize("cell", ["=1+1", "+33639980001", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """A spreadsheet takes none of them for a formula (N-132)."""
    assert "'" + cell == guarded(cell)
