"""Lines of tables and keys."""

import pytest

from idp.admin.configuration.places import Places

TEXT = """\
version = 1

[clients.espace] # the first
client_name = "Espace"
"client_name#en" = "Space"
redirect_uris = [
    "https://a.example/?x=1",
]
words = { fr = "x" }
  [clients."a.b"]
a.b = 1
not a line of TOML
[[wrong]]
"""


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (1, ("version",)),
        (3, ("clients", "espace")),
        (4, ("clients", "espace", "client_name")),
        (5, ("clients", "espace", "client_name#en")),
        (9, ("clients", "espace", "words", "fr")),
        (3, ("clients", "espace", "scope")),
        (10, ("clients", "a.b")),
        (11, ("clients", "a.b", "a", "b")),
        (3, ("clients",)),
        (1, ("nowhere",)),
    ],
)
def test_where_a_thing_stands(line: int, path: tuple[str, ...]) -> None:
    """The line of the key, or of the nearest table around it."""
    assert line == Places(TEXT).line(*path)
