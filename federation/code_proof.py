"""Proving a dossier by a code that goes to its e-mail address: the page that names a dossier, then takes the code.

A number that is unknown, shut, or plainly somebody else's is answered like one that is this person's: the same page,
an invented address, and no message. So nobody learns whether a number exists, and nobody's mailbox is filled by a
stranger.
"""

from federation import notices
from federation.contact_code import Asked, ContactCodes
from federation.forms import CodeForm
from federation.journey import Journey
from federation.linking import Proven, decide_proven
from federation.pivot import compare
from federation.proofs import offered, others, path
from federation.recognition import Recognition
from federation.steps import Go, Page, Step, way_back
from federation.transactions import LINK_SECONDS, PendingLink, key_of
from idp.records import dataclass
from idp.upstream import AccountFacts
from idp.upstream_ports import BrowserDoor

DAILY = 5
"""Messages with a code that one account receives in a day."""
_DAY = 86400


@dataclass(frozen=True, slots=True)
class CodeProof:
    """The page of codes."""

    journey: Journey
    recognition: Recognition
    codes: ContactCodes

    def page(self, door: BrowserDoor, handle: str) -> Step:
        """Show what comes next: naming a dossier, or typing the code."""
        pending = self._waiting(door, handle)
        if isinstance(pending, Page):
            return pending
        return self._show(door, handle, pending, CodeForm())

    def ask(self, door: BrowserDoor, handle: str, form: CodeForm) -> Step:
        """Send a code to the dossier that is named, if it may be this person's; the page tells nothing of that."""
        browser, pending = door.browser_id(), self._waiting(door, handle)
        if isinstance(pending, Page):
            return pending
        if not door.check_csrf(_csrf(handle)):
            return self._show(door, handle, pending, form.failed(notices.PROOF_STALE))
        own = self._own(pending)
        if own is not None:
            form = CodeForm(own.situation, own.dossier)
        if form.errors:
            return self._show(door, handle, pending, form)
        if not self.codes.admit(browser, handle):
            return self._show(door, handle, pending, form.failed(notices.CODE_OFTEN))
        if not self._send(browser, handle, pending, form):
            return self._show(door, handle, pending, form.failed(notices.CODE_OFTEN))
        return Go(path("contact_code", handle))

    def other(self, door: BrowserDoor, handle: str) -> Step:
        """Name another dossier."""
        if door.check_csrf(_csrf(handle)):
            self.codes.forget(door.browser_id(), handle)
        return Go(path("contact_code", handle))

    def answer(self, door: BrowserDoor, handle: str, form: CodeForm) -> Step:
        """Take the code; the right one links and goes on."""
        browser, ports, pending = door.browser_id(), self.journey.ports, self._waiting(door, handle)
        if isinstance(pending, Page):
            return pending
        if not door.check_csrf(_csrf(handle)):
            return self._show(door, handle, pending, form.failed(notices.PROOF_STALE))
        if form.errors:
            return self._show(door, handle, pending, form)
        asked = self.codes.look(browser, handle)
        verdict = self.codes.check(browser, handle, form.code)
        if asked is None or verdict != "right":
            told = notices.CODE_WRONG if verdict == "wrong" else notices.CODE_GONE
            ports.audit("federation.proof", outcome="failed", reason=f"code_{verdict}")
            return self._show(door, handle, pending, CodeForm().failed(told))
        if self.journey.pending.spend(browser, "proof", handle) is None:
            return Go(way_back(door, pending))
        account = ports.accounts.by_id(asked.account_id)
        if account is None:
            return self.journey.tell_on(door, notices.SHUT, pending)
        return self.recognition.proven(door, pending, account)

    def _send(self, browser: str, handle: str, pending: PendingLink, form: CodeForm) -> bool:
        """Keep a code, and send it where it may go; return False when the account has had enough of them today."""
        ports, code = self.journey.ports, self.codes.draw()
        sender = ports.codes
        if sender is None:
            return False
        account = ports.accounts.by_number(form.situation, form.dossier)
        to = account.account_id if account is not None and self._may_be(pending, account) else ""
        now = ports.clock()
        if to and ports.kv.increment(key_of("code-day", to, str(now // _DAY)), _DAY) > DAILY:
            return False
        masked = sender.masked(form.situation, form.dossier, to or None)
        self.codes.keep(browser, handle, Asked(form.situation, form.dossier, masked, to, code))
        ports.audit("federation.code", account_id=to or None, outcome="ok" if to else "not_sent")
        if not to:
            return True
        with ports.transaction() as session:
            sender.send(
                session,
                account_id=to,
                code=code,
                provider=self.journey.upstream.label,
                expires_at=now + LINK_SECONDS,
                key=f"link-code:{ports.random(16).hex()}",
            )
        return True

    def _may_be(self, pending: PendingLink, account: AccountFacts) -> bool:
        return isinstance(decide_proven(account, compare(pending.civil, account.civil)), Proven)

    def _waiting(self, door: BrowserDoor, handle: str) -> PendingLink | Page:
        if "contact_code" not in offered(self.journey.policy, self.journey.ports):
            return self.journey.lost(door)
        return self.recognition.waiting(door, handle)

    def _own(self, pending: PendingLink) -> AccountFacts | None:
        """Return the account of the member who links; None for a person who signs in, who names a dossier."""
        return None if pending.member is None else self.journey.ports.accounts.by_id(pending.member.account_id)

    def _show(self, door: BrowserDoor, handle: str, pending: PendingLink, form: CodeForm) -> Page:
        asked = self.codes.look(door.browser_id(), handle)
        context = {
            "action": path("contact_code", handle),
            "csrf": door.csrf(_csrf(handle)),
            "form": form,
            "asked": None if asked is None else _shown(asked),
            "own": pending.member is not None,
            **others(self.journey.policy, self.journey.ports, handle, "contact_code"),
            "cancel_url": way_back(door, pending),
            "interaction": pending.interaction,
        }
        return Page("federation/code.html", context)


def _shown(asked: Asked) -> dict[str, str | None]:
    return {"situation": asked.situation, "dossier": asked.dossier, "masked": asked.masked}


def _csrf(handle: str) -> str:
    return f"federation:code:{handle}"
