"""Pages that are rendered once and filled in ever after."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from idp.web.kept_pages import KeptPages, frozen
from tests.support.provider import copied_provider, running
from tests.support.relying_party import RelyingParty


def test_a_page_is_rendered_once_for_all_it_depends_on() -> None:
    """Places are filled in at each answer, escaped, wherever they stand; another key is another page."""
    pages, rendered = KeptPages(), list[str]()

    def render(marks: Mapping[str, str]) -> str:
        rendered.append(marks["a"])
        return f"é{marks['a']}-{marks['b']}{marks['a']}"

    assert "é&lt;-22&lt;".encode() == pages.page("k", {"a": "<", "b": "22"}, render)
    assert "é3-3".encode() + b"3" == pages.page("k", {"a": "3", "b": "3"}, render)
    assert 1 == len(rendered)
    assert rendered[0].isalnum()
    pages.page("other", {"a": "1", "b": "2"}, render)
    assert 2 == len(rendered)


def test_memory_stays_flat() -> None:
    """However many pages there are, few are kept."""
    pages, rendered = KeptPages(), list[int]()

    def render(_marks: Mapping[str, str]) -> str:
        rendered.append(1)
        return "page"

    for number in (*range(64), 0, 64, 0):
        assert b"page" == pages.page(number, {"a": ""}, render)
    assert 66 == len(rendered)


@dataclass(frozen=True)
class Thing:
    """A value of a context."""

    errors: Mapping[str, str]
    names: tuple[str, ...] = ()


def test_what_reads_otherwise_is_another_key() -> None:
    """The kinds of a context's values, and none that could change unseen."""
    values: tuple[Any, ...] = (
        None,
        "1",
        1,
        True,
        {"a": "b"},
        {"a": None},
        ["a"],
        Thing({}),
        Thing({"a": "b"}),
        Thing({}, ("a",)),
        [],
    )
    assert len(values) == len({frozen(value) for value in values})
    assert frozen(Thing({"a": "b"})) == frozen(Thing({"a": "b"}))
    with pytest.raises(TypeError):
        frozen(object())
    with pytest.raises(TypeError):
        frozen({"a": [lambda: None]})


def test_the_sign_in_page_that_is_kept_is_the_one_that_is_rendered(tmp_path: Path) -> None:
    """Two visitors get the same page with their own tokens, and the page with an address that asks is the same too."""
    with running(copied_provider(tmp_path)) as provider:
        espace = RelyingParty(provider)

        def visit(query: str = "") -> str:
            browser = provider.browser()
            page = browser.get(espace.authorize_url())
            shown = browser.get(page.url + query) if query else page
            own = {urlsplit(page.url).path.rpartition("/")[2]: "ID"}
            policy = shown.headers["Content-Security-Policy"]
            own[policy.partition("'nonce-")[2].partition("'")[0]] = "NONCE"
            text = shown.text
            for mark in ('name="csrf" value="', 'data-options="'):
                value = text.partition(mark)[2].partition('"')[0]
                assert value
                own[value] = mark
            assert 'nonce="' in text
            for value, name in own.items():
                assert value in text
                text = text.replace(value, name)
            return text

        first, second, asked = visit(), visit(), visit("?x=y")
        assert first == second == asked
        assert visit("?lang=en") != first
