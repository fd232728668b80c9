"""The members' desk: whom it finds, what it sees, and that every look is on record."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from idp.admin.actor import Actor, ForbiddenError
from idp.admin.acts.member_file import MemberFile, Working
from idp.admin.acts.members import MOST, MemberActs, Sought, faults
from idp.admin.acts.refusals import RefusedError, UnknownError
from idp.admin.roles import Role
from idp.members.dossiers import Dossier
from idp.store.authenticators import TOTP, Authenticator
from idp.store.sign_ins import StoredSignIn
from tests.support.activation import ask, choose, posted_secrets
from tests.support.administration import ANGELA, FIRST, SECOND, administered, recorded, waiting
from tests.support.cast import MEMBER
from tests.support.provider import Provider, running
from tests.support.staff import joined

ACTOR = Actor("a-1", frozenset({Role.MEMBERS}), "console", network="192.0.2.1", reference="r-9")
AUDITOR = Actor("a-2", frozenset({Role.AUDITOR}), "console")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One provider for what changes nothing."""
    with running(administered(tmp_path_factory.mktemp("house"))) as made:
        civil = replace(ANGELA, birth_name="L’ÉCUYER-Œuvrard", usage_name="MÜLLER")
        made.application.dossiers.upsert(Dossier("3456789", "affilie", "active", civil, None, None, None, {}), None)
        yield made


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(administered(tmp_path)) as made:
        yield made


def acts(provider: Provider) -> MemberActs:
    """Return what may be done with its members."""
    return provider.application.acts.desk.members


def numbers(provider: Provider, sought: Sought) -> list[str]:
    """Return the dossiers that are found."""
    return [one.dossier for one in acts(provider).find(ACTOR, sought).people]


@pytest.mark.parametrize("name", ["lécuyer", "L'Ecuyer", "ecuyer oeuv", "OEUVRARD", "muller", "Mül"])
def test_a_name_is_found_from_any_of_its_words_on(house: Provider, name: str) -> None:
    """Birth name or usage name, whatever the accents, capitals, apostrophes and hyphens."""
    assert ["3456789"] == numbers(house, Sought(name=name))


def test_everything_that_is_said_must_fit(house: Provider) -> None:
    """Number, name and birth date, alone or together; a number may be typed in groups."""
    assert {FIRST, SECOND} <= set(numbers(house, Sought(name="dubois", birthdate=ANGELA.birthdate)))
    assert [FIRST] == numbers(house, Sought("234 56 78"))
    assert [FIRST] == numbers(house, Sought(FIRST, "Dub"))
    assert [] == numbers(house, Sought(FIRST, "Muller"))
    assert [] == numbers(house, Sought(name="Dubois", birthdate="1962-08-25"))


@pytest.mark.parametrize("day", ["1962-00-00", "1962-08-00", "0000-02-29", "1980-02-29"])
def test_a_day_that_is_not_known_whole_is_looked_for(day: str) -> None:
    """Zeros stand for what nobody knows: such a day is no mistake."""
    assert {} == faults(Sought(birthdate=day))


@pytest.mark.parametrize(
    ("member", "sought"),
    [
        ("", Sought()),
        ("", Sought(" ", " ")),
        ("dossier", Sought("12%")),
        ("name", Sought(name="d")),
        ("name", Sought(name="%%")),
        ("birthdate", Sought(birthdate="24/08/1962")),
        ("birthdate", Sought(birthdate="1980-02-31")),
    ],
)
def test_a_search_says_whom(house: Provider, member: str, sought: Sought) -> None:
    """Nothing, a single letter, no number and no day look for nobody, and leave no line."""
    before = len(recorded(house))
    with pytest.raises(RefusedError) as refusal:
        acts(house).find(ACTOR, sought)
    assert member == refusal.value.member
    assert before == len(recorded(house))


def test_who_was_shown_is_on_record_and_who_was_looked_for_is_not(provider: Provider) -> None:
    """A line for each member who was shown, under whoever looked; no name and no birth date in any."""
    acts(provider).find(ACTOR, Sought(FIRST, "Dubois", ANGELA.birthdate))
    acts(provider).find(AUDITOR, Sought(name="Nemo"))
    seen, nobody = recorded(provider, "members_found")
    facts = {"actor": "a-1", "door": "console", "by": "dossier name birthdate", "count": 1}
    assert (facts, "r-9") == (seen.details, seen.reference)
    assert (None, "nobody") == (nobody.account_id, nobody.outcome)
    assert [] == [one for one in ("Dubois", "Nemo", "1962") if one in str(recorded(provider, "members_found"))]


def test_a_search_is_bounded(provider: Provider) -> None:
    """No more than a page of people, and word that there are more."""
    for number in range(MOST + 1):
        dossier = Dossier(f"40000{number:02}", "affilie", "active", ANGELA, None, None, None, {})
        provider.application.dossiers.upsert(dossier, None)
    found = acts(provider).find(ACTOR, Sought(name="dubois"))
    assert (MOST, True) == (len(found.people), found.more)


def test_a_name_that_changes_is_found_by_the_new_one(provider: Provider) -> None:
    """An update takes the name before away."""
    married = replace(ANGELA, usage_name="ZIDANE")
    for civil in (married, replace(ANGELA, usage_name="ZOLA")):
        dossier = Dossier(FIRST, "affilie", "active", civil, None, None, None, {})
        provider.application.dossiers.upsert(dossier, None)
    assert ([], [FIRST]) == (numbers(provider, Sought(name="zida")), numbers(provider, Sought(name="zola")))


def test_the_file_of_a_member(provider: Provider) -> None:
    """Ways in, what is on its way, sessions, history, cases; addresses in part, and no secret at all."""
    browser = provider.browser()
    browser.sign_in(browser.get("/connexion"))
    other = provider.browser()
    choose(other, ask(other), "post")
    (secret,) = posted_secrets(provider)
    with provider.application.store.begin() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
        assert account is not None
        unit.authenticators.add(Authenticator("codes", account.id, TOTP, "Téléphone", 1000, sealed=b"sealed"))
    file = acts(provider).show(ACTOR, MEMBER.dossier)
    assert file == acts(provider).show(ACTOR, account.id)
    assert ("DUBOIS", "set", 0) == (file.person.birth_name, file.password, file.email.rests_until)
    assert "***" in file.email.shown
    assert [(TOTP, 1000)] == [(one.kind, one.created_at) for one in file.factors]
    assert (1, "password") == (len(file.sessions), file.sessions[0].provider)
    assert [True] == [one.opened for one in file.sign_ins]
    assert [("post", True, None)] == [(one.channel, one.waits, one.batch) for one in file.sent]
    assert Working("post", file.sent[0].expires_at) == file.provisional
    everything = json.dumps(asdict(file), default=str)
    hidden = (
        "argon2",
        secret,
        account.email,
        "Paix",
        account.subject,
        *(name for one in opened(provider) for name in (one.handle, one.sid, one.device)),
    )
    assert [] == [one for one in hidden if str(one) in everything]


def opened(provider: Provider) -> list[StoredSignIn]:
    """Return the opened sessions as they are stored."""
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
        assert account is not None
        return list(unit.sign_ins.latest(account.id, 0, 10))


def shown(provider: Provider, dossier: str = FIRST) -> MemberFile:
    """Return a member's file as an auditor sees it."""
    return acts(provider).show(AUDITOR, dossier)


def test_a_case_that_waits_is_in_the_files_of_its_dossiers(provider: Provider) -> None:
    """In those that may be the person's, until it is decided."""
    case = waiting(provider)
    assert [(case, "franceconnect")] == [(one.case.id, one.upstream) for one in shown(provider).cases]
    assert () == tuple(shown(provider, MEMBER.dossier).cases)
    provider.application.acts.cases.refuse(ACTOR, case, "Homonymes.")
    assert () == tuple(shown(provider).cases)


def test_who_may_look(house: Provider) -> None:
    """The desk and the auditor, on record; nobody else; an account of the staff is no member's."""
    lines = len(recorded(house, "member_seen"))
    shown(house)
    stranger = Actor("a-3", frozenset({Role.CLIENTS, Role.SECURITY}), "console")
    for look in (lambda: acts(house).show(stranger, FIRST), lambda: acts(house).find(stranger, Sought(FIRST))):
        with pytest.raises(ForbiddenError):
            look()
    assert [{"actor": "a-2", "door": "console"}] == [one.details for one in recorded(house, "member_seen")[lines:]]
    with pytest.raises(UnknownError):
        shown(house, "7654321")
    joined(house, "paul@fund.example")
    with house.application.store.reading() as unit:
        staff = unit.administrators.by_login("paul@fund.example")
    assert staff is not None
    with pytest.raises(UnknownError):
        shown(house, staff.account_id)
    assert [] == numbers(house, Sought(name="Marie"))
