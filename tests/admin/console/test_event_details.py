"""Words for the details of the record's events."""

import ast
from collections.abc import Iterator

from idp.admin.console.event_details import WORDS, Detail, lines
from tests.admin.console.test_events import RECORDERS
from tests.support import sources

COLUMNS = {"account_id", "outcome", "client_id", "network", "reference", "actor"}
"""What stands in a column of its own."""


def recorded() -> Iterator[str]:
    """Return each name under which a call that records an event says something of it."""
    for path in (*sources.files(".py", under="idp"), *sources.files(".py", under="federation")):
        if "emulator" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in RECORDERS and any(isinstance(one, ast.Constant) for one in node.args[:3]):
                yield from (word.arg for word in node.keywords if word.arg)


def test_every_detail_has_a_label() -> None:
    """Nobody who reads the record needs to know how the program calls things."""
    found = set(recorded()) - COLUMNS
    assert {"method", "channel", "reason", "batch"} <= found
    assert set() == found - WORDS.keys()


def shown(**details: object) -> list[Detail]:
    """Return the lines of an event."""
    return lines(details, said=lambda seconds: f"at {seconds}", called=lambda known: f"login of {known}")


def test_words_times_and_people() -> None:
    """Known words and flags have theirs, moments are moments, administrators have their logins."""
    assert [
        Detail("birthdate", "Date de naissance", "day_and_month_swapped", ("Jour et mois échangés",)),
        Detail("door", "Moyen d’accès", "command", ("Ligne de commande",)),
        Detail("new_device", "Nouvel appareil", "1", ("Oui",)),
        Detail("proposed_by", "Proposé par", "login of abc"),
        Detail("until", "Jusqu’au", "at 7"),
    ] == shown(until=7, new_device=1, proposed_by="abc", door="command", birthdate="day_and_month_swapped")


def test_what_has_no_words_is_shown_as_it_is() -> None:
    """A name of a later version, a value that nobody foresaw, a pause without an end."""
    assert [Detail("cause", "Cause", "<b>"), Detail("later", "", "x")] == shown(later="x", cause="<b>")
    assert ("Sans fin prévue",) == shown(until=0)[0].words


def test_a_value_of_several_words() -> None:
    """Roles, and what was typed to find a member; a person's own words and what nobody knows stay as they are."""
    assert ("Assistance", "Audit") == shown(roles="members auditor")[0].words
    assert ("Nom", "Date de naissance") == shown(by="name birthdate")[0].words
    assert () == shown(roles="members later")[0].words
    assert ("Déconnexion par la personne",) == shown(reason="logout")[0].words
    assert Detail("reason", "Motif", "Appel de la banque") == shown(reason="Appel de la banque")[0]
