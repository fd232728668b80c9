"""Every setting means something: somebody reads it."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from idp import config
from tests.support import sources

OWN = {"idp/commands/soundness.py"} | {sources.name(path) for path in sources.files(".py", under="idp/config")}
"""Where settings are defined, judged and shown; being read there alone changes nothing."""

SECTIONS = {
    name: field.annotation
    for name, field in config.Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, config.Section)
}
CLASSES = {section.__name__: name for name, section in SECTIONS.items()}


def _last(node: ast.AST | None) -> str:
    """Return the last identifier of a name or of a chain of attributes."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _pairs(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts, strict=True)
        else:
            yield target, node.value


def _read_by(tree: ast.Module) -> set[tuple[str, str]]:
    """Return the section and field of each `section.field`, through the names that a module gives to a section."""
    known: defaultdict[str, set[str]] = defaultdict(set, {name: {name} for name in SECTIONS})
    renamed = {alias.asname or alias.name: alias.name for node in ast.walk(tree)
               if isinstance(node, ast.ImportFrom) and node.module == "idp.config" for alias in node.names}  # fmt: skip
    for _ in range(2):
        for node in ast.walk(tree):
            if isinstance(node, ast.arg | ast.AnnAssign):
                kind = renamed.get(_last(node.annotation), _last(node.annotation))
                name = node.arg if isinstance(node, ast.arg) else _last(node.target)
                known[name] |= {CLASSES[kind]} if kind in CLASSES else set()
            elif isinstance(node, ast.Assign):
                for target, value in _pairs(node):
                    known[_last(target)] |= known[_last(value)] if _last(value) else set()
    return {
        (section, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        for section in known.get(_last(node.value), ())
    }


def test_every_setting_is_read_outside_the_settings() -> None:
    """A setting that nothing reads promises what the provider does not do."""
    read: set[tuple[str, str]] = set()
    for path in sources.files(".py", under="idp"):
        if sources.name(path) not in OWN:
            read |= _read_by(ast.parse(path.read_text(encoding="utf-8")))
    for path in sources.files(".html", ".txt", under="templates"):
        read |= set(re.findall(r"\b(\w+)\.(\w+)\b", path.read_text(encoding="utf-8")))
    unread = [f"{name}.{key}" for name, section in SECTIONS.items() for key in section.model_fields
              if (name, key) not in read]  # fmt: skip
    assert [] == unread
