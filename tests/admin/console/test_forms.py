"""The console's forms: what is typed, read once."""

import pytest
from werkzeug.datastructures import MultiDict

from idp.admin.acts.refusals import ConflictError
from idp.admin.console.forms import REFUSALS, AdministratorForm, StaffForm
from idp.admin.roles import Role


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
