"""Which names an error may speak of."""

import pytest

from idp.protocol.parameters import NAMES, said_twice


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_known_name_is_spoken_of(name: str) -> None:
    """The first that came twice."""
    error = said_twice(["a", name, "b", name])
    assert ("invalid_request", f"{name} appears more than once") == (error.error, error.description)


@pytest.mark.parametrize("name", ["", "made-up", 'quo"te', "é", "Scope"])
def test_no_other_is(name: str) -> None:
    """What a request made up is not sent back, nor does it hide a known one."""
    assert "a parameter appears more than once" == said_twice([name, name]).description
    assert "scope appears more than once" == said_twice([name, name, "scope", "scope"]).description
