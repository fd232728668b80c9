"""Requests and answers as plain values."""

import itertools
from urllib.parse import parse_qsl

import pytest

from idp.protocol.messages import MalformedMessage, Parameters, Request, content_length


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"authorization": "Bearer abc"}, False),
        ({"authorization": "Bearer abc,Bearer abc"}, True),
        ({"authorization": "Basic abc, Bearer abc"}, True),
        ({"authorization": "Bearer abc", "dpop": "a.b.c,a.b.c"}, False),
    ],
)
def test_a_header_sent_twice_is_told_by_its_comma(headers: dict[str, str], expected: bool) -> None:
    """A WSGI server joins the values of a repeated header with commas, which no credential holds."""
    assert expected == Request("GET", "/userinfo", headers=headers).sent_twice("authorization")


def test_parameters_keep_their_multiplicity() -> None:
    """The first of two values is read, and that there were two can still be seen (N-005); empty ones are absent."""
    parameters = Parameters.parse("a=1&b=&a=2&c=%C3%A9")
    assert ("1", None, "é", "a") == (*map(parameters.get, "abc"), parameters.repeated())


@pytest.mark.parametrize("text", ["a=%00", "a=%ff", "&".join(["a=1"] * 101)])
def test_what_is_no_form_is_refused(text: str) -> None:
    """NUL, bytes that are not UTF-8 and too many fields are refused."""
    with pytest.raises(MalformedMessage):
        Parameters.parse(text)


@pytest.mark.parametrize("keep_blank", [False, True])
def test_forms_are_read_as_the_standard_library_reads_them(*, keep_blank: bool) -> None:
    """Names, values, order, escapes and refusals, for texts put together from what matters in a form."""
    parts = ["a", "=", "&", "%", "%4", "%41", "%C3%A9", "%ff", "+", "%26", "é", ";", "\t", ""]
    for pieces in itertools.product(parts, repeat=4):
        text = "".join(pieces)
        try:
            expected = tuple(parse_qsl(text, keep_blank_values=keep_blank, errors="strict"))
        except UnicodeDecodeError:
            with pytest.raises(MalformedMessage):
                Parameters.parse(text, keep_blank=keep_blank)
        else:
            assert expected == Parameters.parse(text, keep_blank=keep_blank).pairs


@pytest.mark.parametrize(("said", "length"), [("0", 0), ("64", 64), ("0064", 64), ("65", None), ("9" * 5000, None)])
def test_a_length_is_read_as_far_as_it_is_wanted(said: str, length: int | None) -> None:
    """Also of one with more digits than Python turns into a number."""
    assert length == content_length(said, 64)


@pytest.mark.parametrize("said", ["", "-1", "+1", "1.0", " 1", "0x1", "\u0661", "\u00b2"])
def test_what_is_no_length_is_refused(said: str) -> None:
    """Digits of other scripts too, which Python would read."""
    with pytest.raises(MalformedMessage):
        content_length(said, 64)
