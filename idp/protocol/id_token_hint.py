"""What an `id_token_hint` says, once verified (OpenID Connect Core 1.0 section 3.1.2.1, RP-Initiated Logout 1.0)."""

from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Hint:
    """One of our ID tokens, come back: its single audience, its subject and the session it was issued in."""

    client_id: str
    subject: str
    sid: str | None
