"""Print files on disk."""

import hashlib
import json
import stat
from pathlib import Path

import pytest

from idp.members.letter_files import DraftDamaged, Manifest, PrintFolder, PrintingElsewhere, letters_digest

PDF = b"%PDF-1.3 two letters"
IDS = ("one", "two")
BATCH = "2026-11-24-01"


def manifest() -> Manifest:
    """Return the manifest of `PDF`."""
    checksum = hashlib.sha256(PDF).hexdigest()
    return Manifest(BATCH, f"{BATCH}.pdf", "2026-11-24", 2, len(PDF), checksum, letters_digest(IDS))


def drafted(path: Path) -> PrintFolder:
    """Return a folder with one draft."""
    folder = PrintFolder(path)
    with folder.alone():
        folder.draft(manifest(), PDF)
    return folder


def test_a_draft_is_hidden_and_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody takes a file for a print file before it is published, and nobody else reads it."""
    folder = drafted(tmp_path / "letters")
    assert [BATCH] == folder.drafts()
    assert [] == [path.name for path in folder.path.iterdir() if not path.name.startswith(".")]
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in folder.path.iterdir()}
    assert 0o700 == stat.S_IMODE(folder.path.stat().st_mode)


def test_a_published_file_has_its_checksum_beside_it(tmp_path: Path) -> None:
    """The manifest lets a print partner count and compare (R-35), and names nobody."""
    folder = drafted(tmp_path)
    path = folder.publish(BATCH, letters_digest(IDS))
    beside = json.loads((tmp_path / f"{BATCH}.json").read_text(encoding="utf-8"))
    assert PDF == path.read_bytes()
    assert hashlib.sha256(PDF).hexdigest() == beside["sha256"]
    assert (2, path.name, len(PDF)) == (beside["sheets"], beside["file"], beside["bytes"])
    assert [] == folder.drafts()
    assert {BATCH} == folder.batches()


def test_a_damaged_or_foreign_draft_is_not_published(tmp_path: Path) -> None:
    """A file cut short, lost, or of other letters stays where it is."""
    folder = drafted(tmp_path)
    with pytest.raises(DraftDamaged):
        folder.publish(BATCH, letters_digest(("one",)))
    hidden = tmp_path / f".{BATCH}.pdf.draft"
    hidden.write_bytes(PDF[:-1])
    with pytest.raises(DraftDamaged):
        folder.publish(BATCH, letters_digest(IDS))
    hidden.unlink()
    with pytest.raises(DraftDamaged):
        folder.publish(BATCH, letters_digest(IDS))
    assert not (tmp_path / f"{BATCH}.pdf").exists()


def test_a_discarded_draft_leaves_nothing(tmp_path: Path) -> None:
    """No password stays behind on disk."""
    folder = drafted(tmp_path)
    folder.discard(BATCH)
    assert [".lock"] == [path.name for path in tmp_path.iterdir()]


def test_one_run_at_a_time(tmp_path: Path) -> None:
    """The second is told, and may work once the first is over."""
    with PrintFolder(tmp_path).alone(), pytest.raises(PrintingElsewhere), PrintFolder(tmp_path).alone():
        pass
    with PrintFolder(tmp_path).alone():
        pass
