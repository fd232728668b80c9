"""Writes `config.example.toml` from the settings classes, so that the file is never behind them."""

import json
import re
import textwrap
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from idp.config import OpenIdProvider, Settings

_HEAD = """\
# CARPIMKO identity provider: every setting with its default.
#
# Copy this file, keep the lines you change, and name it in IDP_CONFIG or with `idp --config FILE`.
# Each setting can also come from the environment: IDP_SERVER__PORT=9000 wins over [server] port.
# Unknown keys are refused, and every fault is reported at once (`idp config check`).
# A secret is never written here: a `..._file` setting names the file that holds it (mode 0600).
"""

_TABLES = {"upstreams": ("proconnect", OpenIdProvider())}
"""Settings that are a table of tables, each with the example that is shown of it, as a comment."""


def example() -> str:
    """Return the commented TOML text."""
    lines = [_HEAD]
    sections: list[tuple[str, BaseModel]] = []
    tables: list[tuple[str, FieldInfo]] = []
    for name, field in Settings.model_fields.items():
        value = field.get_default(call_default_factory=True)
        if name in _TABLES:
            tables.append((name, field))
            continue
        if isinstance(value, BaseModel):
            sections.append((name, value))
        else:
            lines.append(_setting(name, field, value))
    for name, section in sections:
        lines.append(f"\n[{name}]\n{_comment((type(section).__doc__ or '').strip())}")
        for key, field in type(section).model_fields.items():
            lines.append(_setting(key, field, getattr(section, key)))
    for name, field in tables:
        lines.append(f"\n{_comment(field.description or '')}")
        named, model = _TABLES[name]
        lines.append(f"#\n# [{name}.{named}]\n{_comment((type(model).__doc__ or '').strip())}")
        written = (_setting(key, one, getattr(model, key)) for key, one in type(model).model_fields.items())
        lines += [re.sub(r"(?m)^(?!#)(?=.)", "# ", text) for text in written]
    return "\n".join(lines)


def _setting(name: str, field: FieldInfo, value: Any) -> str:
    comment = _comment(field.description or "")
    if value is None:
        return f"\n{comment}\n# {name} ="
    return f"\n{comment}\n{name} = {_toml(value)}"


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in textwrap.wrap(text, 96))


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Path):
        return json.dumps(value.as_posix())
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, BaseModel):
        return "{ " + ", ".join(f"{name} = {_toml(one)}" for name, one in value) + " }"
    if isinstance(value, tuple) and any(isinstance(item, BaseModel) for item in value):
        return "[\n" + "".join(f"    {_toml(item)},\n" for item in value) + "]"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return str(value)


if __name__ == "__main__":
    Path("config.example.toml").write_text(example() + "\n", encoding="utf-8")
