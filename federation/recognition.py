"""The two pages between FranceConnect and the session: prove a dossier, or choose one of several.

Both work on a pending link that only this browser can open, and spend it when they are done. A
password proves control of a dossier; it is checked by the provider, with the delays of the sign-in
page (N-098), and tells an unknown dossier, a wrong password and a closed account by the same words.
A right password that may not be used any more leads where the sign-in page leads with it.
"""

from federation import links, notices
from federation.forms import ProofForm
from federation.franceconnect_upstream import BASE
from federation.journey import Journey
from federation.linking import LinkConflict, Refused, decide_proven, establish
from federation.pivot import compare
from federation.proofs import first_path, offered, others, path
from federation.steps import Finish, Go, Page, Step, way_back
from federation.transactions import PendingLink
from idp.protocol.errors import Unavailable
from idp.records import dataclass
from idp.upstream import AccountFacts, Status
from idp.upstream_ports import BrowserDoor

MAX_ATTEMPTS = 10
_OPEN: Status = "active"
_REFUSALS = {"somebody_else": notices.SOMEBODY_ELSE, "other_account": notices.OTHER_ACCOUNT}
_SITUATIONS = {"affilie": notices.AFFILIE, "ayant_droit": notices.AYANT_DROIT}


@dataclass(frozen=True, slots=True)
class Recognition:
    """Finishes what `Journey` could not decide alone."""

    journey: Journey

    def proof_page(self, door: BrowserDoor, handle: str) -> Step:
        """Show the proof form."""
        pending = self.waiting(door, handle)
        if isinstance(pending, Page):
            return pending
        if "password" not in offered(self.journey.policy, self.journey.ports):
            return Go(first_path(self.journey.policy, self.journey.ports, handle))
        return self._proof_form(door, handle, pending, ProofForm())

    def prove(self, door: BrowserDoor, handle: str, form: ProofForm) -> Step:
        """Check a dossier number and password, once right: link and sign in."""
        browser, ports = door.browser_id(), self.journey.ports
        pending = self.waiting(door, handle)
        if isinstance(pending, Page):
            return pending
        if "password" not in offered(self.journey.policy, self.journey.ports):
            return Go(first_path(self.journey.policy, self.journey.ports, handle))
        if not door.check_csrf(_csrf("preuve", handle)):
            return self._proof_form(door, handle, pending, form.failed(notices.PROOF_STALE))
        if form.errors:
            return self._proof_form(door, handle, pending, form)
        if not self.journey.pending.attempt(browser, handle, MAX_ATTEMPTS):
            # Not spent: one of those before may be the right one, and under way still.
            ports.audit("federation.proof", outcome="refused", reason="too_many_attempts")
            return self.journey.tell_on(door, notices.EXPIRED, pending)
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
        if checked.why:
            # Nothing is linked by it; the proof page waits while the member asks for another password.
            ports.audit("federation.proof", outcome="failed", reason="must_reset")
            return Go(door.reset_url(form.situation, form.dossier, pending.interaction, checked.why))
        if checked.account is None or checked.account.status != _OPEN:
            ports.audit("federation.proof", outcome="failed", reason="wrong_password")
            told = notices.PROOF_WAIT if checked.retry_after else notices.PROOF_WRONG
            return self._proof_form(door, handle, pending, form.failed(told), delay=checked.retry_after)
        if self.journey.pending.spend(browser, "proof", handle) is None:
            return Go(way_back(door, pending))
        return self.proven(door, pending, checked.account)

    def choice_page(self, door: BrowserDoor, handle: str) -> Step:
        """Show the dossiers of this person."""
        pending = self.journey.pending.look(door.browser_id(), "choice", handle)
        if pending is None:
            return self.journey.lost(door)
        return self._choice_form(door, handle, pending)

    def choose(self, door: BrowserDoor, handle: str, account_id: str) -> Step:
        """Open the dossier that was chosen; link it if it was recognised but not linked yet."""
        browser = door.browser_id()
        pending = self.journey.pending.look(browser, "choice", handle)
        if pending is None:
            return self.journey.lost(door)
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
            held_back = links.held_back(session, pending.issuer, [account.account_id])
        if any(link.account_id == account.account_id for link in linked):
            return True
        comparison = compare(pending.civil, account.civil)
        if comparison.outcome != "sure" or held_back or not self.journey.policy.automatic:
            return False
        person = self.journey.person(pending.sub)
        try:
            establish(ports, person, account, method="auto", comparison=comparison)
        except LinkConflict:
            return False
        return True

    def waiting(self, door: BrowserDoor, handle: str) -> PendingLink | Page:
        """Return what waits for a proof in this browser; for a member, only in the session that left for it."""
        pending = self.journey.pending.look(door.browser_id(), "proof", handle)
        if pending is None or self.journey.pending.tried_out(door.browser_id(), handle):
            return self.journey.lost(door)
        if pending.member is not None and pending.member != door.member():
            return self.journey.account_link.expired(door)
        return pending

    def proven(self, door: BrowserDoor, pending: PendingLink, account: AccountFacts) -> Step:
        """Link what was proven, by whatever proof, unless it is plainly somebody else's; then go on."""
        ports, member = self.journey.ports, pending.member
        comparison = compare(pending.civil, account.civil)
        verdict = decide_proven(account, comparison)
        if member is not None and member.account_id != account.account_id:
            # A member links to the account that is open, not to another one whose password they also know.
            verdict = Refused("other_account")
        if isinstance(verdict, Refused):
            ports.audit(
                "federation.proof",
                account_id=account.account_id,
                outcome="refused",
                reason=verdict.reason,
                provider=self.journey.upstream.name,
                network=door.network(),
            )
            return self.journey.tell_on(door, _REFUSALS.get(verdict.reason, notices.SHUT), pending)
        person = self.journey.person(pending.sub)
        try:
            # The session that links it goes on, where it is a member's own.
            but = member.session if member is not None else ""
            establish(ports, person, account, method="proof", comparison=comparison, but=but)
        except LinkConflict:
            # Two people proved the same dossier at the same moment: the other was first.
            return self.journey.tell_on(door, notices.SHUT, pending)
        self.journey.upstream.desk.settled(pending.sub, account.account_id)
        if member is not None:
            return Go(door.identities_url("linked"))
        # What was open may have ended with an older link: this sign-in counts from then on.
        current = ports.accounts.by_id(account.account_id) or account
        return Finish(self.journey.outcome(pending, current), pending.interaction)

    def _proof_form(
        self,
        door: BrowserDoor,
        handle: str,
        pending: PendingLink,
        form: ProofForm,
        *,
        status: int = 200,
        retry_after: int = 0,
        delay: int = 0,
    ) -> Page:
        context = {
            "action": path("password", handle),
            "csrf": door.csrf(_csrf("preuve", handle)),
            "identity": {
                "given_name": " ".join(pending.civil.given_names),
                "family_name": pending.civil.birth_name,
            },
            "form": form,
            **others(self.journey.policy, self.journey.ports, handle, "password"),
            "cancel_url": way_back(door, pending),
            "interaction": pending.interaction,
            "delay_seconds": delay,
        }
        return Page("federation/prove.html", context, status, retry_after or delay)

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
