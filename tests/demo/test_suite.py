"""The clients of a conformance suite that registers none."""

from dataclasses import replace
from typing import get_args

from idp import config
from idp.config.registration import ResponseType
from idp.demo.plan import Plan
from idp.demo.prepare import prepare
from idp.demo.suite import SECOND_QUERY
from idp.services.throttle_policy import Limits, is_exempt


def test_two_clients_for_each_method(plan: Plan) -> None:
    """Open registration brings two clients for each way to authenticate, each with what only its owner knows."""
    contract = prepare(replace(plan, open_registration=True, suite="https://suite.example/test/a/x")).contract
    entries = [entry for entry in contract["clients"] if entry["client_id"].startswith("suite-")]
    methods = sorted(entry["token_endpoint_auth_method"] for entry in entries)
    assert sorted(2 * ["client_secret_basic", "client_secret_post", "private_key_jwt"]) == methods
    secrets = [entry.get("client_secret") or entry["private_jwk"]["n"] for entry in entries]
    assert 6 == len(set(secrets))
    callback = "https://suite.example/test/a/x/callback"
    assert all([callback, callback + SECOND_QUERY] == entry["redirect_uris"] for entry in entries)
    assert "https://suite.example/test/a/x" == contract["suite"]["address"]


def test_they_may_use_every_flow(plan: Plan) -> None:
    """The plans of all response types run with the same clients."""
    prepared = prepare(replace(plan, open_registration=True))
    clients = [demo.client for demo in prepared.clients if demo.client.client_id.startswith("suite-")]
    assert {frozenset(get_args(ResponseType))} == {client.response_types for client in clients}
    assert all("implicit" in client.grant_types and "fragment" in client.response_modes for client in clients)


def test_none_without_open_registration(plan: Plan) -> None:
    """An ordinary demonstration has no client whose callbacks are elsewhere."""
    contract = prepare(plan).contract
    assert not [entry for entry in contract["clients"] if entry["client_id"].startswith("suite-")]
    assert contract["suite"] is None


def test_what_a_suite_needs_is_allowed_by_one_option(plan: Plan) -> None:
    """Its networks are not delayed, its host may be called, and its certificate is believed beside the usual ones."""
    trusted = plan.data.with_name("suite.pem")
    trusted.write_text("the suite's certificate", encoding="utf-8")
    chosen = replace(plan, open_registration=True, suite="https://suite.example:8443/test/a/x", trusted=trusted)
    prepare(chosen)
    settings = config.load(plan.settings_file)
    assert {"localhost", "127.0.0.1", "suite.example"} <= set(settings.outgoing.private_hosts)
    assert plan.trusted_file == settings.outgoing.ca_bundle
    assert "the suite's certificate" in plan.trusted_file.read_text(encoding="utf-8")
    assert is_exempt(Limits.of(settings.passwords), "172.17.0.1")


def test_nothing_of_it_is_allowed_otherwise(plan: Plan) -> None:
    """An ordinary demonstration delays everybody, and calls nobody but its own applications."""
    prepare(plan)
    settings = config.load(plan.settings_file)
    assert ("localhost",) == settings.outgoing.private_hosts
    assert not is_exempt(Limits.of(settings.passwords), "127.0.0.1")
