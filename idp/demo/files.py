"""Write the demonstration's files: whole or not at all, and private where they hold a secret."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically; only its owner may read it (mode 0600)."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def make_directories(*paths: Path) -> None:
    """Make directories that only their owner may enter; existing ones stay as they are."""
    for path in paths:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
