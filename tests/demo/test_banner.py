"""The table printed when the demonstration is ready."""

from idp.admin.roles import Role
from idp.demo.banner import banner
from idp.demo.plan import Plan
from idp.demo.prepare import prepare


class TestBanner:
    """What a newcomer reads."""

    def test_addresses_and_people(self, plan: Plan) -> None:
        """Addresses, both kinds of dossier with their passwords, and how to stop stand on one screen."""
        prepared = prepare(plan)
        text = banner(prepared.contract, "var/demo.json", "var/log/provider.log")
        for address in (plan.issuer, plan.emulator, plan.relying_party, plan.mailbox):
            assert address in text
        assert prepared.credentials.passwords["1234567"] in text
        assert "Ayant droit" in text
        assert "Ctrl-C" in text
        assert "var/demo.json" in text
        assert "reference with it: var/log/provider.log" in text
        shown = sum(
            one["label"].split(" — ")[0] in text.split("  Who ")[1].split("  … ")[0]
            for one in prepared.contract["personas"]
        )
        assert f"{len(prepared.personas) - shown} more people" in text
        assert len(text.splitlines()) <= 27

    def test_who_has_never_signed_in(self, plan: Plan) -> None:
        """A first connection needs somebody with an address and no password yet; administrators have a role each."""
        text = banner(prepare(plan).contract, "var/demo.json", "var/log/provider.log")
        assert "Léa PERRIN, ayant droit, 620441875" in text
        assert all(f" {role}@" in text for role in Role)

    def test_closed_dossiers_are_not_offered(self, plan: Plan) -> None:
        """A dossier that cannot sign in is not among the suggestions."""
        text = banner(prepare(plan).contract, "var/demo.json", "var/log/provider.log")
        assert "Bernard" not in text

    def test_no_client_secret(self, plan: Plan) -> None:
        """The terminal shows people's passwords and no secret of an application."""
        prepared = prepare(plan)
        text = banner(prepared.contract, "var/demo.json", "var/log/provider.log")
        assert not any(secret in text for secret in prepared.credentials.client_secrets.values())
