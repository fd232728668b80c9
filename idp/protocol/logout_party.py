"""An application that was used in a session: whom to tell when it ends."""

from idp.protocol.client import Client
from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Party:
    """An application of a session that ends.

    Attributes:
        client: as registered now.
        sid: the session, as the application knows it.
        task_id: the outbox task that tells it; empty where it registered no address for that.
        until: Unix seconds until which somebody may still believe an access token that we can no longer take back: a
            signed one, read without asking us. 0 for none.
    """

    client: Client
    sid: str
    task_id: str = ""
    until: int = 0
