"""Second factors in a real Chromium: a passkey of its own virtual authenticator, an application's codes."""

from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.conftest import OpenWindow
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser

SECURITY = "/compte/securite"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_device(visitor: Visitor) -> tuple[CDPSession, str]:
    """Give a window an authenticator that says yes; return what speaks to it, and its id."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable", {"enableUI": False})
    made: dict[str, Any] = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session, str(made["authenticatorId"])


def opens_security(visitor: Visitor, key: str) -> None:
    """Sign in and open the page of the second factor."""
    visitor.page.goto(f"{visitor.demonstration.issuer}{SECURITY}")
    visitor.signs_in(key)
    visitor.sees("add-passkey")


def signs_out(visitor: Visitor) -> None:
    """Sign out of the provider."""
    visitor.page.goto(f"{visitor.demonstration.issuer}/deconnexion")
    visitor.press("logout-confirm")
    visitor.sees("sign-in-again")


def switches_off(visitor: Visitor) -> None:
    """Remove every second factor, so that the member is as before."""
    visitor.page.goto(f"{visitor.demonstration.issuer}{SECURITY}")
    while visitor.page.locator("#factor-1").count():
        visitor.press("factor-1")
        visitor.press("remove")
        visitor.sees("notice")
    visitor.sees("second-step-state", "Désactivée")


def adds_application(visitor: Visitor) -> tuple[str, list[str]]:
    """Add an application; return its secret and the recovery codes."""
    visitor.press("add-application")
    secret = visitor.reads("secret").replace(" ", "")
    visitor.page.fill("#code", pyotp.TOTP(secret).now())
    visitor.press("confirm-application")
    visitor.sees("codes")
    codes = visitor.page.locator("#codes li").all_inner_texts()
    visitor.press("codes-kept")
    visitor.sees("codes-left", "10")
    return secret, codes


@pytest.fixture
def member(open_window: OpenWindow) -> Iterator[Visitor]:
    """A member with a device, signed in, on the page of the second factor; without one again afterwards."""
    visitor = open_window()
    session, device = with_device(visitor)
    opens_security(visitor, "elise")
    yield visitor
    switches_off(visitor)
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})


def test_a_passkey_confirms_and_replaces_the_password(member: Visitor) -> None:
    """Made on the account's page; then it is the second step, and then it signs in alone."""
    member.press("add-passkey")
    expect(member.page.locator("#passkey-missing")).to_be_hidden()
    member.page.fill("#label", "Ordinateur du cabinet")
    member.press("passkey-start")
    member.sees("codes")
    member.press("codes-kept")
    member.sees("factor-name-1", "Ordinateur du cabinet")
    member.press("add-passkey")
    member.press("passkey-start")
    member.sees("passkey-status", "a déjà une clé d’accès")
    signs_out(member)
    member.asks_to_sign_in()
    member.signs_in("elise")
    assert "Confirmez que c’est vous" == member.title()
    member.press("passkey-start")
    member.is_welcomed("elise")
    signs_out(member)
    member.page.goto(f"{member.demonstration.issuer}/connexion")
    member.press("passkey-start")
    member.sees("member-name")


def test_a_refusal_of_the_device_leaves_the_other_ways(open_window: OpenWindow) -> None:
    """A finger that is not known: said beside the button, which can be pressed again."""
    visitor = open_window()
    session, device = with_device(visitor)
    opens_security(visitor, "elise")
    visitor.press("add-passkey")
    visitor.press("passkey-start")
    visitor.press("codes-kept")
    signs_out(visitor)
    visitor.page.goto(f"{visitor.demonstration.issuer}/connexion")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    visitor.press("passkey-start")
    visitor.sees("passkey-status", "a été annulée")
    visitor.sees("sign-in")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    visitor.press("passkey-start")
    visitor.sees("member-name")
    switches_off(visitor)


@pytest.mark.parametrize(
    ("scripts", "key"), [(True, "elise"), (False, "clara")], ids=["with scripts", "without scripts"]
)
def test_a_code_and_a_recovery_code(open_window: OpenWindow, scripts: bool, key: str) -> None:
    """An application's code after FranceConnect's own button is left aside; a recovery code stands in for it."""
    visitor = open_window(java_script_enabled=scripts)
    opens_security(visitor, key)
    secret, codes = adds_application(visitor)
    signs_out(visitor)
    visitor.asks_to_sign_in()
    visitor.signs_in(key)
    visitor.page.fill("#code", "000 000")
    visitor.press("confirm-code")
    visitor.sees("code-error")
    visitor.press("recovery-open")
    visitor.page.fill("#recovery", codes[0].lower())
    visitor.press("confirm-recovery")
    visitor.is_welcomed(key)
    visitor.page.goto(f"{visitor.demonstration.issuer}{SECURITY}")
    visitor.sees("codes-left", "9")
    assert visitor.demonstration.mail_arrives(visitor.demonstration.person(key).email)
    assert len(pyotp.TOTP(secret).now()) == 6
    switches_off(visitor)


def test_franceconnect_is_followed_by_the_second_step(open_window: OpenWindow) -> None:
    """The same member, the other way in, the same question."""
    visitor = open_window()
    with_device(visitor)
    opens_security(visitor, "elise")
    visitor.press("add-passkey")
    visitor.press("passkey-start")
    visitor.press("codes-kept")
    signs_out(visitor)
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("elise")
    assert "Confirmez que c’est vous" == visitor.title()
    visitor.press("passkey-start")
    visitor.is_welcomed("elise")
    switches_off(visitor)
