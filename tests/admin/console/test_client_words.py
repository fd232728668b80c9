"""What the console says of each reason of a refused registration."""

import ast
import re
from collections.abc import Iterator

from idp.admin.console.client_words import known, said
from idp.web import po
from idp.web.i18n import Catalogue
from tests.support.sources import ROOT

RULES = (
    *(ROOT / "idp" / "protocol" / "client_metadata").glob("*.py"),
    *(ROOT / "idp" / "admin" / "registration").glob("*.py"),
    ROOT / "idp" / "services" / "registration" / "outside.py",
    ROOT / "idp" / "protocol" / "redirect_uri.py",
)
NO_FORM = re.compile(r"must be a string|must be a list.*|must be true or false")
"""What JSON alone can be wrong about: a form sends texts."""


def text(node: ast.expr) -> str:
    """Return a literal, with an x for each value that is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def reasons() -> Iterator[str]:
    """Yield every reason that the rules' sources hold, and what they return or name as one."""
    for path in RULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "MetadataRefused":
                yield text(node.args[1])
            elif isinstance(node, ast.Return | ast.Assign | ast.AnnAssign) and node.value is not None:
                parts = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
                yield from (one for part in parts if (one := text(part)).startswith(("must ", "is not a ")))


def test_every_reason_has_words() -> None:
    """Whatever a form can be refused for is said in French, or English, with what is right."""
    found = {one.replace("x_alg", "id_token_alg").replace("of 1 to x", "of 1 to 9") for one in reasons() if one}
    found = {re.sub(r"(1 to|at most) x", r"\1 9", one) for one in found}
    assert len(found) > 40
    assert [] == sorted(one for one in found if not known(one) and not NO_FORM.fullmatch(one))


def test_what_is_held_stands_in_the_words() -> None:
    """A value of the rule, which value of a list, and a plain sentence where there are no words."""
    french = Catalogue(po.Messages({}, {}))

    def read(reason: str, position: int = 0) -> str:
        return french.said("fr", said(reason, position))

    assert "Choisissez parmi\u00a0: a b." == read("must be one of: a b")
    second = read("must use https, such as https://app.example.org/callback", 2)
    assert second.startswith("Valeur 2\u00a0: L’adresse doit commencer par https")
    local = read("must use https (http for localhost only)")
    assert "https (http\u00a0: localhost seulement)" in local
    named = french.said("fr", said("is not known; these are: openid", 1, "tout"))
    assert "Valeur 1 (tout)\u00a0: Seules ces valeurs existent\u00a0: openid." == named
    near = french.said("fr", said("is not known; these are: openid email; did you mean email?", 0))
    assert near.endswith("openid email. Vouliez-vous dire «\u00a0email\u00a0»\u202f?")
    called = french.said("fr", said("must use https", 0, "", "backchannel_logout_uri"))
    assert called.endswith("https://mon-appli.fr/fin-de-session")
    assert "une espace" in read("must not hold a space")
    assert "Une application a déjà cet identifiant." == read("taken")
    assert "Cette valeur est refusée." == read("unheard of")
