"""A member links FranceConnect from the account in a real browser, and unlinks it, with and without scripts."""

import pytest

from tests.browser.conftest import OpenWindow
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser


def ties(visitor: Visitor, key: str) -> None:
    """From the page of identities, go through FranceConnect as somebody whom it does not know here yet."""
    visitor.context.clear_cookies(name="fc_session_id")
    visitor.page.goto(f"{visitor.demonstration.issuer}/compte/identites")
    visitor.press("tie-franceconnect")
    visitor.signs_in_by_franceconnect(key)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_linked_by_the_member_and_by_nobody_else(open_window: OpenWindow, scripts: bool) -> None:
    """The twin's FranceConnect is refused; her own is linked, and unlinked after a page that says what changes."""
    visitor = open_window(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
    visitor.page.goto(f"{visitor.demonstration.issuer}/compte/identites")
    visitor.signs_in("chloe")
    ties(visitor, "clara")
    assert "Ce compte FranceConnect n’est pas le vôtre" == visitor.title()
    ties(visitor, "chloe")
    visitor.sees("notice", "FranceConnect est relié à votre dossier.")
    visitor.sees("franceconnect-method", "Par vous, depuis votre compte")
    visitor.page.reload()
    visitor.press("untie-franceconnect")
    visitor.press("untie")
    visitor.sees("notice", "FranceConnect n’ouvre plus votre espace.")
    visitor.sees("tie-franceconnect")
