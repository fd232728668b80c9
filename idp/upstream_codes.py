"""The seam's codes: what the provider sends to a member, so that typing it proves a dossier."""

from typing import Any, Protocol


class ContactCodes(Protocol):
    """Codes that go to a member's e-mail address on file, and nowhere else."""

    def masked(self, situation: str, dossier: str, account_id: str | None) -> str | None:
        """Return the address that a page shows, such as `j***dy@c*****.com`; None where there is none to show.

        For no account it is an invented one, the same every time for a number (decision D9).
        """
        ...

    def send(self, session: Any, *, account_id: str, code: str, provider: str, expires_at: int, key: str) -> None:
        """Queue one message in the transaction of `session`, sealed; none where no address may receive it now."""
        ...


class LetterCodes(Protocol):
    """Codes that go by letter to a member's postal address on file; each proves one dossier to one person, once.

    `person` is a digest of 64 hexadecimal characters that stands for one person of one upstream. Every verb works in
    the unit of work of `session`, so that what it did is undone with it.
    """

    def open(self, session: Any) -> bool:
        """Whether the post takes another letter today."""
        ...

    def send(self, session: Any, *, account_id: str, person: str, provider: str) -> bool:
        """Queue one letter, in the place of the one before; return whether one goes.

        None goes where no address may receive one now, nor while one is on its way.
        """
        ...

    def spend(self, session: Any, *, person: str, typed: str) -> str | None:
        """Return the account that the typed code proves, and use the code up; None counts as a wrong try.

        A code that is unknown, wrong, spent, tried out or too old is None alike.
        """
        ...
