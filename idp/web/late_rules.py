"""Rules of addresses that learn to build an address when somebody first asks them to.

Werkzeug writes two functions for every rule as soon as it is added, and compiles them: 80 of the 110 ms that it takes
to put the application together, at every start of a process and in every test that makes one, for functions of which
few are ever called.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule as Werkzeug has it; only when its functions are compiled differs."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled: list[Callable[..., tuple[str, str]]] = []
        compile_now = super()._compile_builder

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(compile_now(append_unknown))
            return compiled[0](rule, **values)

        return build
