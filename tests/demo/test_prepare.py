"""Filling the directory of a demonstration."""

import json
import stat
from pathlib import Path

import pytest

from examples.espace_personnel.config import load_config as load_espace
from federation.emulator.config import load_config as load_emulator
from idp import config
from idp.admin.roles import Role
from idp.demo.contract import read
from idp.demo.plan import Plan
from idp.demo.prepare import Prepared, prepare, programs, publish, withdraw
from idp.demo.seed import mark


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def published(plan: Plan) -> Prepared:
    """Prepare a demonstration whose programs all answer."""
    prepared = prepare(plan)
    publish(plan)
    return prepared


class TestPrepare:
    """The files."""

    def test_secrets_are_private(self, plan: Plan) -> None:
        """Every file with a secret is for its owner alone."""
        published(plan)
        secret = (plan.contract_file, plan.franceconnect_secret_file, plan.emulator_file, plan.espace_file)
        assert {0o600} == {mode(path) for path in secret}
        assert 0o700 == mode(plan.data)

    def test_second_start_changes_nothing(self, plan: Plan) -> None:
        """A second start writes the same contract: passwords written down stay right."""
        published(plan)
        before = plan.contract_file.read_bytes()
        published(plan)
        assert before == plan.contract_file.read_bytes()

    def test_scripts_find_the_contract_once_everything_answers(self, plan: Plan) -> None:
        """Not before, at a second start either; a start that came to nothing keeps the secrets for the next."""
        first = prepare(plan)
        assert not plan.contract_file.exists()
        assert first.credentials == published(plan).credentials
        assert plan.contract_file.exists()
        assert first.credentials == prepare(plan).credentials
        assert not plan.contract_file.exists()

    def test_a_stop_takes_the_contract_back(self, plan: Plan) -> None:
        """A script that waits for it must not read that of a demonstration which has ended; the secrets are kept."""
        first = published(plan)
        withdraw(plan)
        assert not plan.contract_file.exists()
        assert first.credentials == prepare(plan).credentials

    def test_another_port_keeps_the_secrets(self, plan: Plan) -> None:
        """Moving to other ports moves the addresses and nothing else."""
        first = prepare(plan)
        moved = prepare(Plan(port=9500, data=plan.data))
        assert first.credentials == moved.credentials
        assert "http://localhost:9502" == moved.contract["relying_party"]

    def test_damaged_contract_is_not_replaced(self, plan: Plan) -> None:
        """A contract that cannot be read stops the start: it holds the only copy of the passwords."""
        published(plan)
        plan.contract_file.write_text("{}", encoding="utf-8")
        with pytest.raises(ValueError, match=r"demo\.json"):
            prepare(plan)
        assert "{}" == plan.contract_file.read_text(encoding="utf-8")

    def test_seeding_is_done_once(self, plan: Plan) -> None:
        """After seeding nothing is seeded again, unless the database is gone."""
        prepared = prepare(plan)
        assert {"people", "clients", "admin"} == prepared.missing
        plan.database_file.touch()
        mark(plan, prepared.fingerprints)
        assert frozenset() == prepare(plan).missing
        plan.database_file.unlink()
        assert {"people", "clients", "admin"} == prepare(plan).missing

    def test_moving_ports_leaves_people_alone(self, plan: Plan) -> None:
        """Other ports change the applications' addresses, and no password that a member has changed since."""
        plan.database_file.parent.mkdir()
        plan.database_file.touch()
        mark(plan, prepare(plan).fingerprints)
        assert {"clients"} == prepare(Plan(port=9500, data=plan.data)).missing


class TestSettings:
    """What the three programs read is what they understand."""

    def test_provider(self, plan: Plan) -> None:
        """The provider accepts its settings; the secret is in a file of its own."""
        prepared = prepare(plan)
        settings = config.load(plan.settings_file)
        assert plan.issuer == settings.issuer
        assert plan.emulator_issuer == settings.franceconnect.issuer
        secret_file = settings.franceconnect.client_secret_file
        assert secret_file is not None
        assert prepared.credentials.franceconnect_secret == config.read_secret(secret_file)
        assert prepared.credentials.franceconnect_secret not in plan.settings_file.read_text(encoding="utf-8")

    def test_emulator(self, plan: Plan) -> None:
        """The emulator accepts its settings and knows the provider and everybody with a FranceConnect identity."""
        prepared = prepare(plan)
        emulator = load_emulator(plan.emulator_file)
        client = emulator.client(config.load(plan.settings_file).franceconnect.client_id)
        assert client is not None
        assert prepared.credentials.franceconnect_secret == client.client_secret
        logins = {entry["franceconnect"]["login"] for entry in prepared.contract["personas"] if entry["franceconnect"]}
        assert logins == {persona.key for persona in emulator.personas}

    def test_examples(self, plan: Plan) -> None:
        """The example applications are registered under the addresses they use."""
        prepared = prepare(plan)
        espace = load_espace(plan.espace_file)
        by_id = {entry["client_id"]: entry for entry in prepared.contract["clients"]}
        for registration in espace.applications.values():
            entry = by_id[registration.client_id]
            assert entry["token_endpoint_auth_method"] == registration.token_endpoint_auth_method
            assert entry.get("client_secret") == registration.client_secret
            assert set(registration.scope.split()) <= set(entry["scope"].split())

    def test_environment_is_not_proxied(self, plan: Plan) -> None:
        """The programs speak to one another without the machine's proxy."""
        assert {"localhost,127.0.0.1"} == {program.environment["NO_PROXY"] for program in programs(plan).values()}


class TestContract:
    """What scripts rely on."""

    def test_one_client_for_each_method(self, plan: Plan) -> None:
        """Each way to authenticate has its client, with the secret or key that goes with it."""
        published(plan)
        contract = read(plan.contract_file)
        assert contract is not None
        methods = {entry["token_endpoint_auth_method"]: entry for entry in contract["clients"]}
        assert {"client_secret_basic", "client_secret_post", "private_key_jwt", "none"} == methods.keys()
        assert "d" in methods["private_key_jwt"]["private_jwk"]
        assert methods["client_secret_post"]["client_secret"]
        assert "client_secret" not in methods["none"]

    def test_members_promised_to_scripts(self, plan: Plan) -> None:
        """The members that scripts were promised are all there."""
        published(plan)
        contract = json.loads(plan.contract_file.read_text(encoding="utf-8"))
        promised = {"issuer", "emulator", "relying_party", "mailbox", "admin", "clients", "personas", "pages"}
        assert promised | {"administrators", "admin_api"} <= contract.keys()
        assert {"url", "document", "client_id", "client_secret", "scope", "resource"} == set(contract["admin_api"])
        single = [one["roles"] for one in contract["administrators"] if len(one["roles"]) == 1]
        assert [[role.value] for role in Role] == single
        assert {"url", "login", "password", "totp_secret"} == set(contract["admin"])
        angela = next(entry for entry in contract["personas"] if entry["key"] == "angela")
        assert {"dossier", "situation", "password", "email", "franceconnect"} <= angela.keys()
        assert ("1234567", "affilie") == (angela["dossier"], angela["situation"])
        assert "123" == angela["franceconnect"]["password"]
        assert {"sign_in", "consent", "logout", "error", "emulator"} <= contract["pages"].keys()

    def test_people_without_dossier_or_password(self, plan: Plan) -> None:
        """A person without a dossier has null members, and one without a password has none."""
        published(plan)
        contract = read(plan.contract_file)
        assert contract is not None
        people = {entry["key"]: entry for entry in contract["personas"]}
        assert people["hugo"]["dossier"] is None
        assert [] == people["hugo"]["dossiers"]
        assert people["paul"]["password"] is None
        assert 2 == len(people["monique"]["dossiers"])
        assert people["odette"]["franceconnect"] is None
