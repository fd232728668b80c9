"""A member without a password, step by step: asks, receives, reads, chooses."""

import email
import email.policy
import html
import json
import re
from dataclasses import replace
from email.message import EmailMessage

import altcha
from sqlalchemy import select

from idp.members.letter_queue import letter_context
from idp.store.tables_members import LetterRow
from tests.support.cast import MEMBER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider

NEW = "pluie-tambour-sapin-9"
ASKED = {"situation": MEMBER.situation, "dossier": MEMBER.dossier}


def work(provider: Provider) -> None:
    """Let the worker do everything that is due, what that makes due included."""
    while provider.application.worker._deliver():
        pass


def messages(provider: Provider, to: str = "") -> list[EmailMessage]:
    """Return what the mailbox holds, in no order; of one address where it is given: reading all takes its time."""
    work(provider)
    folder = provider.application.settings.mail.directory
    held = (path.read_bytes() for path in sorted(folder.glob("*.eml")))
    wanted = (one for one in held if to.encode() in one)
    found = [email.message_from_bytes(one, EmailMessage, policy=email.policy.default) for one in wanted]
    return [one for one in found if not to or one["To"] == to]


def text_of(message: EmailMessage) -> str:
    """Return the text part of a message."""
    part = message.get_body(("plain",))
    return "" if part is None else str(part.get_content())


def mailed_secrets(provider: Provider, to: str = "") -> list[str]:
    """Return the provisional passwords in the mailbox."""
    return [found[0] for one in messages(provider, to) if (found := re.search(r"(?:\w{4}-){3}\w{4}", text_of(one)))]


def posted_secrets(provider: Provider) -> list[str]:
    """Return the provisional passwords in the letters that wait to be printed, the oldest first."""
    work(provider)
    with provider.application.store.reading() as unit:
        waiting = select(LetterRow.id, LetterRow.sealed).where(LetterRow.sealed.is_not(None))
        rows = unit.session.execute(waiting.order_by(LetterRow.created_at)).all()
    unseal = provider.application.sealer.unseal
    return [json.loads(unseal(row.sealed, letter_context(row.id)))["secret"] for row in rows]


def ask(browser: Browser, page: Page | None = None, **fields: str) -> Page:
    """Fill the first page, prove to be no machine, and return the delivery page."""
    shown = page or browser.get("/mot-de-passe-oublie")
    return browser.submit(shown, {**ASKED, **ticked(shown), **fields}, "reset")


def ticked(page: Page) -> dict[str, str]:
    """Return what a browser with scripts sends once the box is ticked: the solved challenge of the page."""
    found = re.search(r'data-challenge="([^"]*)"', page.text)
    if found is None:
        return {}
    challenge = altcha.Challenge.from_dict(json.loads(html.unescape(found[1])))
    solution = altcha.solve_challenge(challenge)
    return {"captcha": "on", "captcha_proof": altcha.Payload(challenge, solution).to_base64() if solution else ""}


def choose(browser: Browser, page: Page, channel: str = "email") -> Page:
    """Choose the delivery and return the last page."""
    return browser.submit(page, {"channel": channel}, "choose-delivery")


def mailed(provider: Provider, browser: Browser, **fields: str) -> str:
    """Ask for a provisional password by e-mail, and return the one that arrives."""
    before = set(mailed_secrets(provider))
    choose(browser, ask(browser, None, **fields))
    (secret,) = set(mailed_secrets(provider)) - before
    return secret


def keep(browser: Browser, page: Page, password: str = NEW, **fields: str) -> Page:
    """Fill the form that asks for a personal password."""
    return browser.submit(page, {"password": password, "confirmation": password, **fields}, "choose-password")


def member(provider: Provider, dossier: str, password: str | None = None, **changes: object) -> str:
    """Make a dossier like the cast's member's and return its account."""
    return provider.application.dossiers.upsert(replace(MEMBER, dossier=dossier, **changes), password).id  # type: ignore[arg-type]  # any field
