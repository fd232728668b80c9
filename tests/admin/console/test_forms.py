"""The console's forms: what is typed, read once."""

import pytest
from werkzeug.datastructures import MultiDict

from idp.admin.acts.refusals import ConflictError
from idp.admin.console.forms import REFUSALS, AdministratorForm, AuditForm, StaffForm
from idp.admin.roles import Role

DAY = 86400


class TestStaffForm:
    """Login and password."""

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"login": " marie@fund.example ", "password": " p "}, set()),
            ({"login": " ", "password": "p"}, {"login"}),
            ({"login": "m", "password": ""}, {"password"}),
            ({"login": "m", "password": "x" * 257}, {"password"}),
            ({}, {"login", "password"}),
        ],
    )
    def test_what_is_missing(self, fields: dict[str, str], wrong: set[str]) -> None:
        """Each empty field, or a password longer than any, has its message."""
        assert wrong == set(StaffForm.parse(fields).errors)

    def test_the_password_is_nowhere(self) -> None:
        """Neither in what is shown again nor in a representation."""
        form = StaffForm.parse({"login": "m", "password": "canary"})
        assert "canary" not in repr(form)
        assert ["", ""] == [form.failed("x").password, form.unproven(outage=True).password]


class TestAdministratorForm:
    """What is said of an administrator."""

    def test_only_what_the_act_takes_must_be_there(self) -> None:
        """A form of roles needs no reason; a role that is none is none."""
        sent = MultiDict([("roles", "king"), ("roles", "auditor"), ("reason", " a\x00 b\n")])
        form = AdministratorForm.parse(sent, "roles", "reason")
        assert ({}, frozenset({Role.AUDITOR}), "a b") == (form.errors, form.chosen, form.reason)
        assert {"login", "name"} == set(AdministratorForm.parse(sent, "login", "name").errors)

    def test_a_refusal_stands_beside_its_field(self) -> None:
        """In the console's words, by its code."""
        refused = AdministratorForm().refused(ConflictError("taken", "login", "taken"))
        assert {"login": REFUSALS["taken"]} == refused.errors


class TestAuditForm:
    """Which events."""

    def test_days_are_whole_and_in_paris(self) -> None:
        """From midnight to midnight, also on a day of 23 hours."""
        wanted = AuditForm.parse({"since": "2026-03-29", "until": "2026-03-29", "event": " sign_in "}).wanted()
        assert (1774738800, 1774738800 + DAY - 3600, "sign_in") == (wanted.since, wanted.until, wanted.event)

    @pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "99999-01-01", "20260101T00", "9999-12-31"])
    @pytest.mark.parametrize("name", ["since", "until"])
    def test_a_day_that_is_none(self, name: str, day: str) -> None:
        """It is said, and filters nothing."""
        form = AuditForm.parse({name: day})
        assert ({name}, None) == (set(form.errors), getattr(form.wanted(), name))

    def test_what_is_empty_is_in_no_address(self) -> None:
        """Only what was filled in."""
        assert {"event": "x"} == AuditForm.parse({"event": "x", "actor": " ", "more": "y"}).query()
