"""The account's pages with sample words, for the gallery."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from idp.members.own_account import AccountView
from idp.members.own_email import Email
from idp.web.account.nav import MENU
from idp.web.cookies import LANGUAGES
from idp.web.forms_account import EmailForm, OwnPasswordForm

_ADDRESS: Final = "jeanne.dy@cabinet.example"
ACCOUNT: Final = AccountView(
    name="Jeanne DY",
    dossier="1234567",
    situation="affilie",
    password="set",
    password_changed_at=1_700_000_000,
    email=Email(_ADDRESS, proven=True),
    address=("12 rue des Lilas", "75007 PARIS"),
    phone="06 39 98 00 01",
    language="fr",
    linked=True,
)
"""A member with everything in order."""


def without_email() -> AccountView:
    """Return a member of whom little is known."""
    return replace(ACCOUNT, password="none", password_changed_at=0, email=Email(), address=(), phone="", linked=False)


def _overview(account: AccountView) -> tuple[str, dict[str, Any]]:
    pages = {entry.name for entry in MENU} | {"identities"}
    return "account/overview.html", {
        "here": "overview",
        "account": account,
        "changed_on": "14 novembre 2023",
        "second_step": account.linked,
        "pages": pages,
    }


def _password(**changes: Any) -> tuple[str, dict[str, Any]]:
    context: dict[str, Any] = {
        "here": "password",
        "notice": "",
        "form": OwnPasswordForm(),
        "state": "set",
        "changed_on": "14 novembre 2023",
        "dossier": "1234567",
        "minimum": 12,
        "delay_seconds": 0,
        "captcha": None,
        "captcha_error": "",
        "csrf": "c",
    }
    return "account/password.html", context | changes


def _email(email: Email, **changes: Any) -> tuple[str, dict[str, Any]]:
    context: dict[str, Any] = {
        "here": "email",
        "notice": "",
        "form": EmailForm(),
        "email": email,
        "pending_until": "14 novembre 2023, 22:13",
        "rests_until": "",
        "rest_days": 7,
        "csrf": "c",
    }
    return "account/email.html", context | changes


def _email_change(email: Email, form: EmailForm) -> tuple[str, dict[str, Any]]:
    return "account/email_change.html", {"here": "email", "form": form, "email": email, "rest_days": 7, "csrf": "c"}


_WAITING: Final = Email(_ADDRESS, proven=True, pending="jeanne@ailleurs.example", pending_until=1)
_AGREEMENT: Final = {
    "client_id": "cap",
    "name": "Cap Retraite",
    "shared": ["Votre identité", "Votre adresse e-mail"],
    "since": "14 novembre 2023",
}

PAGES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "account": _overview(ACCOUNT),
    "account-attention": _overview(without_email()),
    "account-waiting": _overview(replace(ACCOUNT, password="retired", email=_WAITING)),
    "own-password": _password(notice="Votre mot de passe est changé. Vos autres connexions sont fermées."),
    "own-password-errors": _password(form=OwnPasswordForm.parse({"password": "a", "confirmation": "b"})),
    "own-password-wait": _password(form=OwnPasswordForm().refused("delayed"), delay_seconds=64),
    "own-password-none": _password(state="none"),
    "own-password-retired": _password(state="retired"),
    "own-email": _email(Email(_ADDRESS, proven=True), rests_until="21 novembre 2023"),
    "own-email-none": _email(Email(), form=EmailForm().too_often()),
    "own-email-unproven": _email(Email(_ADDRESS)),
    "own-email-waiting": _email(_WAITING),
    "own-email-change": _email_change(Email(_ADDRESS), EmailForm.parse({"email": "jeanne"})),
    "own-email-first": _email_change(Email(), EmailForm()),
    "own-address": (
        "account/address.html",
        {"here": "address", "name": ACCOUNT.name, "address": ACCOUNT.address, "rest_days": 7},
    ),
    "own-address-none": (
        "account/address.html",
        {"here": "address", "name": "Jeanne DY", "address": (), "rest_days": 0},
    ),
    "own-data": (
        "account/personal_data.html",
        {"here": "data", "history": ("month", 12), "security": ("year", 2), "csrf": "c"},
    ),
    "own-language": (
        "account/language.html",
        {"here": "language", "notice": "", "languages": LANGUAGES, "chosen": "fr", "csrf": "c"},
    ),
    "own-consents": (
        "account/consents.html",
        {"here": "consents", "notice": "", "agreements": [_AGREEMENT], "csrf": "c"},
    ),
}
"""Name of a sample -> its template and context."""
