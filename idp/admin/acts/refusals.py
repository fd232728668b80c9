"""Why an act that the actor may do is not done, each in a sentence for whoever asked."""

from collections.abc import Sequence


class RefusedError(Exception):
    """The act cannot be done; the text says why, for whoever asked. `member` names the field it is about, or none.

    `code` is for a door with words of its own, such as `taken`; the member's name where the member says it all.
    `position` says which value of a list is at fault, counted from one; zero where it is the whole; `value`
    is that value, or empty where it cannot be shown. `also` are further reasons, for a door that says them all.
    """

    def __init__(
        self,
        reason: str,
        member: str = "",
        code: str = "",
        position: int = 0,
        also: "Sequence[RefusedError]" = (),
        value: str = "",
    ) -> None:
        super().__init__(reason)
        self.member = member
        self.code = code or member
        self.position = position
        self.also = also
        self.value = value


class UnknownError(RefusedError):
    """There is no such thing."""


class ConflictError(RefusedError):
    """What there is does not allow it, or somebody else was first: look at it again."""
