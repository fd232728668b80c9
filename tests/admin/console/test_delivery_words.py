"""Words for messages and for what stopped them."""

import ast
import smtplib

import pytest

from idp.admin.console import delivery_words
from idp.services.outgoing import Failure
from tests.support import sources


def ours() -> set[str]:
    """Return every cause that a line of the program writes by itself."""
    found = set()
    for path in sources.files(".py", under="idp"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = getattr(node.func, "id", "")
                if called in {"Undelivered", "MailFailed"}:
                    found.add(str(node.args[0].value))
    return found


def test_every_message_has_words() -> None:
    """Each template of a message has a name that the desk understands."""
    templates = {path.name.partition(".")[0] for path in (sources.ROOT / "templates/mail").glob("*.subject.txt")}
    assert templates == set(delivery_words.MESSAGES)


def test_every_cause_has_words() -> None:
    """Those of the program, of calls to applications, and every error of a mail server."""
    found = ours() | {one.value for one in Failure} | {"unusable_address", "status_400", "status_503"}
    assert {"too_late", "server_rests", "no_address"} <= found
    errors = {one.__name__ for one in vars(smtplib).values() if isinstance(one, type) and issubclass(one, OSError)}
    errors -= {"SMTPException", "SMTPResponseException"}
    assert "SMTPAuthenticationError" in errors
    assert [] == [one for one in sorted(found | errors) if not delivery_words.words(one)]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("SMTPRecipientsRefused 550 5.1.1", "Le serveur de messagerie ne connaît pas cette adresse"),
        ("SMTPRecipientsRefused 452 4.2.2", "La boîte aux lettres est pleine"),
        ("SMTPRecipientsRefused 550", "Le serveur de messagerie refuse ce message"),
        ("SMTPDataError 451 4.3.0", "Le serveur de messagerie remet ce message à plus tard"),
        ("SMTPDataError 554 5.7.1", "Une règle du serveur de messagerie refuse le message"),
        ("SMTPAuthenticationError 535 5.7.8", "Le serveur de messagerie refuse le nom ou le mot de passe du service"),
        ("gaierror", "Le nom du serveur de messagerie est inconnu"),
        ("status_502", "L’application a répondu par une erreur"),
        ("ZeroDivisionError", ""),
        ("", ""),
    ],
)
def test_what_a_cause_means(cause: str, words: str) -> None:
    """The codes of a mail server say more than the error; what is not known has no words, and is shown as it is."""
    assert words == delivery_words.words(cause).partition(" : ")[0]
