"""Requests and answers as plain values."""

import pytest

from idp.protocol.messages import MalformedMessage, Parameters, Request


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
