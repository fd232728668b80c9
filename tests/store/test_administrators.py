"""Administrators, on both databases."""

from idp.store.administrators import Administrator
from idp.store.bulk import BulkAccounts
from idp.store.db import Store, Unit

WHO = {"account_id": "a" * 32, "subject": "s-1", "login": "marie@fund.example", "name": "Marie L."}


def add(unit: Unit, **changes: str) -> bool:
    """Add somebody."""
    return unit.administrators.add(**(WHO | changes), roles=["clients"], now=10)


def test_round_trip(store: Store) -> None:
    """Who is added is found by account and by login, with an account that no dossier number finds."""
    expected = Administrator(
        "a" * 32, "marie@fund.example", "Marie L.", ("clients",), 10, None, None, ready=False, epoch=0, locale="fr"
    )
    with store.begin() as unit:
        assert add(unit)
    with store.reading() as unit:
        assert [expected] * 2 + [expected] == [
            unit.administrators.get("a" * 32),
            unit.administrators.by_login("marie@fund.example"),
            *unit.administrators.all(),
        ]
        account = unit.accounts.by_id("a" * 32)
        assert account is not None
        assert ("administration", "AAAAAAAAA", None) == (account.situation, account.dossier, account.password_hash)
        assert [] == list(unit.accounts.born_on(["1"]))


def test_a_login_once(store: Store) -> None:
    """A login that is taken is not given twice, and nothing is left of the attempt."""
    with store.begin() as unit:
        assert add(unit)
        assert not add(unit, account_id="b" * 32, subject="s-2")
    with store.reading() as unit:
        assert unit.accounts.by_id("b" * 32) is None


def test_pages_by_login(store: Store) -> None:
    """From the first, behind any login, and nothing behind the last."""
    logins = [f"{letter}@fund.example" for letter in "cab"]
    with store.begin() as unit:
        for number, login in enumerate(logins):
            assert add(unit, account_id=f"{number}" * 32, subject=f"s-{number}", login=login)
        first, behind, none = (unit.administrators.page(after, 2) for after in ("", "aa", "c@fund.example"))
    assert [["a@fund.example", "b@fund.example"], ["b@fund.example", "c@fund.example"], []] == [
        [one.login for one in page] for page in (first, behind, none)
    ]


def test_roles_and_doors(store: Store) -> None:
    """Each verb says whether it changed anything."""
    with store.begin() as unit:
        add(unit)
        roles = unit.administrators.set_roles
        assert [True, False, False] == [
            roles("a" * 32, ["auditor"]),
            roles("a" * 32, ["auditor"]),
            roles("b" * 32, ["auditor"]),
        ]
        assert [True, False] == [unit.administrators.disable("a" * 32, 20) for _ in range(2)]
        assert not unit.administrators.invite("a" * 32, "d" * 64, 99)
        shut = unit.administrators.account_of("marie@fund.example")
        assert [True, False] == [unit.administrators.enable("a" * 32) for _ in range(2)]
        again = unit.administrators.account_of("marie@fund.example")
        assert ["suspended", "active"] == [one.status for one in (shut, again) if one is not None]
        assert unit.administrators.account_of("nobody@fund.example") is None


def test_an_invitation_is_taken_once_and_in_time(store: Store) -> None:
    """It lasts until its end, the next one replaces it, and taking it uses it up."""
    with store.begin() as unit:
        add(unit)
        assert unit.administrators.invite("a" * 32, "d" * 64, 100)
        assert unit.administrators.invited("d" * 64, 100) is None
        found = unit.administrators.invited("d" * 64, 99)
        assert found is not None
        assert 100 == found.invited_until
        assert unit.administrators.invite("a" * 32, "e" * 64, 100)
        assert not unit.administrators.take_invitation("d" * 64, 99)
        assert [True, False] == [unit.administrators.take_invitation("e" * 64, 99) for _ in range(2)]


def test_who_is_shut_out_has_no_invitation(store: Store) -> None:
    """Disabling takes a waiting invitation with it."""
    with store.begin() as unit:
        add(unit)
        unit.administrators.invite("a" * 32, "d" * 64, 100)
        unit.administrators.disable("a" * 32, 20)
        unit.administrators.enable("a" * 32)
        assert unit.administrators.invited("d" * 64, 50) is None


def test_the_staff_are_no_members(store: Store) -> None:
    """No number finds an account of the staff, no directory lists it, and where it signs in is told apart."""
    with store.begin() as unit:
        add(unit)
    with store.reading() as unit:
        assert unit.accounts.by_dossier("AAAAAAAAA") is None
        assert [] == list(BulkAccounts(unit.session).pages())
        standing = unit.accounts.standing("a" * 32, "console", "")
        assert standing is not None
        assert standing.staff


def test_an_identity_opens_one_account(store: Store) -> None:
    """Tied once; another account does not get it, a second identity replaces the first, and an end is an end."""
    with store.begin() as unit:
        for letter in "ab":
            login = f"{letter}@fund.example"
            add(unit, account_id=letter * 32, subject=letter, login=login)
        tie = unit.administrators.tie
        assert [True, False] == [tie(letter * 32, "https://pro.example", "s-1", "pro", 20) for letter in "ab"]
        found = unit.administrators.of_identity("https://pro.example", "s-1")
        assert found is not None
        assert ("a" * 32, "pro", True) == (found.account_id, found.provider, found.ready)
        assert tie("a" * 32, "https://pro.example", "s-2", "pro", 30)
        assert unit.administrators.of_identity("https://pro.example", "s-1") is None
        assert [True, False] == [unit.administrators.untie("a" * 32) for _ in range(2)]
        assert 2 == len(unit.administrators.all())
