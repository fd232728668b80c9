"""The repository's own files, for the tests of the house."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("idp", "federation", "keys", "examples")
MADE = {"var", "build", "dist", "__pycache__", "node_modules"}
"""Folders that a machine makes for itself, beside those whose name begins with a dot."""


def files(*suffixes: str, under: str = ".") -> Iterator[Path]:
    """Yield the repository's files below `under`, those that a machine makes for itself left out.

    Args:
        suffixes: how their names may end, the dot included; none means every file.
        under: a folder of the repository.
    """
    for folder, names, found in os.walk(ROOT / under):
        names[:] = sorted(name for name in names if not _is_made(name))
        for name in sorted(found):
            if name != ".git" and (not suffixes or name.endswith(suffixes)):
                yield Path(folder, name)


def product_modules() -> Iterator[Path]:
    """Yield every Python file of the product."""
    for package in PRODUCT:
        yield from files(".py", under=package)


def name(path: Path) -> str:
    """Return a file's path as the repository says it."""
    return path.relative_to(ROOT).as_posix()


def _is_made(folder: str) -> bool:
    return folder in MADE or folder.endswith(".egg-info") or (folder[0] == "." and folder != ".ci")
