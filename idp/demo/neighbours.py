"""Other demonstrations of this machine: which of the ports somebody has are theirs."""

from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from typing import Final

_SECONDS: Final = 1.0
_MAILBOX: Final = "/mailbox/messages.json"
_BEGINS: Final = b'{"messages":'


def demonstration_on(ports: Sequence[int]) -> str | None:
    """Return where the examples of a demonstration are that has one of the ports; None where that is none.

    Asked of the mailbox, the last of a demonstration's three ports, which no other program has and which is on http
    whatever the provider is on. One that is only starting is not recognised.
    """
    lasts = dict.fromkeys(port + ahead for ahead in (0, 1, 2) for port in ports)
    return next((f"http://localhost:{port}/" for port in lasts if port < 65536 and _is_mailbox(port)), None)


def _is_mailbox(port: int) -> bool:
    connection = HTTPConnection("localhost", port, timeout=_SECONDS)
    try:
        connection.request("GET", _MAILBOX)
        answer = connection.getresponse()
        # Its beginning alone: a mailbox may hold a day of messages.
        return answer.status == 200 and answer.read(len(_BEGINS)) == _BEGINS
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
