"""`idp completion`: what lets a shell finish words, and what there is to finish with."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS: Final = ("bash", "zsh", "fish")
_PATIENCE: Final = 0.2
"""Seconds for a database that is busy: nobody waits for the end of a word."""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script by which a shell finishes commands, options and ids of applications.

    \b
    bash:  idp completion bash > ~/.local/share/bash-completion/completions/idp
    zsh:   idp completion zsh > ~/.zfunc/_idp      (with ~/.zfunc in fpath, before compinit)
    fish:  idp completion fish > ~/.config/fish/completions/idp.fish
    """  # noqa: D301 - click looks for the character itself, not for its two-letter name
    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"{shell} is not known to this version of click")
    click.echo(kind(context.find_root().command, {}, "idp", "_IDP_COMPLETE").source())


def client_ids(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the applications whose id begins so, where they can be had at once: of a database in a file.

    The file is read as it is, without the provider around it. Whatever goes wrong, there is nothing to offer.
    """
    # The settings are typed by pydantic, which only this completion needs.
    from idp import config  # noqa: PLC0415 - see above

    try:
        path: Path | None = context.find_root().params.get("path")
        scheme, _, file = config.load(path).database.url.partition(":///")
        if not scheme.startswith("sqlite"):
            return []
        place = f"file:{quote(str(Path(file).absolute()))}?mode=ro"
        with closing(sqlite3.connect(place, uri=True, timeout=_PATIENCE)) as database:
            # SQLite compares with the letters as they are, where LIKE would take %, _ and capitals for more.
            query = "SELECT client_id, name FROM clients WHERE substr(client_id, 1, ?) = ? ORDER BY client_id"
            found = database.execute(query, (len(incomplete), incomplete)).fetchall()
    except (config.ConfigurationError, sqlite3.Error, OSError):
        return []
    return [CompletionItem(client_id, help=name) for client_id, name in found]
