"""The two pages between FranceConnect and the session: prove a dossier, or choose one of several.

Both work on a pending link that only this browser can open, and spend it when they are done. A
password proves control of a dossier; it is checked by the provider, with the delays of the sign-in
page (N-098), and tells an unknown dossier, a wrong password and a closed account by the same words.
"""

from dataclasses import dataclass

from federation import links, notices
from federation.forms import ProofForm
from federation.franceconnect_upstream import BASE
from federation.journey import Journey
from federation.linking import LinkConflict, Refused, decide_proven, establish
from federation.pivot import compare
from federation.steps import Finish, Go, Page, Step
from federation.transactions import PendingLink
from idp.protocol.errors import Unavailable
from idp.upstream import AccountFacts, BrowserDoor, Status

MAX_ATTEMPTS = 10
_OPEN: Status = "active"
_SITUATIONS = {"affilie": notices.AFFILIE, "ayant_droit": notices.AYANT_DROIT}


@dataclass(frozen=True, slots=True)
class Recognition:
    """Finishes what `Journey` could not decide alone."""

    journey: Journey

    def proof_page(self, door: BrowserDoor, handle: str) -> Step:
        """Show the proof form."""
        pending = self.journey.pending.look(door.browser_id(), "proof", handle)
        if pending is None:
            return self.journey.tell(door, notices.EXPIRED, None)
        return self._proof_form(door, handle, pending, ProofForm())

    def prove(self, door: BrowserDoor, handle: str, form: ProofForm) -> Step:
        """Check a dossier number and password, once right: link and sign in."""
        browser, ports = door.browser_id(), self.journey.ports
        pending = self.journey.pending.look(browser, "proof", handle)
        if pending is None:
            return self.journey.tell(door, notices.EXPIRED, None)
        if not door.check_csrf(_csrf("preuve", handle)):
            return self._proof_form(door, handle, pending, form.failed(notices.PROOF_STALE))
        if form.errors:
            return self._proof_form(door, handle, pending, form)
        if self.journey.pending.attempt(browser, handle) > MAX_ATTEMPTS:
            self.journey.pending.spend(browser, "proof", handle)
            ports.audit("federation.proof", outcome="refused", reason="too_many_attempts")
            return self.journey.tell(door, notices.EXPIRED, pending.interaction)
        try:
            checked = ports.accounts.check_password(
                situation=form.situation,
                dossier=form.dossier,
                password=form.password,
                network=door.network(),
            )
        except Unavailable as busy:
            waiting = form.failed(notices.PROOF_BUSY)
            return self._proof_form(door, handle, pending, waiting, status=503, retry_after=busy.retry_after)
        if checked.account is None or checked.account.status != _OPEN:
            ports.audit("federation.proof", outcome="failed", reason="wrong_password")
            told = notices.PROOF_WAIT if checked.retry_after else notices.PROOF_WRONG
            return self._proof_form(door, handle, pending, form.failed(told), retry_after=checked.retry_after)
        if self.journey.pending.spend(browser, "proof", handle) is None:
            return Go(door.sign_in_url(pending.interaction))
        return self._proven(door, pending, checked.account)

    def choice_page(self, door: BrowserDoor, handle: str) -> Step:
        """Show the dossiers of this person."""
        pending = self.journey.pending.look(door.browser_id(), "choice", handle)
        if pending is None:
            return self.journey.tell(door, notices.EXPIRED, None)
        return self._choice_form(door, handle, pending)

    def choose(self, door: BrowserDoor, handle: str, account_id: str) -> Step:
        """Open the dossier that was chosen; link it if it was recognised but not linked yet."""
        browser = door.browser_id()
        pending = self.journey.pending.look(browser, "choice", handle)
        if pending is None:
            return self.journey.tell(door, notices.EXPIRED, None)
        if not door.check_csrf(_csrf("dossier", handle)):
            return self._choice_form(door, handle, pending, notices.PROOF_STALE)
        if account_id not in pending.accounts:
            return self._choice_form(door, handle, pending, notices.CHOICE_REQUIRED)
        if self.journey.pending.spend(browser, "choice", handle) is None:
            return Go(door.sign_in_url(pending.interaction))
        account = self.journey.ports.accounts.by_id(account_id)
        if account is None or account.status != _OPEN or not self._may_open(pending, account):
            return self.journey.tell(door, notices.SHUT, pending.interaction)
        return Finish(self.journey.outcome(pending, account), pending.interaction)

    def _may_open(self, pending: PendingLink, account: AccountFacts) -> bool:
        """Whether a chosen dossier is linked, or may be linked now; looked at again, not believed."""
        ports = self.journey.ports
        with ports.reading() as session:
            linked = links.of_person(session, pending.issuer, pending.sub)
        if any(link.account_id == account.account_id for link in linked):
            return True
        comparison = compare(pending.civil, account.civil)
        if comparison.outcome != "sure":
            return False
        person = self.journey.person(pending.sub)
        try:
            establish(ports, person, account, method="auto", comparison=comparison)
        except LinkConflict:
            return False
        return True

    def _proven(self, door: BrowserDoor, pending: PendingLink, account: AccountFacts) -> Step:
        ports = self.journey.ports
        comparison = compare(pending.civil, account.civil)
        verdict = decide_proven(account, comparison)
        if isinstance(verdict, Refused):
            ports.audit(
                "federation.proof",
                account_id=account.account_id,
                outcome="refused",
                reason=verdict.reason,
            )
            what = notices.SOMEBODY_ELSE if verdict.reason == "somebody_else" else notices.SHUT
            return self.journey.tell(door, what, pending.interaction)
        person = self.journey.person(pending.sub)
        try:
            establish(ports, person, account, method="proof", comparison=comparison)
        except LinkConflict:
            # Two people proved the same dossier at the same moment: the other was first.
            return self.journey.tell(door, notices.SHUT, pending.interaction)
        return Finish(self.journey.outcome(pending, account), pending.interaction)

    def _proof_form(
        self,
        door: BrowserDoor,
        handle: str,
        pending: PendingLink,
        form: ProofForm,
        *,
        status: int = 200,
        retry_after: int = 0,
    ) -> Page:
        context = {
            "action": f"{BASE}/preuve?suite={handle}",
            "csrf": door.csrf(_csrf("preuve", handle)),
            "identity": {
                "given_name": " ".join(pending.civil.given_names),
                "family_name": pending.civil.birth_name,
            },
            "form": form,
            "cancel_url": door.sign_in_url(pending.interaction),
            "interaction": pending.interaction,
        }
        return Page("federation/prove.html", context, status, retry_after)

    def _choice_form(self, door: BrowserDoor, handle: str, pending: PendingLink, error: str | None = None) -> Page:
        accounts = [self.journey.ports.accounts.by_id(one) for one in pending.accounts]
        context = {
            "action": f"{BASE}/dossier?suite={handle}",
            "csrf": door.csrf(_csrf("dossier", handle)),
            "dossiers": [
                {
                    "id": a.account_id,
                    "label": a.dossier,
                    "situation": _SITUATIONS.get(a.situation, a.situation),
                }
                for a in accounts
                if a is not None
            ],
            "error": error,
            "cancel_url": door.sign_in_url(pending.interaction),
            "interaction": pending.interaction,
        }
        return Page("web/choose_dossier.html", context)


def _csrf(page: str, handle: str) -> str:
    """Name the form for its token: this page and this pending link, no other."""
    return f"federation:{page}:{handle}"
