"""Addresses are built as Werkzeug builds them, by functions that are made when first needed."""

from typing import Any

import pytest
from werkzeug.routing import BuildError, Map, Rule

from idp.web.late_rules import LateRule

RULES: tuple[tuple[str, dict[str, int]], ...] = (
    ("/pages/<name>/<int:number>", {}),
    ("/pages/<name>", {"number": 1}),
    ("/é/<path:rest>", {}),
)


def adapter(kind: type[Rule]) -> Any:
    """Return what builds addresses from rules of a kind."""
    return Map([kind(rule, endpoint="page", defaults=defaults or None) for rule, defaults in RULES]).bind("idp.test")


@pytest.mark.parametrize(
    "values",
    [{"name": "a b", "number": 2}, {"name": "a", "number": 1}, {"rest": "x/y"}, {"name": "a", "number": 3, "q": "é"}],
)
def test_the_same_addresses(values: dict[str, Any]) -> None:
    """With and without what the rule does not know, a default among them; twice, since the first call compiles."""
    late, plain = adapter(LateRule), adapter(Rule)
    for _ in range(2):
        assert plain.build("page", values) == late.build("page", values)


def test_what_cannot_be_built_is_told_alike() -> None:
    """A missing value is the same error."""
    with pytest.raises(BuildError):
        adapter(LateRule).build("page", {"number": 2})


def test_nothing_is_compiled_until_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Werkzeug still asks for its functions where we hold it up; if it does not any more, this class has no use."""
    made: list[bool] = []
    plain = Rule._compile_builder

    def told(rule: Rule, append_unknown: bool = True) -> Any:
        made.append(append_unknown)
        return plain(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", told)
    late = adapter(LateRule)
    assert [] == made
    assert "/pages/a/2" == late.build("page", {"name": "a", "number": 2})
    assert made
