"""The words of the pages, and which language they are said in."""

import re
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from idp.web import po
from idp.web.i18n import Catalogue, choose_language, language_links, typeset
from tests.support.gallery import ENGLISH, gallery
from tests.support.messages import Message, spoken


def translated() -> dict[Message, object]:
    """Return the English catalogue: message -> translation."""
    with ENGLISH.open("rb") as source:
        entries = [entry for entry in read_po(source, locale="en") if entry.id]
    return {tuple(entry.id) if entry.pluralizable else str(entry.id): entry.string for entry in entries}


def test_every_message_has_an_english_translation() -> None:
    """Whatever a page or the product may say in French can be said in English."""
    english = translated()
    found = [f"{where} {message}" for where, message in spoken() if not english.get(message)]
    assert [] == found


def test_no_message_stands_twice() -> None:
    """Of two translations the last would count, and `msgfmt -c` refuses the file; merges bring such doubles."""
    found = Counter(re.findall(r'^msgid ((?:".*"\n)+)', ENGLISH.read_text(encoding="utf-8"), re.MULTILINE))
    assert [] == [message for message, count in found.items() if count > 1]


def test_no_translation_is_left_over() -> None:
    """The catalogue holds no message that nothing says any more."""
    said = {message for _, message in spoken()}
    assert [] == [message for message in translated() if message not in said]


def test_our_reader_reads_what_babel_reads() -> None:
    """The quick reader of the catalogue agrees with babel's on every message."""
    read = po.read(ENGLISH)
    plural = {key[0]: value for key, value in translated().items() if isinstance(key, tuple)}
    simple = {key: value for key, value in translated().items() if isinstance(key, str)}
    assert plural == read.plural
    assert simple | {one: forms[0] for one, forms in read.plural.items()} == read.simple


@pytest.mark.parametrize("line", ['msgctxt "x"', '"nothing before it"', 'msgid "open', 'msgid "\\q"', "words"])
def test_a_damaged_catalogue_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    """What the reader does not understand stops the start, with the line's number."""
    (tmp_path / "en.po").write_text(f"# A comment.\n{line}\n")
    with pytest.raises(po.DamagedCatalogueError, match="line 2"):
        po.read(tmp_path / "en.po")


def test_translations_keep_their_placeholders() -> None:
    """A translation has the placeholders of its message, no more and no fewer."""
    with ENGLISH.open("rb") as source:
        catalogue = read_po(source, locale="en")
    assert [] == [(entry.id, str(fault)) for entry in catalogue for fault in entry.check(catalogue)]


def test_no_english_apostrophe_is_a_typewriter_one() -> None:
    """Apostrophes are ’ in both languages."""
    texts = [str(text) for pair in translated().items() for text in pair]
    assert [] == [text for text in texts if "'" in text and not text.startswith("(")]


@pytest.mark.parametrize(
    ("expected", "asked", "cookie", "header"),
    [
        ("fr", None, None, None),
        ("fr", "", "", ""),
        ("en", "en", None, None),
        ("en", "en-GB fr", "fr", "fr"),
        ("fr", "fr-CA en", "en", "en"),
        ("en", "de en", None, None),
        ("fr", "de", "fr", "en"),
        ("en", None, "en", "fr"),
        ("fr", None, "english", None),
        ("en", None, None, "en-US,en;q=0.9,fr;q=0.8"),
        ("fr", None, None, "en;q=0.5, fr;q=0.9"),
        ("fr", None, None, "en;q=0"),
        ("fr", None, None, "en;q=nan, de"),
        ("fr", None, None, "*"),
        ("en", None, None, "de;q=1,EN_us;q=0.1"),
        ("fr", "x" * 100_000 + " en", None, None),
        ("fr", None, None, "de," * 50_000 + "en"),
    ],
)
def test_language_asked_for_then_chosen_before_then_the_browser_s(
    expected: str, asked: str | None, cookie: str | None, header: str | None
) -> None:
    """What this request asks for counts before the cookie, the cookie before Accept-Language; French otherwise."""
    assert expected == choose_language(asked, cookie, header)


def test_languages_asked_for_leave_nothing_in_memory() -> None:
    """Thousands of made-up languages cost no lasting memory (V-85)."""
    for number in range(200):
        choose_language(f"q{number}", f"c{number}", f"h{number};q=0.5")
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(20_000):
        choose_language(f"a{number}-X", f"b{number}", f"d{number}-Y;q=0.3, e{number}")
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 20_000 > grown


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("Besoin d’aide\u202f?", "Besoin d’aide ?"),
        ("Par téléphone\u00a0: 01", "Par téléphone : 01"),
        ("choisissez «\u00a0Ayant droit\u00a0»", "choisissez « Ayant droit »"),
        ("à 200\u00a0% %(name)s", "à 200 % %(name)s"),
        ("un\u202f; deux\u202f!", "un ; deux !"),
        ("https://a.example/?b:c", "https://a.example/?b:c"),
    ],
)
def test_french_spacing(expected: str, text: str) -> None:
    """Spaces before French signs do not break; addresses and placeholders are left alone."""
    assert expected == typeset(text)


def test_plural_forms_differ_by_language() -> None:
    """Zero is singular in French and plural in English."""
    catalogue = Catalogue.load(ENGLISH)
    forms = ("%(count)s champ est à corriger", "%(count)s champs sont à corriger")
    assert forms[0] == catalogue.ngettext("fr", *forms, 0)
    assert forms[1] == catalogue.ngettext("fr", *forms, 2)
    assert "%(count)s fields need correcting" == catalogue.ngettext("en", *forms, 0)
    assert "%(count)s field needs correcting" == catalogue.ngettext("en", *forms, 1)


def test_an_unknown_message_stays_french() -> None:
    """A message without a translation is said as it is, and the catalogue's own header never is."""
    catalogue = Catalogue.load(ENGLISH)
    assert "Inconnu" == catalogue.gettext("en", "Inconnu")
    assert "" == catalogue.gettext("en", "")


def test_the_switch_keeps_the_page_and_no_parameter_of_a_protocol() -> None:
    """The other language is the same page of ours; a code or state in the address is not repeated in the page."""
    links = language_links("/preuve", [("suite", "a b"), ("lang", "en"), ("code", "secret"), ("state", "s")], "fr")
    assert [None, "/preuve?suite=a+b&lang=en"] == [link.href for link in links]


def test_the_switch_keeps_what_a_refusal_and_a_list_depend_on() -> None:
    """A request that is refused is refused for the same reason in the other language, and a list stays narrowed."""
    asked = [("client_id", "appli"), ("redirect_uri", "https://a/b"), ("state", "s"), ("code_challenge", "c")]
    (_, english) = language_links("/authorize", asked, "fr")
    assert "/authorize?client_id=appli&redirect_uri=https%3A%2F%2Fa%2Fb&lang=en" == english.href
    (_, english) = language_links("/administration/journal", [("event", "login"), ("token", "t")], "fr")
    assert "/administration/journal?event=login&lang=en" == english.href


def test_pages_say_their_language() -> None:
    """The language of a page is set, and the switch names the other one in its own words."""
    client = gallery().test_client()
    french, english = (client.get(f"/sign-in?lang={code}").text for code in ("fr", "en"))
    assert '<html lang="fr"' in french
    assert 'hreflang="en" lang="en"' in french
    assert '<html lang="en"' in english
    assert 'hreflang="fr" lang="fr"' in english
    assert "Sign in to my personal account" in english
