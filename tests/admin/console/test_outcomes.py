"""Words for the outcomes of the record's events, and for the values of their details."""

import ast
from collections.abc import Iterator
from typing import get_args

from federation import attachment, contact_code
from idp.admin.console import outcomes
from idp.admin.console.event_values import VALUES
from idp.members import own_email, sign_in
from idp.members.factors import ceremonies, second_step
from idp.upstream import LinkMethod, UnlinkReason
from idp.web.account.sign_in_words import SECOND_STEP
from tests.admin.console.test_events import RECORDERS
from tests.support import sources


def recorded(name: str) -> Iterator[str]:
    """Return every constant that a call which records an event gives a detail of this name."""
    for path in (*sources.files(".py", under="idp"), *sources.files(".py", under="federation")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in RECORDERS or called == "_audit":
                values = [word.value for word in node.keywords if word.arg == name]
                yield from (
                    one.value
                    for value in values
                    for one in ([value.body, value.orelse] if isinstance(value, ast.IfExp) else [value])
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )


def test_every_outcome_has_words() -> None:
    """Whoever filters the record chooses from a list, which names every outcome that the program writes by itself."""
    found = {*recorded("outcome"), *get_args(sign_in.Reason), *get_args(own_email.Outcome), *SECOND_STEP}
    found |= {f"second_factor_{reason}" for reason in get_args(second_step.Reason) if reason != "ok"}
    assert {"ok", "refused", "not_sent", "opened"} <= found
    assert set() == found - outcomes.WORDS.keys()


def test_each_outcome_stands_once() -> None:
    """Under one subject."""
    assert len(outcomes.WORDS) == sum(len(known) for _, known in outcomes.SUBJECTS)


def test_reasons_and_ways_have_words() -> None:
    """What the program gives as a reason or as a means is said in words."""
    reasons = {*recorded("reason"), *get_args(attachment.Refuse.__annotations__["reason"])}
    reasons |= {f"code_{verdict}" for verdict in get_args(contact_code.Verdict) if verdict != "right"}
    assert {"unknown_state", "session_changed", "not_active"} <= reasons
    assert set() == reasons - VALUES["reason"].keys()
    assert {"password", "own", "all", *get_args(LinkMethod)} <= VALUES["method"].keys()
    assert set() == set(recorded("method")) - VALUES["method"].keys()
    assert set(get_args(UnlinkReason)) <= VALUES["by"].keys()
    assert set(get_args(ceremonies.Action)) == VALUES["action"].keys()
