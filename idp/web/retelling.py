"""A page of a form that says what was wrong goes on saying it in the other language.

The switch posts what the page shows: the fields, none that is secret, and what was wrong, under a seal, but not the
form's token. To the view this is its form without that token, so that nothing is checked or done; on the page that it
shows then, what was wrong before stands instead of that. The seal is for one address and browser: no words but ours
stand on a page. A view that gives a `language_form` has something else to say again.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from idp.web import asked
from idp.web.forms import seconds_left, verify_csrf
from idp.web.i18n import Filled, Message

if TYPE_CHECKING:
    from idp.web.http import Edge

SECRET: Final = frozenset({"password", "confirmation", "present", "code", "recovery", "credential"})
"""Fields that are never written into a page."""

_BESIDE: Final = frozenset({"interaction", "type", "action"})
"""What says which form it is, and is no field of it."""


def told(edge: "Edge", context: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a template is given, of a form that was sent: as it stood before, and what the switch is to post.

    Args:
        edge: what seals and knows the time.
        context: what the view gives; `form` has fields, `errors` and `error_summary`, `delay_seconds` is a wait.
    """
    form: Any = context.get("form")
    here = asked.now()
    wrong = is_dataclass(form) and (getattr(form, "errors", None) or getattr(form, "error_summary", None))
    if not wrong or here.method != "POST" or "language_form" in context:
        return context
    place, sent, now = f"retold:{here.path}:", here.whole.form, edge.front.clock()
    context, before = {**context}, sent.get("told", "")
    ours = verify_csrf(edge.csrf_key, edge.browser_id(), place + before, sent.get("seal", ""))
    if ours and sent.get("step") == "language":
        form, context["delay_seconds"] = _again(form, json.loads(before), now)
        if "captcha_error" in context:
            context["captcha_error"] = form.errors.get("captcha", "")
    until = now + context["delay_seconds"] if context.get("delay_seconds") else 0
    errors = {name: _packed(message) for name, message in form.errors.items()}
    said = json.dumps([errors, _packed(form.error_summary), until])
    kept = {name: sent.getlist(name) for name in sent if name in _shown(form)}
    return {**context, "form": form, "language_form": {**kept, "told": said, "seal": edge.csrf(place + said)}}


def _again(form: Any, before: Any, now: int) -> tuple[Any, int]:
    """Return a form with what was wrong before, and the seconds that are left of a wait."""
    errors, summary, until = before
    errors = {name: _unpacked(message) for name, message in errors.items()}
    return replace(form, errors=errors, error_summary=_unpacked(summary)), seconds_left(str(until), now)


def _shown(form: Any) -> set[str]:
    """Return the fields of a form that its page shows again."""
    return ({one.name for one in fields(form)} | set(getattr(form, "values", ())) | _BESIDE) - SECRET


def _packed(message: Message | None) -> Any:
    if not isinstance(message, Filled):
        return message
    return [message.text, {name: _packed(value) for name, value in message.values.items()}]


def _unpacked(packed: Any) -> Any:
    if not isinstance(packed, list):
        return packed
    text, values = packed
    return Filled(text, {name: _unpacked(value) for name, value in values.items()})
