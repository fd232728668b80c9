"""Links that prove an address, on both databases."""

from idp.store.db import Store, once
from idp.store.email_proofs import EmailProof, PendingProof
from tests.support.records import with_account
from tests.support.threads import at_once

PROOF = EmailProof("a" * 64, "account", "new@example.org")


def test_a_link_is_followed_once(store: Store) -> None:
    """Of twenty presses one counts; afterwards and after its time there is no link."""
    with_account(store)
    with store.begin() as unit:
        unit.email_proofs.replace(PROOF, now=1000, expires_at=2000)

    def spend(_number: int) -> bool:
        def work() -> bool:
            with store.begin() as unit:
                return unit.email_proofs.spend(PROOF.digest, 1500)

        return once(work, attempts=10)

    with store.reading() as unit:
        assert PROOF == unit.email_proofs.live(PROOF.digest, 1999)
        assert unit.email_proofs.live(PROOF.digest, 2000) is None
    assert 1 == sum(at_once(20, spend))
    with store.begin() as unit:
        assert unit.email_proofs.live(PROOF.digest, 1500) is None
        assert [0, 1] == [unit.email_proofs.purge(2000), unit.email_proofs.purge(2001)]


def test_a_newer_link_ends_the_older(store: Store) -> None:
    """Only the last address asked for can still be proven."""
    with_account(store)
    newer = EmailProof("b" * 64, "account", "newer@example.org")
    for proof in (PROOF, newer):
        with store.begin() as unit:
            unit.email_proofs.replace(proof, now=1000, expires_at=2000)
    with store.reading() as unit:
        assert unit.email_proofs.live(PROOF.digest, 1500) is None
        assert newer == unit.email_proofs.live(newer.digest, 1500)


def test_what_waits_is_known_and_can_be_given_up(store: Store) -> None:
    """The last address waits until its time; each link of the day counts, whatever became of it."""
    with_account(store)
    with store.begin() as unit:
        for number, digest in enumerate("ab"):
            unit.email_proofs.replace(EmailProof(digest * 64, "account", f"{digest}@x.org"), now=number, expires_at=9)
        assert PendingProof("b@x.org", 9) == unit.email_proofs.pending("account", 8)
        assert unit.email_proofs.pending("account", 9) is None
        assert [2, 1, 0] == [unit.email_proofs.sent_since("account", since) for since in (-1, 0, 1)]
        assert 1 == unit.email_proofs.cancel("account", 5)
        assert unit.email_proofs.pending("account", 5) is None
        assert unit.email_proofs.live("b" * 64, 5) is None
        assert 2 == unit.email_proofs.sent_since("account", -1)
