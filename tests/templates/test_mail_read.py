"""Messages to members, as their templates read."""

import jinja2
import pytest

from tests.support.gallery import TEMPLATES

VALUES = {
    "dossier": "916352001",
    "provider": "FranceConnect",
    "linked_at": "1764000000",
    "name": "Angela <Dubois>",
    "help": {"phone": "01 30 48 10 00"},
}


def rendered(part: str, language: str) -> str:
    """Return one part of the message about a new link; any value it is not given fails the test."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html",)),
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["moment"] = lambda seconds, locale: f"{seconds}@{locale}"
    return environment.get_template(f"mail/linked.{part}").render(lang=language, **VALUES)


@pytest.mark.parametrize(("language", "words"), [("fr", "Ce n’était pas vous"), ("en", "Was it not you")])
@pytest.mark.parametrize("part", ["txt", "html"])
def test_a_link_is_told_with_what_to_do(part: str, language: str, words: str) -> None:
    """Both parts say which account, when, and whom to call if it was not the member (N-100)."""
    text = rendered(part, language).replace("\u00a0", " ")
    assert words in text
    assert "FranceConnect" in text
    assert f"1764000000@{language}" in text
    assert "01 30 48 10 00" in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_dossier_number_is_masked_and_nothing_is_to_be_clicked(language: str) -> None:
    """A message that is read by another gives no whole number, and teaches no one to follow links."""
    for part in ("txt", "html"):
        text = rendered(part, language)
        assert "91•••01" in text
        assert "916352001" not in text
        assert "href" not in text
        assert "://" not in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_subject_is_one_line(language: str) -> None:
    """The subject is a single line that names the fund."""
    subject = rendered("subject.txt", language)
    assert 1 == len(subject.splitlines())
    assert "CARPIMKO" in subject


def test_a_name_is_text_in_html() -> None:
    """A name cannot add markup to a message."""
    assert "Angela &lt;Dubois&gt;" in rendered("html", "fr")
