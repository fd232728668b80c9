"""The example's two languages."""

import re

import pytest
from flask.testing import FlaskClient

from examples.espace_personnel import words
from examples.espace_personnel.language import ENGLISH
from tests.support.sources import ROOT

SOURCES = [path for path in (ROOT / "examples").rglob("*") if path.suffix in {".py", ".html"}]


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("fr", "fr"), ("en", "en"), ("en-GB,fr;q=0.8", "en"), ("de,en;q=0.4,fr;q=0.6", "fr"), ("de", "fr"), ("", "fr")],
)
def test_the_browser_chooses(browser: FlaskClient, wanted: str, language: str) -> None:
    """The page and what says which language it is; the provider is asked for the same one."""
    headers = {"Accept-Language": wanted}
    page = browser.get("/", headers=headers).text
    assert f'<html lang="{language}">' in page
    assert {"fr": "Se connecter", "en": "Sign in"}[language] in page
    assert f"ui_locales={language}" in browser.get("/sign-in", headers=headers).location


def test_every_text_has_its_english() -> None:
    """What a page says has a translation, and there is none that no page says."""
    said = r"""(?:_\(|say\(|notice = )["']([^"']+)["']"""
    told = {text for path in SOURCES for text in re.findall(said, path.read_text(encoding="utf-8"))}
    tables = (words.CLAIMS, words.SITUATIONS, words.GENDERS, words.LEVELS, words.MEANS, words.ERRORS)
    told |= {text for table in tables for text in table.values()} | {words.ERROR_OTHERWISE, "oui", "non"}
    assert set() == told - ENGLISH.keys()
    every = "".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name != "language.py")
    assert [] == [text for text in ENGLISH if text not in every]


@pytest.mark.parametrize("text", sorted(ENGLISH))
def test_no_english_is_french(text: str) -> None:
    """But for the words that both have, nothing is left untranslated."""
    both = {"FranceConnect", "Situation"}
    assert text != ENGLISH[text] or text in both or text.startswith("PDF")
