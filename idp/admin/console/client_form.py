"""An application's form, read once into a frozen value, and written again from a registration's document. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from idp.admin.console.client_fields import LOCALIZED, Field, Group
from idp.admin.console.forms import LONGEST_REASON
from idp.records import dataclass
from idp.web.i18n import Message
from idp.web.i18n import mark as _

LONGEST: Final = 32_000
"""Characters of one field; a key set is the longest."""
_NOT_JSON: Final = _("Saisissez un objet JSON, ou laissez vide.")
_NOT_A_NUMBER: Final = _("Saisissez un nombre entier, ou laissez vide.")
_NO_SCOPE: Final = _("Cochez ce que l’application peut demander.")
_NOT_A_TEXT: Final = _("Une ligne par texte, par exemple client_name#en: My application")


@dataclass(frozen=True, slots=True)
class ClientForm:
    """What somebody typed of an application; `values` by field, as the page shows it; a flag is "on" or empty.

    `version` is what the person saw of it, zero for a new one. `document` is what was typed as members, null for each
    field that is empty, and nothing of a field that was not sent. `errors` are messages, by field.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    reason: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Message] = field(default_factory=dict)
    error_summary: Message | None = None

    @classmethod
    def parse(cls, fields: MultiDict[str, str], groups: Sequence[Group]) -> "ClientForm":
        """Read a posted form."""
        values: dict[str, str] = {}
        document: dict[str, Any] = {}
        errors: dict[str, str] = {}
        members = "response_types" not in fields or bool(fields["response_types"].strip())
        for one in (one for group in groups for one in group.fields):
            # A box that is not ticked is sent as the empty value before it; what is not sent at all says nothing.
            sent = fields.getlist(one.name)
            # Each box of a scope that is ticked is sent by itself, beside the words of the application's own.
            last = " ".join(" ".join(sent).split()) if one.form == "scopes" else sent[-1] if sent else ""
            values[one.name] = typed = last[:LONGEST].replace("\r\n", "\n")
            if not sent:
                continue
            try:
                document |= _read(one, typed, members=members)
            except _Mistyped as mistake:
                errors[one.name] = str(mistake)
        version = fields.get("version", "")
        reason = "".join(one if one.isprintable() else " " for one in fields.get("reason", ""))
        return cls(
            values,
            int(version) if version.isdecimal() and len(version) < 10 else 0,
            " ".join(reason.split())[:LONGEST_REASON],
            document,
            errors,
        )

    @classmethod
    def of(cls, document: Mapping[str, Any], groups: Sequence[Group], version: int = 0) -> "ClientForm":
        """Return the form of a registration."""
        fields = [one for group in groups for one in group.fields]
        return cls({one.name: _written(one, document) for one in fields}, version)

    def failed(self, summary: str) -> "ClientForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)

    def refused(self, member: str, message: Message) -> "ClientForm":
        """Return the form as shown again with a message beside the field, or above all where no field is meant.

        What was said of it before stays: of each field once, in the order of the page.
        """
        name = LOCALIZED if "#" in member else member
        if name not in self.values and name != "reason":
            return replace(self, error_summary=self.error_summary or message)
        errors = {name: message, **self.errors}
        return replace(self, errors={one: errors[one] for one in (*self.values, "reason") if one in errors})

    def seen(self, version: int) -> "ClientForm":
        """Return the form as made from another version: what changed since is shown beside it."""
        return replace(self, version=version)


class _Mistyped(Exception):
    """A field cannot be read; the text is a message id."""


def _read(one: Field, typed: str, *, members: bool) -> dict[str, Any]:
    text = typed.strip()
    if one.name == LOCALIZED:
        return _localized(text)
    if one.form == "flag":
        return {one.name: typed == "on"}
    if not text:
        if one.form == "scopes" and one.required and members:
            # Without a word the rules would give `openid profile`, which nobody has chosen; an application in which
            # members sign in no more has no boxes to tick.
            raise _Mistyped(_NO_SCOPE)
        return {one.name: None}
    if one.form == "scopes":
        return {one.name: " ".join(text.split())}
    if one.form == "lines":
        return {one.name: [line.strip() for line in text.split("\n") if line.strip()]}
    if one.form == "words":
        return {one.name: text.split()}
    if one.form == "number":
        if not (text.isdecimal() and text.isascii() and len(text) < 12):
            raise _Mistyped(_NOT_A_NUMBER)
        return {one.name: int(text)}
    return {one.name: _object(text) if one.form == "json" else text}


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _Mistyped(_NOT_JSON)
    return found


def _localized(text: str) -> dict[str, str]:
    found = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        name, mark, value = line.partition(":")
        if not mark or "#" not in name or not value.strip():
            raise _Mistyped(_NOT_A_TEXT)
        found[name.strip()] = value.strip()
    return found


def _written(one: Field, document: Mapping[str, Any]) -> str:
    if one.name == LOCALIZED:
        return "\n".join(f"{name}: {text}" for name, text in document.items() if "#" in name)
    value = document.get(one.name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, list):
        return (" " if one.form == "words" else "\n").join(map(str, value))
    return json.dumps(value, indent=1) if isinstance(value, dict) else str(value)
