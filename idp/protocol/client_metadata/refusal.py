"""Why a registration is refused: the member, and one sentence for whoever wrote it."""

from typing import Final, Literal

Code = Literal["invalid_client_metadata", "invalid_redirect_uri"]

METADATA: Final[Code] = "invalid_client_metadata"
REDIRECT: Final[Code] = "invalid_redirect_uri"


class MetadataRefused(Exception):
    """A member cannot be registered as it stands (RFC 7591 section 3.2.2).

    Args:
        member: its name, as the specification spells it.
        reason: fixed words in ASCII without quote and backslash, to be read after the name; never what was sent.
        code: the error code of the specification.
        position: which value of a list is at fault, counted from one; zero where it is the whole.
    """

    def __init__(self, member: str, reason: str, code: Code = METADATA, *, position: int = 0) -> None:
        super().__init__(f"{member} {reason}")
        self.member = member
        self.reason = reason
        self.code = code
        self.position = position
