"""Print files on disk: drafted, then published, so that nobody takes a file before the database knows of it (R-34).

A draft is two hidden files, the PDF and its manifest, complete and flushed to disk; publishing renames them. Between
the two the caller commits. So a draft whose batch the database does not know was never printed and is thrown away, and
one that it knows is published by whoever comes next: no letter is lost, and none comes out twice.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from idp.records import dataclass

Rename = Callable[[Path, Path], None]
"""Moves a file within its folder, at once and over nothing (`os.replace`)."""

_DRAFT: Final = ".draft"


class PrintingElsewhere(Exception):
    """Another `idp letters print` works in this folder."""


class DraftDamaged(Exception):
    """A draft that the database counts as printed is not what its manifest says; its letters must be asked for anew."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands beside a print file: how many sheets must come out of the printer, and the file's checksum (R-35).

    `letters` is a digest over the letters' ids in their order; it ties the file to the database and names nobody.
    """

    batch: str
    file: str
    date: str
    sheets: int
    bytes: int
    sha256: str
    letters: str


def letters_digest(ids: Sequence[str]) -> str:
    """Return the digest of letters in their order."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


class PrintFolder:
    """The folder of print files.

    Args:
        path: made if absent, for its owner alone.
        rename: how a draft is published.
    """

    def __init__(self, path: Path, rename: Rename = os.replace) -> None:
        self.path: Final = path
        self._rename = rename

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder; a process that dies lets go of it.

        Raises:
            PrintingElsewhere: somebody else holds it.
            OSError: the folder cannot be made or written.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise PrintingElsewhere from None
            yield
        finally:
            os.close(descriptor)

    def batches(self) -> set[str]:
        """Return the names of the batches that have a file here, published or drafted."""
        return {_batch_of(path) for path in self.path.glob("*.pdf*")}

    def published(self) -> set[str]:
        """Return the names of the batches that have a published file here."""
        return {path.stem for path in self.path.glob("[0-9]*.pdf")}

    def draft(self, manifest: Manifest, pdf: bytes) -> None:
        """Write a draft; on return it outlives a loss of power."""
        self._write(self._hidden(manifest.file), pdf)
        text = json.dumps(asdict(manifest), indent=2) + "\n"
        self._write(self._hidden(f"{manifest.batch}.json"), text.encode())
        self._flush()

    def drafts(self) -> list[str]:
        """Return the batches that have a draft, in order."""
        return sorted({_batch_of(path) for path in self.path.glob(f".*{_DRAFT}")})

    def publish(self, batch: str, letters: str) -> Path:
        """Give the files of a batch their names, the manifest first; return the PDF's path.

        Args:
            batch: its name.
            letters: the digest of the letters that the database counts as printed in it.

        Raises:
            DraftDamaged: the file is not the one that was written, or holds other letters.
        """
        final = self.path / f"{batch}.pdf"
        hidden, manifest = self._hidden(final.name), self._manifest(batch)
        if manifest is None or manifest.letters != letters or _sha256(hidden) != manifest.sha256:
            raise DraftDamaged(batch)
        waiting = self._hidden(f"{batch}.json")
        if waiting.exists():
            self._rename(waiting, self.path / f"{batch}.json")
        self._rename(hidden, final)
        self._flush()
        return final

    def read(self, batch: str) -> bytes | None:
        """Return the published file of a batch; None where it is not here, or not any more.

        Raises:
            DraftDamaged: it is not what its manifest says.
            OSError: it cannot be read.
        """
        try:
            content = (self.path / f"{batch}.pdf").read_bytes()
        except FileNotFoundError:
            return None
        manifest = self._manifest(batch)
        if manifest is None or hashlib.sha256(content).hexdigest() != manifest.sha256:
            raise DraftDamaged(batch)
        return content

    def discard(self, batch: str) -> None:
        """Remove a draft that was never printed."""
        for name in (f"{batch}.pdf", f"{batch}.json"):
            self._hidden(name).unlink(missing_ok=True)
        self._flush()

    def _manifest(self, batch: str) -> Manifest | None:
        for path in (self._hidden(f"{batch}.json"), self.path / f"{batch}.json"):
            try:
                return Manifest(**json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError):
                continue
        return None

    def _hidden(self, name: str) -> Path:
        return self.path / f".{name}{_DRAFT}"

    def _write(self, path: Path, content: bytes) -> None:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _flush(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _batch_of(path: Path) -> str:
    return path.name.removeprefix(".").partition(".")[0]


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
