"""An application's form: read into members, written from them."""

import pytest
from werkzeug.datastructures import MultiDict

from idp.admin.console.client_fields import KINDS, LOCALIZED, SCOPES, all_groups, groups_of, told
from idp.admin.console.client_form import ClientForm
from idp.admin.registration.document import changed, written
from idp.admin.registration.own_members import OWN
from idp.endpoints.rfc8414_metadata import metadata
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.members import MEMBERS
from tests.support.records import CLIENT

CHOICES = Choices.whole(metadata("https://id.example.org"))
GROUPS = all_groups(members=True)
FIELDS = [one for group in GROUPS for one in group.fields]


def test_every_member_has_its_field() -> None:
    """Nothing that may be registered lacks on the form, and nothing stands on it twice."""
    names = [one.name for one in FIELDS]
    assert len(names) == len(set(names))
    assert {*names, LOCALIZED} == {one.name for one in (*MEMBERS, *OWN)} | {LOCALIZED}
    for kind, _name, _what in KINDS:
        assert {one.name for group in groups_of(kind) for one in group.fields} <= {*names, "client_id"}


def test_what_is_shown_and_sent_back_changes_nothing() -> None:
    """The form of a registration, posted as it is, is that registration."""
    document = written(CLIENT) | {
        "client_name#en": "My space",
        "default_max_age": 600,
        "jwks": {"keys": []},
        "contacts": ["a@b.example"],
        "response_types": ["code", "code id_token"],
    }
    shown = ClientForm.of(document, GROUPS, 7)
    sent = MultiDict({name: text.replace("\n", "\r\n") for name, text in shown.values.items()} | {"version": "7"})
    form = ClientForm.parse(sent, GROUPS)
    read = {name: value for name, value in form.document.items() if value not in (None, False)}
    read["grant_types"] = sorted(read["grant_types"])
    assert ({}, 7, document) == (form.errors, form.version, read)
    plain = ClientForm.parse(MultiDict(ClientForm.of(written(CLIENT), GROUPS).values), GROUPS)
    assert CLIENT == changed(CLIENT, plain.document, CHOICES)


def test_boxes_and_own_words_are_one_list_of_scopes() -> None:
    """Each box that is ticked, and the words beside; with none of all, nobody has chosen, and so it is said."""
    sent = MultiDict([("scope", "openid"), ("scope", "email"), ("scope", " own.read  own.write ")])
    form = ClientForm.parse(sent, GROUPS)
    assert ({"scope": "openid email own.read own.write"}, {}) == (form.document, form.errors)
    assert {"scope"} == ClientForm.parse(MultiDict({"scope": " "}), GROUPS).errors.keys()
    machine = ClientForm.parse(MultiDict({"scope": ""}), all_groups(members=False))
    assert ({"scope": None}, {}) == (machine.document, machine.errors)


def test_every_scope_has_its_words() -> None:
    """A box for each scope that the provider offers, and what it tells; a program that signs nobody in has none."""
    for members in (True, False):
        groups = told(all_groups(members=members), CHOICES, members=members)
        (scope,) = [one for group in groups for one in group.fields if one.name == "scope"]
        assert (tuple(SCOPES) if members else ()) == scope.options


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("jwks", "{"),
        ("jwks", "[]"),
        ("default_max_age", "1h"),
        ("default_max_age", "-1"),
        (LOCALIZED, "client_name: x"),
        (LOCALIZED, "client_name#en"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(name: str, typed: str) -> None:
    """And what was typed stays."""
    form = ClientForm.parse(MultiDict({name: typed}), GROUPS)
    assert ([name], typed) == (list(form.errors), form.values[name])


def test_a_refusal_stands_where_it_belongs() -> None:
    """Beside its field, at the texts for one in a language, above all where the form has no such field."""
    form = ClientForm.of({}, GROUPS)
    assert {"scope": "Non."} == form.refused("scope", "Non.").errors
    assert {LOCALIZED: "Non."} == form.refused("client_name#xx_", "Non.").errors
    assert ({}, "Non.") == (form.refused("colour", "Non.").errors, form.refused("colour", "Non.").error_summary)
    both = form.refused("scope", "Non.").refused("client_name", "Non plus.").refused("scope", "Encore.")
    assert [("client_name", "Non plus."), ("scope", "Non.")] == list(both.errors.items())
