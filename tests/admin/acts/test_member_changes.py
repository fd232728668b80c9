"""What the desk does to a member's account: each act once, on record, told, and refused where it must be."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from idp.admin.actor import Actor, ForbiddenError, StaleSignInError
from idp.admin.acts.member_changes import Done, MemberChanges, Why
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.roles import ACTS, Role
from idp.members.dossiers import Dossier
from idp.store.accounts import Account
from idp.store.authenticators import TOTP, Authenticator
from idp.store.tables import AccountRow
from tests.support.activation import mailed_secrets, messages, posted_secrets, text_of, work
from tests.support.administration import ANGELA, FIRST, SECOND, administered, recorded, waiting
from tests.support.cast import MEMBER
from tests.support.provider import Provider, running

WHY = Why("A perdu son téléphone.", "callback")
FACTS = {"reason": WHY.reason, "identified": "callback", "actor": "a-1", "door": "api"}
DESK = Actor("a-1", frozenset({Role.MEMBERS}), "api", network="192.0.2.1", reference="r-9")

Act = Callable[[MemberChanges, Actor, Why], Done]

ALL: dict[str, Act] = {
    "members.reset": lambda acts, actor, why: acts.reset(actor, MEMBER.dossier, "post", why),
    "members.end_sessions": lambda acts, actor, why: acts.end_sessions(actor, MEMBER.dossier, why),
    "members.unlink": lambda acts, actor, why: acts.unlink(actor, MEMBER.dossier, "franceconnect", why),
    "members.suspend": lambda acts, actor, why: acts.suspend(actor, MEMBER.dossier, "fraud", why),
    "members.resume": lambda acts, actor, why: acts.resume(actor, MEMBER.dossier, why),
    "members.close": lambda acts, actor, why: acts.close(actor, MEMBER.dossier, "departed", why),
    "members.remove_second_factor": lambda acts, actor, why: acts.remove_second_factor(actor, MEMBER.dossier, why),
}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(administered(tmp_path)) as made:
        yield made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One provider for what is refused."""
    with running(administered(tmp_path_factory.mktemp("house"))) as made:
        yield made


def acts(provider: Provider) -> MemberChanges:
    """Return what may be done to its members."""
    return provider.application.acts.desk.changes


def account(provider: Provider, dossier: str = MEMBER.dossier) -> Account:
    """Return an account as it is stored."""
    with provider.application.store.reading() as unit:
        found = unit.accounts.by_dossier(dossier)
    assert found is not None
    return found


def change(provider: Provider, **values: Any) -> None:
    """Write columns of the cast's member, as only a story does."""
    with provider.application.store.begin() as unit:
        mine = AccountRow.dossier == MEMBER.dossier
        unit.session.execute(update(AccountRow).where(mine).values(**values))


def told(provider: Provider) -> set[str]:
    """Return the subjects of the messages of the desk that have left."""
    subjects = {str(one["Subject"]).removeprefix("CARPIMKO").lstrip(" :") for one in messages(provider)}
    return {one for one in subjects if "connexion à votre compte" not in one and "provisoire CARPIMKO" not in one}


def line(provider: Provider, event: str) -> dict[str, Any]:
    """Return the details of the one line of an event."""
    (found,) = recorded(provider, event)
    return dict(found.details)


def with_factor(provider: Provider) -> None:
    """Give the cast's member a second factor and a recovery code."""
    with provider.application.store.begin() as unit:
        known = unit.accounts.by_dossier(MEMBER.dossier)
        assert known is not None
        unit.authenticators.add(Authenticator("codes", known.id, TOTP, "Téléphone", 1000, sealed=b"sealed"))
        unit.recovery_codes.replace(known.id, ["a" * 64], 1000)


def signed_in(provider: Provider) -> Callable[[], bool]:
    """Sign the cast's member in; return whether the session still lives."""
    browser = provider.browser()
    browser.sign_in(browser.get("/connexion"))
    return lambda: "/connexion" not in browser.get("/compte").url


@pytest.mark.parametrize(("channel", "secrets"), [("email", mailed_secrets), ("post", posted_secrets)])
def test_a_provisional_password_goes_to_the_member_alone(
    provider: Provider, channel: Any, secrets: Callable[[Provider], list[str]]
) -> None:
    """By the worker, to the address of the dossier; the record has who had it sent, and nobody's eyes the password."""
    done = acts(provider).reset(DESK, MEMBER.dossier, channel, WHY)
    assert Done(account(provider).id, MEMBER.dossier, told=True) == done
    (secret,) = secrets(provider)
    assert FACTS | {"channel": channel} == line(provider, "member_reset")
    assert secret not in str(recorded(provider)) + str(done)
    assert ("Un mot de passe provisoire vous est envoyé par courrier" in told(provider)) == (channel == "post")


def test_a_second_letter_waits_until_the_first_has_come(provider: Provider) -> None:
    """Under way is said at once; when it has had the time to arrive, another may go."""
    acts(provider).reset(DESK, MEMBER.dossier, "post", WHY)
    work(provider)
    assert "under_way" == refused(lambda: acts(provider).reset(DESK, MEMBER.dossier, "post", WHY))
    provider.clock.forward(3 * 86400 + 1)
    acts(provider).reset(DESK, MEMBER.dossier, "post", WHY)


def test_the_desk_and_the_member_share_a_limit(provider: Provider) -> None:
    """So many requests a day for one dossier, whoever makes them; those of the desk are not done in vain."""
    for _ in range(provider.application.settings.activation.requests_per_dossier):
        acts(provider).reset(DESK, MEMBER.dossier, "email", WHY)
    assert "too_many" == refused(lambda: acts(provider).reset(DESK, MEMBER.dossier, "email", WHY))
    assert 5 == len(recorded(provider, "member_reset"))


@pytest.mark.parametrize(
    ("channel", "columns", "code"),
    [
        ("email", {"email": None}, "no_email"),
        ("email", {"email_changed_at": 1_700_000_000}, "no_email"),
        ("post", {"address": None}, "no_address"),
        ("post", {"address_changed_at": 1_700_000_000}, "no_address"),
        ("post", {"status": "suspended"}, "suspended"),
        ("post", {"status": "closed"}, "closed"),
        ("post", {"status": "deceased"}, "deceased"),
    ],
)
def test_where_nothing_is_sent(house: Provider, channel: Any, columns: dict[str, Any], code: str) -> None:
    """No address, one that changed lately (N-119), a dossier that is not open: said, and nothing is queued."""
    before = account(house)
    change(house, **columns)
    try:
        assert code == refused(lambda: acts(house).reset(DESK, MEMBER.dossier, channel, WHY))
    finally:
        change(house, **{name: getattr(before, name) for name in columns})
    assert [] == recorded(house, "member_reset")


def refused(do: Callable[[], object]) -> str:
    """Return the code of the refusal of an act."""
    with pytest.raises(ConflictError) as refusal:
        do()
    return refusal.value.code


def test_sessions_end(provider: Provider) -> None:
    """The browser is out at once, and the member is told; signing in again is as before."""
    inside = signed_in(provider)
    assert inside()
    acts(provider).end_sessions(DESK, MEMBER.dossier, WHY)
    assert not inside()
    assert FACTS == line(provider, "member_sessions_ended")
    assert "Vos connexions ont été fermées" in told(provider)
    assert signed_in(provider)()


def asked_for(provider: Provider, account_id: str) -> str:
    """Ask for another address, as whoever sits in a session may; return what its link ends in."""
    assert "sent" == provider.application.edge.own.email.ask(account_id, "stranger@example.net", "192.0.2.9")
    (proof,) = messages(provider, "stranger@example.net")
    found = re.search(r"/adresse-e-mail/([\w-]+)", text_of(proof))
    assert found is not None
    return found[1]


@pytest.mark.parametrize("act", sorted(ALL.keys() - {"members.reset", "members.resume"}))
def test_a_change_of_address_does_not_outlive_what_was_open(provider: Provider, act: str) -> None:
    """The link that a stranger asked for in a session works no more when the desk has ended the sessions."""
    case = waiting(provider)
    provider.application.acts.cases.link(DESK, case, FIRST, "Vu.")
    with_factor(provider)
    dossier = FIRST if act == "members.unlink" else MEMBER.dossier
    before = account(provider, dossier)
    token = asked_for(provider, before.id)
    if act == "members.unlink":
        acts(provider).unlink(DESK, FIRST, "franceconnect", WHY)
    else:
        ALL[act](acts(provider), DESK, WHY)
    assert "gone" == provider.application.edge.desk.proving.follow(token, "192.0.2.9")
    assert before.email == account(provider, dossier).email


def test_a_decision_that_is_taken_back_takes_a_change_of_address_with_it(provider: Provider) -> None:
    """The person who was linked to the dossier may have asked for it."""
    case = waiting(provider)
    provider.application.acts.cases.link(DESK, case, FIRST, "Vu.")
    token = asked_for(provider, account(provider, FIRST).id)
    provider.application.acts.cases.undo(DESK, case, "Un autre.")
    assert "gone" == provider.application.edge.desk.proving.follow(token, "192.0.2.9")


def test_a_provisional_password_outlives_what_was_open(provider: Provider) -> None:
    """It goes to the member's own address, often in the same call: ending the sessions does not take it back."""
    acts(provider).reset(DESK, MEMBER.dossier, "post", WHY)
    work(provider)
    acts(provider).end_sessions(DESK, MEMBER.dossier, WHY)
    assert 1 == len(posted_secrets(provider))


def test_an_identity_is_unlinked(provider: Provider) -> None:
    """The link ends with every session; who did it and why stands beside it; a second time there is none."""
    case = waiting(provider)
    provider.application.acts.cases.link(DESK, case, FIRST, "Vu.")
    before = account(provider, FIRST).epoch
    acts(provider).unlink(DESK, FIRST, "franceconnect", WHY)
    assert before + 1 == account(provider, FIRST).epoch
    facts = line(provider, "federation.unlinked")
    assert FACTS == {name: facts[name] for name in FACTS}
    assert "not_linked" == refused(lambda: acts(provider).unlink(DESK, FIRST, "franceconnect", WHY))
    with pytest.raises(UnknownError):
        acts(provider).unlink(DESK, FIRST, "proconnect", WHY)


def test_suspended_and_resumed(provider: Provider) -> None:
    """Nobody signs in, nothing on its way works any more; resumed, the password is what it was."""
    inside = signed_in(provider)
    acts(provider).reset(DESK, MEMBER.dossier, "post", WHY)
    work(provider)
    acts(provider).suspend(DESK, MEMBER.dossier, "fraud", WHY)
    assert ("suspended", "fraud") == (account(provider).status, account(provider).status_held)
    assert [] == posted_secrets(provider)
    assert not inside()
    assert "already" == refused(lambda: acts(provider).suspend(DESK, MEMBER.dossier, "fraud", WHY))
    acts(provider).resume(DESK, MEMBER.dossier, WHY)
    assert ("active", None) == (account(provider).status, account(provider).status_held)
    assert signed_in(provider)()
    lines = [one.details for one in recorded(provider, "dossier_status")]
    assert [FACTS | {"status": "suspended", "cause": "fraud"}, FACTS | {"status": "active"}] == lines
    assert "not_held" == refused(lambda: acts(provider).resume(DESK, MEMBER.dossier, WHY))
    assert {"Votre espace est suspendu", "Votre espace est de nouveau ouvert"} <= told(provider)


def test_closed(provider: Provider) -> None:
    """Closed for good until it is resumed: no other act passes, and an import does not open it."""
    inside = signed_in(provider)
    acts(provider).close(DESK, MEMBER.dossier, "departed", WHY)
    assert ("closed", "departed") == (account(provider).status, account(provider).status_held)
    assert not inside()
    others = {name: partial(act, acts(provider), DESK, WHY) for name, act in ALL.items() if name != "members.resume"}
    codes = {name: refused(act) for name, act in others.items()}
    assert {"members.close": "already"} | dict.fromkeys(codes.keys() - {"members.close"}, "closed") == codes
    acts(provider).resume(DESK, MEMBER.dossier, WHY)
    assert "active" == account(provider).status


def test_the_second_factor_of_a_lost_telephone(provider: Provider) -> None:
    """Factors, recovery codes and every session go; only for a caller who was identified."""
    with_factor(provider)
    before = account(provider)
    with pytest.raises(RefusedError) as refusal:
        acts(provider).remove_second_factor(DESK, MEMBER.dossier, replace(WHY, identified="nobody"))
    assert ("identified", before.epoch) == (refusal.value.member, account(provider).epoch)
    acts(provider).remove_second_factor(DESK, MEMBER.dossier, WHY)
    with provider.application.store.reading() as unit:
        assert ([], 0) == (unit.authenticators.of(before.id), unit.recovery_codes.left(before.id))
    assert before.epoch + 1 == account(provider).epoch
    assert FACTS | {"method": "all"} == line(provider, "factor_removed")
    assert "no_factor" == refused(lambda: acts(provider).remove_second_factor(DESK, MEMBER.dossier, WHY))
    assert "La double authentification est désactivée" in told(provider)


def test_nobody_is_told_without_an_address(provider: Provider) -> None:
    """The act is done all the same, and says that no message goes."""
    change(provider, email=None)
    assert not acts(provider).end_sessions(DESK, MEMBER.dossier, WHY).told
    assert set() == told(provider)


def test_a_message_speaks_the_members_language(provider: Provider) -> None:
    """As chosen on the account's page."""
    change(provider, locale="en")
    acts(provider).end_sessions(DESK, MEMBER.dossier, WHY)
    assert {"Your sessions have been closed"} == told(provider)


def test_the_deceased_are_left_in_peace(house: Provider) -> None:
    """No act passes, so that none opens what the directory closed."""
    dossier = Dossier(SECOND, "affilie", "deceased", ANGELA, None, None, None, {})
    house.application.dossiers.upsert(dossier, None)
    changes = acts(house)
    done = (
        lambda: changes.close(DESK, SECOND, "other", WHY),
        lambda: changes.resume(DESK, SECOND, WHY),
        lambda: changes.end_sessions(DESK, SECOND, WHY),
        lambda: changes.unlink(DESK, SECOND, "franceconnect", WHY),
    )
    assert ["deceased"] * 4 == [refused(one) for one in done]


@pytest.mark.parametrize("name", ALL)
def test_each_act_asks_for_its_role_a_reason_and_a_fresh_sign_in(house: Provider, name: str) -> None:
    """Nobody else's role, no empty reason; what is dangerous needs a recent sign-in at the console."""
    act, changes = ALL[name], acts(house)
    before = (account(house), len(recorded(house)))
    for role in set(Role) - {Role.MEMBERS}:
        with pytest.raises(ForbiddenError):
            act(changes, replace(DESK, roles=frozenset({role})), WHY)
    for why, member in ((replace(WHY, reason=" "), "reason"), (Why("x" * 2001, "visit"), "reason")):
        with pytest.raises(RefusedError) as refusal:
            act(changes, DESK, why)
        assert member == refusal.value.member
    if ACTS[name].dangerous:
        with pytest.raises(StaleSignInError):
            act(changes, replace(DESK, door="console"), WHY)
    assert before == (account(house), len(recorded(house)))


def test_a_number_that_is_nobodys(house: Provider) -> None:
    """Said plainly."""
    with pytest.raises(UnknownError):
        acts(house).end_sessions(DESK, "7654321", WHY)
