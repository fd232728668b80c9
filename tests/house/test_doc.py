"""Everything that has a public name says what it is for; every test says what must hold."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support import sources

Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def parsed(path: Path) -> ast.Module:
    """Parse one Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Named]]:
    """Yield the public classes, functions and methods of a module or class, with their names."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("_"):
                continue
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{prefix}{node.name}.")


def overrides(node: Named) -> bool:
    """Whether a method says that it keeps another's promise, or is a type of the one that is written below."""
    return any(word in ast.unparse(one) for one in node.decorator_list for word in ("override", "overload"))


def test_every_package_says_what_it_is_for() -> None:
    """Each folder of product modules is a package whose docstring is more than a title."""
    folders = {path.parent for path in sources.product_modules()}
    silent = []
    for folder in sorted(folders):
        doc = folder / "__init__.py"
        text = ast.get_docstring(parsed(doc)) if doc.exists() else None
        if not text or len(text.split()) < 8:
            silent.append(sources.name(folder))
    assert [] == silent


def test_every_module_and_public_name_has_a_docstring() -> None:
    """Modules, public classes, functions and methods of the product have a docstring."""
    silent = []
    for path in sources.product_modules():
        module = parsed(path)
        if not ast.get_docstring(module):
            silent.append(sources.name(path))
        silent += [
            f"{sources.name(path)}:{node.lineno} {name}"
            for name, node in public(module.body)
            if not ast.get_docstring(node) and not overrides(node)
        ]
    assert [] == silent


def test_every_test_says_what_must_hold() -> None:
    """Each test function has a docstring of one sentence or paragraph."""
    silent = []
    for path in sources.files(".py", under="tests"):
        for name, node in public(parsed(path).body):
            if not name.rpartition(".")[2].startswith("test_"):
                continue
            text = ast.get_docstring(node) or ""
            if not text.endswith((".", "?")) or "\n\n" in text:
                silent.append(f"{sources.name(path)}:{node.lineno} {name}")
    assert [] == silent
