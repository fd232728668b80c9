"""Words for the events of the record."""

import ast
from collections.abc import Iterator

from idp.admin.console.events import SUBJECTS, WORDS
from tests.support import sources

RECORDERS = {"audit", "_audit", "trail", "_trail", "within", "within_session", "audit_within", "_tell", "_theft"}
"""What an event is recorded by."""


def recorded() -> Iterator[str]:
    """Return the event of every call that records one by its name."""
    for path in (*sources.files(".py", under="idp"), *sources.files(".py", under="federation")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            method = node.func if isinstance(node.func, ast.Attribute) else None
            name = method.attr if method else getattr(node.func, "id", "")
            texts = [one.value for one in node.args[:3] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            entry = method is not None and name == "of" and getattr(method.value, "id", "") == "Entry"
            if texts and (entry or name in RECORDERS):
                event = texts[-1] if entry else texts[0]
                # The upstreams' journeys have a method of their own for the events of one subject.
                yield f"federation.{event}" if name == "_audit" else event


def test_every_event_has_words() -> None:
    """Whoever filters the record chooses from a list, which names everything that is recorded."""
    found = set(recorded())
    assert {"sign_in", "admin_created", "federation.case_seen"} <= found
    assert set() == found - WORDS.keys()


def test_each_event_stands_once() -> None:
    """Under one subject."""
    assert len(WORDS) == sum(len(events) for _, events in SUBJECTS)
