"""Proposals seen, approved, refused, over a real provider."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.actor import FRESH_FOR, Actor, ForbiddenError, ProposedError, StaleSignInError, operator
from idp.admin.acts.house import Acts
from idp.admin.acts.keys import EMERGENCY_LIFETIME
from idp.admin.acts.member_changes import Why
from idp.admin.acts.proposals import ProposalActs
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.four_eyes import Arguments, FourEyes
from idp.admin.roles import Role
from tests.support.administration import recorded
from tests.support.cast import ESPACE, MEMBER
from tests.support.provider import Provider, copied_provider, running

LOGIN = "paul@fund.example"
EYES = {
    "four_eyes": [
        "admins.create",
        "admins.change_roles",
        "admins.disable",
        "admins.invite",
        "config.apply",
        "keys.rotate",
        "clients.rotate_secret",
        "clients.update",
        "clients.delete",
        "members.close",
        "members.unlink",
        "members.remove_second_factor",
    ]
}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that wants a second person."""
    with running(copied_provider(tmp_path, admin=EYES)) as made:
        yield made


@pytest.fixture
def acts(provider: Provider) -> Acts:
    """What may be done."""
    return provider.application.acts


def hired(provider: Provider, login: str, *roles: Role) -> Actor:
    """Return an administrator at the console, who was there before anybody asked for four eyes."""
    with provider.application.store.begin() as unit:
        names = [role.value for role in roles]
        unit.administrators.add(
            account_id=login[:1] * 32, subject=login, login=login, name=login, roles=names, now=provider.clock()
        )
    return Actor(login[:1] * 32, frozenset(roles), "console", provider.clock())


def proposed(acts: Acts, by: Actor, login: str = LOGIN) -> str:
    """Let somebody propose an administrator; return the proposal."""
    with pytest.raises(ProposedError) as waits:
        acts.admins.create(by, login, "Paul", {Role.CLIENTS})
    return waits.value.proposal


def program(acts: Acts, by: Actor, client_id: str) -> Actor:
    """Let somebody register a program that may do what the first one may; return it."""
    scope = {"client_name": client_id, "scope": "admin:security admin:clients"}
    acts.clients.create(by, client_id, "machine", scope)
    return Actor(client_id, frozenset({Role.SECURITY, Role.CLIENTS}), "api")


def keeper_and_program(provider: Provider, acts: Acts) -> tuple[Actor, Actor]:
    """Return an administrator, and the program "robot" that they registered."""
    first = hired(provider, "a@fund.example", Role.SECURITY, Role.CLIENTS)
    return first, program(acts, first, "robot")


def gone(acts: Acts, by: Actor, client_id: str) -> None:
    """Let somebody delete an application, with whoever approves it where that is wanted."""
    acts.clients.disable(by, client_id)
    with pytest.raises(ProposedError) as waits:
        acts.clients.delete(by, client_id, "essai")
    acts.proposals.approve(operator("marie"), waits.value.proposal)


def test_two_people_make_an_administrator(provider: Provider, acts: Acts) -> None:
    """Nothing is there before the second has approved; the link is shown to them, and the record has both."""
    first, second = (hired(provider, login, Role.SECURITY) for login in ("a@fund.example", "b@fund.example"))
    kept = proposed(acts, first)
    assert LOGIN not in [one.login for one in acts.admins.list(first)]
    opened = acts.proposals.show(second, kept)
    assert (LOGIN, False, True) == ((opened.arguments or {})["login"], opened.own, opened.decides)
    assert "/administration/invitation/" in acts.proposals.approve(second, kept)
    assert LOGIN in [one.login for one in acts.admins.list(first)]
    (made,) = recorded(provider, "admin_created")
    assert (second.id, first.id, kept) == tuple(made.details[name] for name in ("actor", "proposed_by", "proposal"))
    assert ["proposal_made", "proposal_approved"] == [
        one.event for one in recorded(provider) if one.event in {"proposal_made", "proposal_approved"}
    ]
    closed = acts.proposals.show(first, kept)
    assert ("done", second.id, None) == (closed.proposal.status, closed.proposal.decided_by, closed.arguments)
    with pytest.raises(ConflictError):
        acts.proposals.approve(second, kept)


def test_who_is_no_second_person(provider: Provider, acts: Acts) -> None:
    """Not the first one, not a program, not another role, not an auditor, not a sign-in of an hour ago."""
    first, second = (hired(provider, login, Role.SECURITY) for login in ("a@fund.example", "b@fund.example"))
    kept = proposed(acts, first)
    for who, wrong in (
        (first, ConflictError),
        (replace(second, door="api"), ConflictError),
        (replace(second, roles=frozenset({Role.CLIENTS})), ForbiddenError),
        (replace(second, roles=frozenset({Role.AUDITOR})), ForbiddenError),
        (replace(second, auth_time=provider.clock() - FRESH_FOR - 1), StaleSignInError),
    ):
        with pytest.raises(wrong):
            acts.proposals.approve(who, kept)
    for roles, wrong in ((Role.CLIENTS, ForbiddenError), (Role.AUDITOR, ForbiddenError)):
        with pytest.raises(wrong):
            acts.proposals.refuse(replace(second, roles=frozenset({roles})), kept, "no")
    with pytest.raises(ForbiddenError):
        acts.proposals.show(replace(second, roles=frozenset({Role.CLIENTS})), kept)
    assert [] == list(acts.proposals.list(replace(second, roles=frozenset({Role.CLIENTS}))))
    assert [kept] == [one.id for one in acts.proposals.list(replace(second, roles=frozenset({Role.AUDITOR})))]
    assert "open" == acts.proposals.show(first, kept).proposal.status


def test_refused_withdrawn_over(provider: Provider, acts: Acts) -> None:
    """Each with its reason and its name; nothing is done; what is over cannot be approved."""
    first, second = (hired(provider, login, Role.SECURITY) for login in ("a@fund.example", "b@fund.example"))
    kept = [proposed(acts, first, f"{name}@fund.example") for name in ("one", "two", "three")]
    with pytest.raises(RefusedError, match="reason"):
        acts.proposals.refuse(second, kept[0], "  ")
    acts.proposals.refuse(second, kept[0], "qui est-ce ?")
    acts.proposals.refuse(first, kept[1], "erreur")
    provider.clock.forward(86400)
    second = replace(second, auth_time=provider.clock())
    with pytest.raises(ConflictError):
        acts.proposals.approve(second, kept[2])
    found = {one.id: (one.status, one.note) for one in acts.proposals.list(first, decided=True)}
    assert {kept[0]: ("refused", "qui est-ce ?"), kept[1]: ("withdrawn", "erreur"), kept[2]: ("open", None)} == found
    assert [] == list(acts.proposals.list(first))
    with pytest.raises(UnknownError):
        acts.proposals.show(first, "f" * 32)


def test_what_became_of_the_first_person(provider: Provider, acts: Acts) -> None:
    """Whoever proposed must still be allowed to when it is approved."""
    first, second = (hired(provider, login, Role.SECURITY) for login in ("a@fund.example", "b@fund.example"))
    kept = proposed(acts, first)
    with provider.application.store.begin() as unit:
        unit.administrators.disable(first.id, provider.clock())
    with pytest.raises(ConflictError) as refused:
        acts.proposals.approve(second, kept)
    assert "proposer" == refused.value.code
    assert "open" == acts.proposals.show(second, kept).proposal.status


def test_what_became_of_the_program(provider: Provider, acts: Acts) -> None:
    """A program that was disabled, or has lost the scope, has proposed nothing any more."""
    second, scope = hired(provider, "b@fund.example", Role.SECURITY), frozenset({"admin:security"})
    program = Actor("robot", frozenset({Role.SECURITY}), "api")
    clients = provider.application.clients
    kept = proposed(acts, program)
    for gone in (
        None,
        replace(ESPACE, client_id="robot", scopes=scope, enabled=False),
        replace(ESPACE, client_id="robot"),
    ):
        if gone is not None:
            clients.upsert(gone)
        with pytest.raises(ConflictError) as refused:
            acts.proposals.approve(second, kept)
        assert "proposer" == refused.value.code
    clients.upsert(replace(ESPACE, client_id="robot", scopes=scope))
    assert acts.proposals.approve(second, kept)


def test_a_sign_in_that_grows_old_meanwhile(provider: Provider, acts: Acts) -> None:
    """The act asks the gate again: what it refuses then has failed, and is not left as if it were being done."""
    first, second = (hired(provider, login, Role.SECURITY) for login in ("a@fund.example", "b@fund.example"))
    kept, house = proposed(acts, first), provider.application

    def late(actor: Actor, _told: Arguments) -> str:
        actor.permit("admins.create", provider.clock() + FRESH_FOR + 1)
        return ""

    eyes = FourEyes.over(house)
    slow = ProposalActs(eyes, house.store, {"admins.create": late}, house.audit, house.clock)
    with pytest.raises(StaleSignInError):
        slow.approve(second, kept)
    assert "failed" == acts.proposals.show(first, kept).proposal.status


def test_what_an_application_proposes(provider: Provider, acts: Acts) -> None:
    """Whoever registered it is no second person to it, and what is stopped meanwhile has proposed in vain."""
    first, second = (
        hired(provider, login, Role.SECURITY, Role.CLIENTS) for login in ("a@fund.example", "b@fund.example")
    )
    acts.clients.create(first, "robot", "machine", {"client_name": "Robot", "scope": "admin:security"})
    robot = Actor("robot", frozenset({Role.SECURITY}), "api")
    kept = [proposed(acts, robot, f"{name}@fund.example") for name in ("one", "two")]
    with pytest.raises(ConflictError) as refused:
        acts.proposals.approve(first, kept[0])
    assert "program" == refused.value.code
    assert "/administration/invitation/" in acts.proposals.approve(second, kept[0])
    acts.clients.disable(first, "robot")
    with pytest.raises(ConflictError) as refused:
        acts.proposals.approve(second, kept[1])
    assert "proposer" == refused.value.code


def test_a_program_does_not_bury_who_registered_it(provider: Provider, acts: Acts) -> None:
    """A hundred changes that it makes to itself do not turn its keeper into a second person."""
    first, robot = keeper_and_program(provider, acts)
    kept = proposed(acts, robot)
    for number in range(100):
        acts.clients.update(robot, "robot", {"client_name": f"Robot {number}"})
    with pytest.raises(ConflictError) as refused:
        acts.proposals.approve(first, kept)
    assert "program" == refused.value.code


def test_a_program_that_a_program_registered(provider: Provider, acts: Acts) -> None:
    """Whoever registered the one has the other's secret; two that registered each other end the search."""
    first, robot = keeper_and_program(provider, acts)
    second = hired(provider, "b@fund.example", Role.SECURITY, Role.CLIENTS)
    other = program(acts, robot, "robot2")
    acts.clients.update(other, "robot", {"client_name": "Robot 1"})
    kept = proposed(acts, other)
    with pytest.raises(ConflictError) as refused:
        acts.proposals.approve(first, kept)
    assert ("program", "open") == (refused.value.code, acts.proposals.show(first, kept).proposal.status)
    assert "/administration/invitation/" in acts.proposals.approve(second, kept)


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_program_whose_keepers_were_deleted(provider: Provider, acts: Acts, seconds: int) -> None:
    """Gone, or registered anew under its id, it says of nobody that they are a second person: its versions went too."""
    first, robot = keeper_and_program(provider, acts)
    second = hired(provider, "b@fund.example", Role.SECURITY, Role.CLIENTS)
    other = program(acts, robot, "robot2")
    kept = proposed(acts, other)
    provider.clock.forward(seconds)
    first, second = (replace(one, auth_time=provider.clock()) for one in (first, second))
    gone(acts, other, "robot")
    for again in (False, True):
        if again:
            program(acts, other, "robot")
        for who in (first, second):
            with pytest.raises(ConflictError) as refused:
                acts.proposals.approve(who, kept)
            assert "lost" == refused.value.code


def test_another_program_of_that_name(provider: Provider, acts: Acts) -> None:
    """What it proposed goes with the program: whoever has its id now has proposed nothing."""
    first, robot = keeper_and_program(provider, acts)
    second = hired(provider, "b@fund.example", Role.SECURITY, Role.CLIENTS)
    kept = proposed(acts, robot)
    provider.clock.forward(60)
    first, second = (replace(one, auth_time=provider.clock()) for one in (first, second))
    gone(acts, second, "robot")
    program(acts, second, "robot")
    with pytest.raises(ConflictError) as refused:
        acts.proposals.approve(first, kept)
    assert "proposer" == refused.value.code


def test_an_act_that_refuses(provider: Provider, acts: Acts) -> None:
    """The proposal has failed and says why; it is not done a second time."""
    first, second = (hired(provider, login, Role.SECURITY) for login in ("a@fund.example", "b@fund.example"))
    kept = [proposed(acts, first) for _ in range(2)]
    acts.proposals.approve(second, kept[0])
    with pytest.raises(ConflictError, match="already"):
        acts.proposals.approve(second, kept[1])
    failed = acts.proposals.show(first, kept[1]).proposal
    assert ("failed", True) == (failed.status, "already" in (failed.note or ""))
    assert 1 == len(recorded(provider, "proposal_failed"))


def test_every_act_of_administrators(provider: Provider, acts: Acts) -> None:
    """Roles, an invitation, an end, a rotation: each is carried out as it was proposed."""
    first, second = (hired(provider, login, Role.SECURITY) for login in ("a@fund.example", "b@fund.example"))
    hired(provider, LOGIN, Role.CLIENTS)
    shown = []
    for act in (
        lambda: acts.admins.change_roles(first, LOGIN, {Role.AUDITOR}),
        lambda: acts.admins.invite(first, LOGIN),
        lambda: acts.admins.disable(first, LOGIN, "départ"),
        lambda: acts.keys.rotate(first, "ES256"),
    ):
        with pytest.raises(ProposedError) as waits:
            act()
        shown.append(bool(acts.proposals.approve(second, waits.value.proposal)))
    assert [False, True, False, False] == shown
    (paul,) = [one for one in acts.admins.list(first) if one.login == LOGIN]
    assert (("auditor",), False) == (paul.roles, paul.enabled)
    assert 1 == len(recorded(provider, "keys_rotated"))
    with pytest.raises(UnknownError):
        acts.admins.disable(first, "nobody@fund.example", "départ")


def test_applications_and_members(provider: Provider, acts: Acts) -> None:
    """A secret is shown to the second person; a dossier is closed by its number, with what the first one said."""
    first, second = (hired(provider, one, Role.CLIENTS, Role.MEMBERS) for one in ("a@fund.example", "b@fund.example"))
    why = Why("demande de l’affilié", "document")
    outcome = []
    for act in (
        lambda: acts.clients.rotate_secret(first, "espace", 60),
        lambda: acts.desk.changes.close(first, MEMBER.dossier, "on-request", why),
        lambda: acts.clients.delete(first, "espace", "plus utile"),
    ):
        with pytest.raises(ProposedError) as waits:
            act()
        kept = waits.value.proposal
        try:
            outcome.append(bool(acts.proposals.approve(second, kept)))
        except ConflictError as refusal:
            # What runs is stopped before it is deleted: the second person is told what the first one was not.
            outcome.append("enabled" in str(refusal) or "stop" in str(refusal) or "disabled" in str(refusal))
    assert [True, False, True] == outcome
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
    assert account is not None
    assert "closed" == account.status
    (told,) = recorded(provider, "dossier_status")
    assert (second.id, first.id) == (told.details["actor"], told.details["proposed_by"])
    for refused in (
        lambda: acts.desk.changes.unlink(first, MEMBER.dossier, "franceconnect", why),
        lambda: acts.desk.changes.remove_second_factor(first, MEMBER.dossier, why),
        lambda: acts.clients.rotate_secret(first, "nobody", 60),
    ):
        with pytest.raises(RefusedError):
            refused()


def test_an_emergency_always_takes_two(provider: Provider, acts: Acts) -> None:
    """The plan says what goes; within the hour the second person drops it, and new keys sign in the same second."""
    first, second = hired(provider, "a@fund.example", Role.SECURITY), operator("marie")
    before = {one.key.kid for one in acts.keys.status(first).keys if one.key.algorithm == "ES256"}
    made = acts.keys.prepare_emergency(first, ["ES256"], "copie de sauvegarde perdue")
    assert before == {one.kid for one in made.plan.drops}
    assert EMERGENCY_LIFETIME == made.proposal.expires_at - made.proposal.made_at
    assert before <= {one.key.kid for one in acts.keys.status(first).keys}
    acts.proposals.approve(second, made.proposal.id)
    after = [one for one in acts.keys.status(first).keys if one.key.algorithm == "ES256"]
    assert [("active", provider.clock())] == [(one.key.state, one.since) for one in after]
    assert before.isdisjoint({one.key.kid for one in after})
    told = recorded(provider, "keys_replaced")
    assert [("drop", first.id), ("create", first.id)] == [
        (one.details["action"], one.details["proposed_by"]) for one in told
    ]
    assert [None, "1"] == [one.details.get("token_secret") for one in told]
    assert 1 == provider.application.token_secret().number


def test_an_emergency_that_came_too_late(provider: Provider, acts: Acts) -> None:
    """Where the keys have changed since the plan was made nothing is dropped."""
    first = hired(provider, "a@fund.example", Role.SECURITY)
    made = acts.keys.prepare_emergency(first, [], "essai")
    provider.application.key_management.rotate("ES256")
    with pytest.raises(ConflictError, match="plan"):
        acts.proposals.approve(operator("marie"), made.proposal.id)
    assert {one.kid for one in made.plan.drops} <= {one.key.kid for one in acts.keys.status(first).keys}
    assert 0 == provider.application.token_secret().number, "nor the secret of access tokens"
    for algorithms, reason, member in (([], " ", "reason"), (["RSA-OAEP"], "essai", "algorithms")):
        with pytest.raises(RefusedError) as refused:
            acts.keys.prepare_emergency(first, algorithms, reason)
        assert member == refused.value.member
