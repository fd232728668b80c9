"""TOML as it is written, held against the standard library's reader."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.admin.configuration import toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.booleans() | st.integers() | TEXTS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(TEXTS, VALUES)
def test_what_is_written_is_read(name: str, value: object) -> None:
    """Any key and any value that JSON knows come back, whatever characters they hold."""
    assert {"table": {name: {name: value}}} == tomllib.loads(
        f"[{toml.key('table', name)}]\n{toml.setting(name, value)}"
    )


def test_a_long_list_stands_one_item_a_line() -> None:
    """So that a change of one item is a change of one line."""
    assert 'a = [\n    "x",\n    "y",\n]'.replace("x", "x" * 90) == toml.setting("a", ["x" * 90, "y"])


def test_a_null_within_is_left_out_and_one_alone_is_refused() -> None:
    """TOML has none."""
    assert "{ b = 1 }" == toml.written({"a": None, "b": 1})
    with pytest.raises(TypeError):
        toml.written(None)
