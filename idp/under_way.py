"""Which request this thread is answering, for what is noted of it far below the edge.

A request is read once, at the edge, and walks down as a value. What explains a refusal stands many calls below, in
verifiers and Authlib's grants that are handed no request: for their notes alone the edge leaves the reference here,
which costs an assignment. Nothing is decided by it.
"""

import threading
from typing import Final


class _Thread(threading.local):
    reference = ""


_HERE: Final = _Thread()


def answering(reference: str) -> None:
    """This thread answers the request of a reference from now on."""
    _HERE.reference = reference


def reference() -> str:
    """Return the reference of the request that this thread is answering, or answered last; empty where none came."""
    return _HERE.reference
