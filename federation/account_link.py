"""Linking an identity from the account: a member who is signed in goes to the upstream and comes back with it.

The trip belongs to one browser, one member and one session; when it ends the session must still be the same, and its
sign-in still recent. Nothing here opens a session: the member has one.
"""

from dataclasses import replace

from federation import links, notices
from federation.arrival import Arrival
from federation.attachment import Already, AskProof, Attach, Attachment, Present, Refuse, decide_attachment
from federation.franceconnect_upstream import FranceConnectUpstream
from federation.linking import LinkConflict, Person, establish
from federation.pivot import compare
from federation.proofs import first_path
from federation.steps import Action, Go, Page, Step, notice
from federation.transactions import PendingLinks
from idp.records import dataclass
from idp.upstream import AccountFacts
from idp.upstream_ports import BrowserDoor, Ports

_TOLD = {"somebody_else": notices.NOT_YOURS, "another_person": notices.NOT_YOURS, "not_active": notices.SHUT}


@dataclass(frozen=True, slots=True)
class AccountLink:
    """Decides what an identity that comes back is to the member's account, and does it."""

    upstream: FranceConnectUpstream
    pending: PendingLinks
    ports: Ports

    def settle(self, door: BrowserDoor, arrival: Arrival) -> Step:
        """Link, ask for a proof, or refuse."""
        account = self.account(door, arrival)
        if account is None:
            return self.expired(door)
        # The upstream's own session began with this trip: signing out here must end it too.
        door.hold(self.upstream.name, arrival.id_token)
        comparison = compare(arrival.civil, account.civil)
        decision = self._decide(arrival, account)
        if isinstance(decision, Attach):
            person = Person(self.upstream.settings.issuer, arrival.sub, self.upstream.label)
            try:
                establish(self.ports, person, account, method="account", comparison=comparison)
            except LinkConflict:
                decision = Refuse("another_identity")
        if isinstance(decision, Attach | Already):
            return Go(door.identities_url("linked"))
        self.ports.audit(
            "federation.link",
            account_id=account.account_id,
            outcome="not_linked",
            reason=decision.reason,
            **comparison.reasons(),
        )
        if isinstance(decision, AskProof):
            handle = self.pending.park(door.browser_id(), arrival.waiting(self.upstream.settings.issuer, "proof"))
            return Go(first_path(self.upstream.policy, self.ports, handle))
        return self.tell(door, _TOLD.get(decision.reason, notices.OTHER_LINKED))

    def account(self, door: BrowserDoor, arrival: Arrival) -> AccountFacts | None:
        """Return the account of the member who left, if it is still theirs to change: same session, recent sign-in."""
        member = door.member()
        if member is None or member != arrival.member:
            return None
        return self.ports.accounts.by_id(member.account_id)

    def expired(self, door: BrowserDoor) -> Page:
        """Say that this cannot be finished, and that it may be begun again."""
        self.ports.audit("federation.link", outcome="refused", reason="session_changed")
        return self.over(door)

    def over(self, door: BrowserDoor) -> Page:
        """Say the same where nothing was begun here, or is no more: no member is known whose trail could tell of it."""
        return self.tell(door, notices.LINK_EXPIRED)

    def tell(self, door: BrowserDoor, what: notices.Notice) -> Page:
        """Show a notice with the way back to the account, which is open and unchanged."""
        kept = tuple(one for one in what.paragraphs if one != notices.PASSWORD_STAYS)
        words = replace(what, paragraphs=(*kept, notices.NOTHING_LINKED), contact=False)
        return notice(door, words, Action(notices.ACCOUNT, door.identities_url(), primary=True))

    def _decide(self, arrival: Arrival, account: AccountFacts) -> Attachment:
        issuer = self.upstream.settings.issuer
        with self.ports.reading() as session:
            now = links.of_accounts(session, issuer, [account.account_id]).get(account.account_id)
            opened = [link.account_id for link in links.of_person(session, issuer, arrival.sub)]
        present: Present = "none" if now is None else "same" if now.sub == arrival.sub else "other"
        others = [self.ports.accounts.by_id(one) for one in opened if one != account.account_id]
        return decide_attachment(
            account,
            compare(arrival.civil, account.civil),
            present,
            [compare(other.civil, account.civil) for other in others if other is not None],
        )
