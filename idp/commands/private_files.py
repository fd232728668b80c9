"""What the provider writes is its own user's alone: database, keys, mail and logs name members."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def private_files() -> Iterator[None]:
    """Make every file and folder made within, child processes included, readable by its owner alone (mode 0600, 0700).

    A decorator too. SQLite would make its file readable by every user of the machine. Files that exist keep their mode.
    """
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
