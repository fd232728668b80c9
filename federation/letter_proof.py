"""Proving a dossier by a code that comes by letter: asked for today, typed when it has come, days later.

No browser waits for days, so the code is bound to the person of the upstream, the dossier and this purpose
(`idp.upstream_codes.LetterCodes`), and is typed in a pending link as fresh as any other: its holder comes back
through the upstream first. A number that is nobody's, shut or plainly another's is answered like one that is this
person's, and no letter goes.
"""

import json
from typing import Final

from federation import notices
from federation.forms import LetterForm
from federation.journey import Journey
from federation.linking import Proven, decide_proven
from federation.pivot import compare
from federation.proofs import offered, others, path
from federation.recognition import MAX_ATTEMPTS, Recognition
from federation.steps import Go, Page, Step, way_back
from federation.transactions import LINK_SECONDS, PendingLink, digest_of, key_of
from idp.records import dataclass
from idp.upstream import AccountFacts
from idp.upstream_codes import LetterCodes
from idp.upstream_ports import BrowserDoor

DAILY: Final = 5
"""Letters that one person may ask for in a day, whatever the dossiers."""
_DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class LetterProof:
    """The page of codes by letter."""

    journey: Journey
    recognition: Recognition

    def page(self, door: BrowserDoor, handle: str) -> Step:
        """Show both halves: typing a code that has come, asking for one."""
        pending = self._waiting(door, handle)
        if isinstance(pending, Page):
            return pending
        return self._show(door, handle, pending, LetterForm())

    def ask(self, door: BrowserDoor, handle: str, form: LetterForm) -> Step:
        """Send a letter to the dossier that is named, if it may be this person's; the page tells nothing of that."""
        ports, pending = self.journey.ports, self._waiting(door, handle)
        letters = ports.letters
        if isinstance(pending, Page) or letters is None:
            return pending if isinstance(pending, Page) else self.journey.lost(door)
        if not door.check_csrf(_csrf(handle)):
            return self._show(door, handle, pending, form.failed(notices.PROOF_STALE))
        if pending.member is not None and (own := ports.accounts.by_id(pending.member.account_id)) is not None:
            form = LetterForm(own.situation, own.dossier)
        if form.errors:
            return self._show(door, handle, pending, form)
        day = key_of("letters", self._person(pending), str(ports.clock() // _DAY))
        if ports.kv.increment(day, _DAY) > DAILY:
            return self._show(door, handle, pending, form.failed(notices.LETTER_OFTEN))
        if not self._send(letters, pending, form):
            return self._show(door, handle, pending, form.failed(notices.LETTER_FULL))
        self._note(door, handle, form)
        return Go(path("letter_code", handle))

    def other(self, door: BrowserDoor, handle: str) -> Step:
        """Name another dossier: the number may have been mistyped."""
        if door.check_csrf(_csrf(handle)):
            self.journey.ports.kv.delete(self._key(door, handle))
        return Go(path("letter_code", handle))

    def answer(self, door: BrowserDoor, handle: str, form: LetterForm) -> Step:
        """Take the code of a letter; the right one links and goes on."""
        browser, ports, pending = door.browser_id(), self.journey.ports, self._waiting(door, handle)
        letters = ports.letters
        if isinstance(pending, Page) or letters is None:
            return pending if isinstance(pending, Page) else self.journey.lost(door)
        if not door.check_csrf(_csrf(handle)):
            return self._show(door, handle, pending, form.failed(notices.PROOF_STALE))
        if form.errors:
            return self._show(door, handle, pending, form)
        if not self.journey.pending.attempt(browser, handle, MAX_ATTEMPTS):
            # Not spent: one of those before may be the right one, and under way still.
            ports.audit("federation.proof", outcome="refused", reason="too_many_attempts")
            return self.journey.tell_on(door, notices.EXPIRED, pending)
        with ports.transaction() as session:
            found = letters.spend(session, person=self._person(pending), typed=form.code)
        if found is None:
            # Wrong, spent, tried out or never sent: one answer, or it would tell whose number was named.
            ports.audit("federation.proof", outcome="failed", reason="letter_code")
            return self._show(door, handle, pending, LetterForm().failed(notices.LETTER_WRONG))
        if self.journey.pending.spend(browser, "proof", handle) is None:
            return Go(way_back(door, pending))
        account = ports.accounts.by_id(found)
        if account is None:
            return self.journey.tell_on(door, notices.SHUT, pending)
        return self.recognition.proven(door, pending, account)

    def _send(self, letters: LetterCodes, pending: PendingLink, form: LetterForm) -> bool:
        """Queue a letter where one may go; return False when the post takes none today, whoever asks."""
        ports = self.journey.ports
        account = ports.accounts.by_number(form.situation, form.dossier)
        to = account.account_id if account is not None and _may_be(pending, account) else ""
        with ports.transaction() as session:
            if not letters.open(session):
                return False
            sent = bool(to) and letters.send(
                session, account_id=to, person=self._person(pending), provider=self.journey.upstream.label
            )
        ports.audit("federation.letter_code", account_id=to or None, outcome="ok" if sent else "not_sent")
        return True

    def _person(self, pending: PendingLink) -> str:
        return digest_of(self.journey.upstream.name, pending.issuer, pending.sub)

    def _waiting(self, door: BrowserDoor, handle: str) -> PendingLink | Page:
        if "letter_code" not in offered(self.journey.policy, self.journey.ports):
            return self.journey.lost(door)
        return self.recognition.waiting(door, handle)

    def _note(self, door: BrowserDoor, handle: str, form: LetterForm) -> None:
        key = self._key(door, handle)
        value = json.dumps({"situation": form.situation, "dossier": form.dossier}).encode()
        self.journey.ports.kv.set(key, self.journey.ports.seal.seal(value, key.encode()), LINK_SECONDS)

    def _asked(self, door: BrowserDoor, handle: str) -> dict[str, str] | None:
        key = self._key(door, handle)
        sealed = self.journey.ports.kv.get(key)
        if sealed is None:
            return None
        try:
            asked: dict[str, str] = json.loads(self.journey.ports.seal.unseal(sealed, key.encode()))
        except ValueError:
            return None
        return asked

    def _key(self, door: BrowserDoor, handle: str) -> str:
        return key_of("letter-asked", self.journey.upstream.name, door.browser_id(), handle)

    def _show(self, door: BrowserDoor, handle: str, pending: PendingLink, form: LetterForm) -> Page:
        context = {
            "action": path("letter_code", handle),
            "csrf": door.csrf(_csrf(handle)),
            "form": form,
            "asked": self._asked(door, handle),
            "own": pending.member is not None,
            **others(self.journey.policy, self.journey.ports, handle, "letter_code"),
            "cancel_url": way_back(door, pending),
            "interaction": pending.interaction,
        }
        return Page("federation/letter.html", context)


def _may_be(pending: PendingLink, account: AccountFacts) -> bool:
    return isinstance(decide_proven(account, compare(pending.civil, account.civil)), Proven)


def _csrf(handle: str) -> str:
    return f"federation:letter:{handle}"
