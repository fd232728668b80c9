"""Where a demonstration is, and who reaches it."""

from dataclasses import replace

from idp import config
from idp.demo.plan import Plan
from idp.demo.prepare import prepare, programs


def test_the_loopback_alone_unless_another_name_is_asked_for(plan: Plan) -> None:
    """Nobody else reaches an ordinary demonstration; under a name of the network everybody reaches the provider."""
    assert ("http://localhost:9000", "127.0.0.1") == (plan.issuer, plan.listens_on)
    named = replace(plan, tls=True, host="idp.test")
    assert ("https://idp.test:9000", "0.0.0.0") == (named.issuer, named.listens_on)  # noqa: S104 - asked for
    commands = {name: program.command for name, program in programs(named).items()}
    hosts = {name: command[command.index("--host") + 1] for name, command in commands.items()}
    assert {"emulator": "127.0.0.1", "examples": "127.0.0.1", "provider": "0.0.0.0"} == hosts  # noqa: S104 - asked for


def test_the_provider_alone_is_on_https(plan: Plan) -> None:
    """Its settings name the certificate, and the programs that call it believe its authority."""
    chosen = replace(plan, tls=True)
    prepared = prepare(chosen)
    settings = config.load(plan.settings_file)
    assert chosen.tls_files.certificate == settings.server.tls_certificate
    assert str(chosen.tls_files.authority) == prepared.contract["ca_file"]
    made = programs(chosen)
    assert {"emulator": False, "examples": False, "provider": True} == {
        name: "--ssl-certificate" in program.command for name, program in made.items()
    }
    assert {str(chosen.trusted_file)} == {program.environment["REQUESTS_CA_BUNDLE"] for program in made.values()}
    assert prepare(plan).contract["ca_file"] is None
