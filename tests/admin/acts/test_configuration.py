"""The configuration of a real provider as a file: compared, applied, rolled back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.admin.actor import Actor, ForbiddenError, StaleSignInError, operator
from idp.admin.acts.configuration import ConfigurationActs, Drift, StoppedError
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.configuration.difference import Difference, Member
from idp.admin.configuration.document import FaultyError
from idp.admin.roles import Role
from tests.support.administration import administered, recorded
from tests.support.provider import Provider, running
from tests.support.staff import invited

ROOT = operator("root")
LOGIN = "marie@fund.example"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own, with an administrator."""
    with running(administered(tmp_path)) as made:
        invited(made, LOGIN, {Role.SECURITY})
        yield made


@pytest.fixture
def acts(provider: Provider) -> ConfigurationActs:
    """What may be done with its configuration."""
    return provider.application.acts.configuration


def test_what_is_exported_differs_in_nothing(provider: Provider, acts: ConfigurationActs) -> None:
    """Applications, roles and a pause with its words are in the file; no secret, and nothing to change."""
    provider.application.acts.upstreams.pause(ROOT, "franceconnect", until=None, words={"fr": "Travaux."})
    text = acts.export(ROOT)
    assert all(
        said in text for said in ("[clients.espace]", f'[administrators."{LOGIN}"]', 'words = { fr = "Travaux." }')
    )
    assert "secret" not in text.partition("version")[2].replace("client_secret_basic", "")
    assert () == acts.diff(ROOT, text).differences


def test_each_difference_by_member(acts: ConfigurationActs) -> None:
    """A file that says otherwise; what it does not name is left alone, unless it is asked otherwise."""
    text = f"""version = 1
        [clients.new]
        client_name = "New"
        redirect_uris = ["https://new.example/cb"]
        [administrators."{LOGIN}"]
        roles = ["security", "auditor"]
        """
    plan, pruned = acts.diff(ROOT, text), acts.diff(ROOT, text, prune=True)
    assert [("clients", "new", "create"), ("administrators", LOGIN, "change")] == [
        (one.kind, one.name, one.change) for one in plan.differences
    ]
    assert (Member("roles", ["security"], ["auditor", "security"]),) == plan.differences[1].members
    assert ("espace", "partner") == plan.unnamed
    assert Difference("clients", "espace", "disable", (Member("enabled", None, False),)) in pruned.differences


def test_a_file_that_cannot_be_used(acts: ConfigurationActs) -> None:
    """Its faults, and nothing else."""
    with pytest.raises(FaultyError, match=r"line 1: version must be 1"):
        acts.diff(ROOT, "version = 2")


def test_whose_it_is_to_see(acts: ConfigurationActs) -> None:
    """Those who keep the settings and auditors; nobody else."""
    for role in Role:
        actor = Actor("x", frozenset({role}), "api")
        if role in {Role.SECURITY, Role.AUDITOR}:
            assert () == acts.diff(actor, acts.export(actor)).differences
            continue
        with pytest.raises(ForbiddenError):
            acts.export(actor)
        with pytest.raises(ForbiddenError):
            acts.diff(actor, "version = 1")


NEW = """version = 1
[clients.new]
client_name = "New"
redirect_uris = ["https://new.example/cb"]
backchannel_logout_uri = "https://new.example/out"
[clients.espace]
enabled = false
client_name = "Espace"
redirect_uris = ["https://app.example.org/callback"]
[administrators."marie@fund.example"]
roles = ["auditor", "security"]
[upstreams.franceconnect]
paused = true
words = { en = "Works." }
"""


def test_a_file_is_applied(provider: Provider, acts: ConfigurationActs) -> None:
    """Afterwards nothing differs; each change stands on record as its act, and each application has its version."""
    plan = acts.diff(ROOT, NEW)
    applied = acts.apply(ROOT, NEW, seen=plan.digest)
    assert (plan, ["new"]) == (applied.plan, list(applied.secrets))
    assert () == acts.diff(ROOT, NEW).differences
    clients = provider.application.clients
    assert clients.secret_holds(clients.get("new"), applied.secrets["new"])
    assert applied.secrets["new"] not in repr(applied)
    events = [one.event for one in recorded(provider) if one.details.get("actor") == "operator:root"]
    assert [
        "config_applied",
        "client_changed",
        "client_disabled",
        "client_created",
        "admin_roles",
        "federation.pause",
    ] == events
    history = provider.application.acts.client_history
    assert f"configuration {applied.number}" == history.list(ROOT, "espace")[0].reason
    told = next(one for one in recorded(provider) if one.event == "config_applied")
    assert (applied.number, 4) == (told.details["version"], told.details["changes"])


def test_what_was_not_shown_is_not_done(provider: Provider, acts: ConfigurationActs) -> None:
    """Somebody changed something meanwhile: the plan is another, and nothing happens."""
    seen = acts.diff(ROOT, NEW).digest
    provider.application.acts.upstreams.pause(ROOT, "franceconnect", until=None, words={})
    with pytest.raises(ConflictError):
        acts.apply(ROOT, NEW, seen=seen)
    assert (None, []) == (provider.application.clients.get("new"), acts.versions(ROOT))


def test_every_fault_before_anything(provider: Provider, acts: ConfigurationActs) -> None:
    """A file with a fault changes nothing, whatever else it says; so does an address that says otherwise."""
    with pytest.raises(FaultyError, match=r"line 15: upstreams.none"):
        acts.apply(ROOT, NEW + "[upstreams.none]\npaused = true\n")
    outside = 'subject_type = "pairwise"\nsector_identifier_uri = "https://127.0.0.1:1/x"\n'
    with pytest.raises(RefusedError, match=r"clients.new.sector_identifier_uri"):
        acts.apply(ROOT, NEW.replace("[clients.espace]", outside + "[clients.espace]"))
    assert (None, []) == (provider.application.clients.get("new"), acts.versions(ROOT))


def test_pruned_applications_are_disabled_and_not_deleted(provider: Provider, acts: ConfigurationActs) -> None:
    """The console is no application of a file."""
    acts.apply(ROOT, "version = 1", prune=True)
    clients = {one.client_id: one.enabled for one in provider.application.clients.list()}
    assert {"console": True, "espace": False, "partner": False} == clients


def test_rolled_back(acts: ConfigurationActs) -> None:
    """What was found before the first file is kept, so that it can be applied again; drift is told from the last."""
    assert Drift(None, None) == acts.drift(ROOT)
    before = acts.export(ROOT)
    first = acts.apply(ROOT, NEW)
    drift = acts.drift(ROOT)
    assert drift.last is not None
    assert drift.plan is not None
    assert (first.number, NEW, ()) == (drift.last.number, drift.last.text, drift.plan.differences)
    found = acts.version(ROOT, acts.versions(ROOT)[-1].number)
    assert ("found", before) == (found.kind, found.text)
    acts.apply(ROOT, found.text, prune=True)
    after = acts.diff(ROOT, before)
    assert ((), ("new",)) == (after.differences, after.unnamed)
    assert ["applied", "found", "applied", "found"] == [one.kind for one in acts.versions(ROOT)]


def test_drift_from_what_cannot_be_used_any_more(provider: Provider, acts: ConfigurationActs) -> None:
    """An administrator whom the file names has gone: why is said, and nothing else breaks."""
    invited(provider, "root@fund.example", {Role.SECURITY})
    acts.apply(ROOT, f'version = 1\n[administrators."{LOGIN}"]\nroles = ["clients"]')
    provider.application.acts.admins.disable(ROOT, LOGIN, "x")
    drift = acts.drift(ROOT)
    assert (None, [2]) == (drift.plan, [one.line for one in drift.faults])
    with pytest.raises(UnknownError):
        acts.version(ROOT, 999)


def test_somebody_keeps_the_role_that_gives_roles(provider: Provider, acts: ConfigurationActs) -> None:
    """Handed over in one file, whichever login comes first."""
    invited(provider, "zoe@fund.example", {Role.CLIENTS})
    handed = (
        f'version = 1\n[administrators."{LOGIN}"]\nroles = ["clients"]\n'
        '[administrators."zoe@fund.example"]\nroles = ["security"]\n'
    )
    acts.apply(ROOT, handed)
    assert () == acts.diff(ROOT, handed).differences


def test_stopped_half_way(provider: Provider, acts: ConfigurationActs) -> None:
    """Somebody whom the file names goes meanwhile: what was done stands, with its secret, and what is left is told."""
    gone = (
        "CREATE TRIGGER gone AFTER INSERT ON client_versions WHEN NEW.client_id = 'new' "
        "BEGIN DELETE FROM administrators WHERE login = 'marie@fund.example'; END"
    )
    with provider.application.store.begin() as unit:
        unit.session.execute(text(gone))
    with pytest.raises(StoppedError, match=f"2 changes were made, then administrators.{LOGIN} was refused") as stopped:
        acts.apply(ROOT, NEW)
    assert {"new"} == stopped.value.applied.secrets.keys()
    rest = NEW.replace(f'[administrators."{LOGIN}"]\nroles = ["auditor", "security"]\n', "")
    assert ["upstreams"] == [one.kind for one in acts.diff(ROOT, rest).differences]
    acts.apply(ROOT, rest)
    assert () == acts.diff(ROOT, rest).differences


def test_a_secret_is_told_though_its_step_stops(provider: Provider, acts: ConfigurationActs) -> None:
    """An application that is made disabled is made first: what stops the second half hides no secret."""
    gone = (
        "CREATE TRIGGER gone AFTER INSERT ON client_versions WHEN NEW.act = 'create' "
        "BEGIN DELETE FROM clients WHERE client_id = 'new'; END"
    )
    with provider.application.store.begin() as unit:
        unit.session.execute(text(gone))
    with pytest.raises(StoppedError, match=r"clients\.new was refused") as stopped:
        acts.apply(ROOT, NEW.replace("[clients.new]", "[clients.new]\nenabled = false"))
    assert {"new"} == stopped.value.applied.secrets.keys()


def test_what_somebody_changes_meanwhile_is_not_undone(provider: Provider, acts: ConfigurationActs) -> None:
    """An application that is edited while the file is applied keeps the edit: the file stops there, and says so."""
    edited = (
        "CREATE TRIGGER edited AFTER INSERT ON configurations WHEN NEW.kind = 'applied' "
        "BEGIN UPDATE clients SET name = 'Edited', version = version + 1 WHERE client_id = 'espace'; END"
    )
    with provider.application.store.begin() as unit:
        unit.session.execute(text(edited))
    with pytest.raises(StoppedError, match=r"0 changes were made, then clients\.espace was refused: somebody changed"):
        acts.apply(ROOT, NEW)
    with provider.application.store.reading() as unit:
        kept = unit.clients.get("espace")
    assert kept is not None
    assert ("Edited", True) == (kept.name, kept.enabled)


def test_whose_it_is_to_apply(provider: Provider, acts: ConfigurationActs) -> None:
    """Those who keep the settings, who then need no other role; at the console with a fresh sign-in."""
    for role in set(Role) - {Role.SECURITY}:
        with pytest.raises(ForbiddenError):
            acts.apply(Actor("x", frozenset({role}), "api"), "version = 1")
    stale = Actor("x", frozenset({Role.SECURITY}), "console", auth_time=provider.clock() - 3600)
    with pytest.raises(StaleSignInError):
        acts.apply(stale, "version = 1")
    assert {"new"} == acts.apply(Actor("x", frozenset({Role.SECURITY}), "api"), NEW).secrets.keys()
