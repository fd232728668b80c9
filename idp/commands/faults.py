"""What ends a command, as one sentence and an exit code; what is left is a mistake of ours and shows its trace.

0   done
1   refused, or it cannot be done; for a command that compares or verifies: something differs
2   mistyped, or a file that cannot be used
3   the database does not answer now: try again
4   not done yet: it waits for a second person
"""

import errno
from typing import IO, Any

import click

from idp import config
from idp.admin.actor import ForbiddenError, ProposedError
from idp.admin.acts.refusals import RefusedError
from idp.commands.house import refusal
from idp.protocol.errors import Unavailable
from idp.upstream_ports import KeyValueUnavailable

REFUSED, MISTYPED, UNAVAILABLE, PROPOSED = 1, 2, 3, 4
"""Exit codes beside 0."""


class UnavailableNow(click.ClickException):
    """The database does not answer."""

    exit_code = UNAVAILABLE


class WaitsForAnother(click.ClickException):
    """The act was kept as a proposal, which is no error."""

    exit_code = PROPOSED

    def show(self, file: IO[Any] | None = None) -> None:
        """Print what happens next."""
        click.echo(self.message, file=file)


def told(error: Exception) -> click.ClickException | None:
    """Return what the command line says of an error, or None for one that nobody foresaw, and for click's own."""
    if isinstance(error, config.ConfigurationError):
        return refusal(error)
    if isinstance(error, RefusedError) and error.also:
        lines = "\n".join(f"  - {one}" for one in (error, *error.also))
        return click.ClickException(f"{len(error.also) + 1} faults, and nothing was done:\n{lines}")
    if isinstance(error, RefusedError | ForbiddenError):
        return click.ClickException(str(error))
    if isinstance(error, ProposedError):
        return WaitsForAnother(f"{error}. Somebody else runs: idp proposals approve {error.proposal}")
    if isinstance(error, Unavailable):
        return UnavailableNow(f"the database does not answer ({error}): nothing more was done; try again")
    if isinstance(error, KeyValueUnavailable):
        return UnavailableNow("the key-value store does not answer: nothing more was done; try again")
    if isinstance(error, OSError) and error.errno != errno.EPIPE:
        return click.ClickException(f"{error.strerror or error}: {error.filename or 'input or output'}")
    return _of_the_database(error)


def _of_the_database(error: Exception) -> click.ClickException | None:
    """Judge an error of a statement outside a unit of work, such as a migration's."""
    # Only who has come this far has loaded it; the others need not.
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - see above

    from idp.store.errors import classify  # noqa: PLC0415 - see above

    meaning = classify(error) if isinstance(error, SQLAlchemyError) else None
    return told(meaning) if meaning is not None else None
