"""Languages of the pages: French in the sources, English from one catalogue, French spacing put in on the way out.

Message ids are the French sentences themselves, with plain spaces. `templates/translations/en.po` is read at start
(no compiled file is committed). Nothing here is kept per request value: a stranger may name as many
languages as there are, memory stays flat (V-85).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final, Literal, cast
from urllib.parse import urlencode

from flask import Flask, request

from idp.records import dataclass
from idp.web import asked, po

Language = Literal["fr", "en"]

NAMES: Final[dict[Language, str]] = {"fr": "Français", "en": "English"}
DEFAULT: Final[Language] = "fr"
_EXTENSION: Final = "idp.i18n"
_LONGEST: Final = 512
_MOST_TAGS: Final = 16

_KEPT: Final = frozenset({"interaction", "suite"})
_REQUEST: Final = frozenset({"client_id", "redirect_uri", "response_type", "response_mode", "scope"})
"""What a page says of a request to `/authorize` that it refuses to send back depends on these."""
_FILTERS: Final = frozenset({"actor", "avant", "client_id", "dossier", "event", "outcome"}) | frozenset(
    {"recherche", "reference", "since", "tous", "type", "until"}
)
"""What lists of the console are narrowed by."""
_NAMED: Final = re.compile("(?:l|%6c)(?:a|%61)(?:n|%6e)(?:g|%67)", re.IGNORECASE)
_NARROW: Final = re.compile(r" (?=[;!?])")
# A per cent sign is one only where it opens no placeholder: `200 %`, not `%(count)s`.
_WIDE: Final = re.compile(r" (?=[:»]|%(?!\())|(?<=«) ")


@dataclass(frozen=True, slots=True)
class Filled:
    """A message with places (`%(what)s`) and what stands in them: texts as they are, or messages of their own."""

    text: str
    values: Mapping[str, "str | Filled"] = field(default_factory=dict)


Message = str | Filled
"""What a page says: a message id, or one that is filled in; translated where it is shown."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The translations: French needs none, English has one catalogue."""

    english: po.Messages

    @classmethod
    def load(cls, path: Path) -> "Catalogue":
        """Read a `.po` file.

        Raises:
            OSError: the file cannot be read.
            idp.web.po.DamagedCatalogueError: the file is damaged.
        """
        return cls(po.read(path))

    def gettext(self, language: Language, message: str) -> str:
        """Return a message in a language; one that has no translation stays French."""
        if language == "en":
            return self.english.simple.get(message, message)
        return typeset(message)

    def said(self, language: Language, message: Message) -> str:
        """Return a message, with what stands in its places."""
        if not isinstance(message, Filled):
            return self.gettext(language, message)
        filled = {
            name: self.said(language, value) if isinstance(value, Filled) else value
            for name, value in message.values.items()
        }
        return self.gettext(language, message.text) % filled

    def ngettext(self, language: Language, singular: str, plural: str, number: int) -> str:
        """Return the form of a message that fits a number; zero is singular in French, plural in English."""
        if language == "en":
            return self.english.plural.get(singular, (singular, plural))[number != 1]
        return typeset(plural if number >= 2 else singular)


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """One entry of the language switch; `href` is None for the language being shown."""

    code: Language
    label: str
    href: str | None


def choose_language(asked: str | None, cookie: str | None, accept_language: str | None) -> Language:
    """Return the language of an answer.

    Args:
        asked: what this request asks for: our own switch, or `ui_locales` (BCP 47 tags, space-separated, in order of
            preference; OpenID Connect Core 1.0 section 3.1.2.1).
        cookie: what this browser chose before.
        accept_language: the header (RFC 9110 section 12.5.4); only its first 16 entries count.
    """
    wishes = (
        (asked or "")[:_LONGEST].split(maxsplit=_MOST_TAGS)[:_MOST_TAGS],
        [(cookie or "")[:8]],
        _by_preference((accept_language or "")[:_LONGEST]),
    )
    for tags in wishes:
        for tag in tags:
            primary = re.split("[-_]", tag, maxsplit=1)[0].lower()
            if primary in NAMES:
                return cast("Language", primary)
    return DEFAULT


def language_asked() -> str | None:
    """Return what the address of this request asks for; one that does not name it, however written, is not read."""
    here = asked.now()
    named = _NAMED.search(here.environ.get("QUERY_STRING", ""))
    return here.whole.args.get("lang") if named else None


def typeset(text: str) -> str:
    """Return a French text with the spaces of French typography: none of its signs begins or ends a line alone.

    A narrow no-break space (U+202F) before `;`, `!` and `?`; a no-break space (U+00A0) before `:` and `%`, and inside
    « ».
    """
    return _WIDE.sub("\u00a0", _NARROW.sub("\u202f", text))


def language_links(
    path: str,
    query: Iterable[tuple[str, str]],
    current: Language,
) -> Sequence[LanguageLink]:
    """Return the language switch of a page: the same address with `lang`, every other parameter kept.

    Args:
        path: the page's own path.
        query: its parameters, in order; only those that name a page of ours are kept, and of a protocol's those that
            say what was wrong with a request.
        current: the language being shown.
    """
    names = _KEPT | (_REQUEST if path == "/authorize" else _FILTERS if path.startswith("/administration/") else set())
    kept = [(name, value) for name, value in query if name in names]
    return [
        LanguageLink(code, label, None if code == current else f"{path}?{urlencode([*kept, ('lang', code)])}")
        for code, label in NAMES.items()
    ]


def install(app: Flask, catalogue: Catalogue, language: Callable[[], str]) -> None:
    """Give the templates of an application their words.

    They receive `{% trans %}` and `_()` for what they say themselves, the filter `translate` for what they are handed
    (a form's errors, a notice), and the variables `language` and `language_links`.

    Args:
        app: the Flask application.
        catalogue: the translations.
        language: says the language of the request being answered.
    """

    def spoken() -> Language:
        return "en" if language() == "en" else "fr"

    def translate(message: Message) -> str:
        return catalogue.said(spoken(), message)

    def translate_number(singular: str, plural: str, number: int) -> str:
        return catalogue.ngettext(spoken(), singular, plural, number)

    def variables() -> dict[str, object]:
        # The path as it was asked for; a POST is answered by the page at the same address.
        links = language_links(request.path, request.args.items(multi=True), spoken())
        return {"language": spoken(), "language_links": links}

    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals.update(gettext=translate, ngettext=translate_number)
    environment.filters["translate"] = translate
    app.context_processor(variables)
    app.extensions[_EXTENSION] = translate


def gettext(message: str) -> str:
    """Return a message in the language of the request being answered."""
    translate: Callable[[str], str] = asked.app().extensions[_EXTENSION]
    return translate(message)


def mark(message: str) -> str:
    """Mark a message for the catalogue; it is translated where it is shown."""
    return message


def _by_preference(header: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for part in header.split(",")[:_MOST_TAGS]:
        tag, _, parameter = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q=([01](?:\.[0-9]{0,3})?)\s*", parameter) if parameter else None
        if parameter and quality is None:
            continue
        weight = float(quality[1]) if quality else 1.0
        if weight > 0:
            weighed.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda entry: -entry[0])]
