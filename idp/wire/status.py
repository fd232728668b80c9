"""Status lines."""

from http import HTTPStatus
from typing import Final

_LINES: Final = {int(status): f"{int(status)} {status.phrase}" for status in HTTPStatus}


def line(status: int) -> str:
    """Return `200 OK` for 200."""
    return _LINES.get(status) or f"{status} Unknown"
