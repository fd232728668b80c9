"""How the program is brought into memory: what may wait, and what is set aside once it is there.

A start is nearly all imports, and a process is nearly all program. So libraries that few requests need are loaded by
the first that does (`Late`), and the thousands of classes and functions that stay for ever are kept out of the search
for garbage (`kept`): it would walk over them again and again, and, in processes that a server forked, write into the
memory that they share.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


class Late:
    """A module that is loaded when one of its names is first used. Threads may race for it.

    Named twice where it is used, so that types are checked and the rules of imports are kept:

        if TYPE_CHECKING:
            import webauthn
        else:
            webauthn = Late("webauthn")
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        """Return what the module calls so; it is loaded if it was not."""
        return getattr(import_module(self._name), name)


@contextmanager
def kept() -> Iterator[None]:
    """Search for no garbage while the block loads the program, and never in what it leaves."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
