"""Seeding through the two ports."""

from dataclasses import dataclass, field

from idp.demo.plan import Plan
from idp.demo.prepare import Prepared, prepare
from idp.demo.seed import seed_clients, seed_people
from idp.members.dossiers import Dossier
from idp.protocol.client import Client


@dataclass
class Shelf:
    """Keeps what it is given, by its key, as a store would."""

    dossiers: dict[str, tuple[Dossier, str | None]] = field(default_factory=dict)
    clients: dict[str, tuple[Client, str | None]] = field(default_factory=dict)


@dataclass
class Dossiers:
    """The port for dossiers, over a shelf."""

    shelf: Shelf

    def upsert(self, record: Dossier, password: str | None) -> None:
        """Keep a dossier."""
        self.shelf.dossiers[record.dossier] = (record, password)


@dataclass
class Clients:
    """The port for clients, over a shelf."""

    shelf: Shelf

    def upsert(self, client: Client, secret: str | None) -> None:
        """Keep a client."""
        self.shelf.clients[client.client_id] = (client, secret)


def fill(prepared: Prepared) -> Shelf:
    """Seed an empty shelf."""
    shelf = Shelf()
    for _ in range(2):
        seed_people(Dossiers(shelf), prepared.personas, prepared.credentials)
        seed_clients(Clients(shelf), prepared.clients)
    return shelf


class TestSeed:
    """What arrives."""

    def test_dossiers_with_the_passwords_of_the_contract(self, plan: Plan) -> None:
        """Every dossier of the contract is seeded once, with the password the contract tells."""
        prepared = prepare(plan)
        shelf = fill(prepared)
        told = {
            entry["dossier"]: entry["password"]
            for persona in prepared.contract["personas"]
            for entry in persona["dossiers"]
        }
        assert told == {number: password for number, (_, password) in shelf.dossiers.items()}

    def test_numbers_fit_their_situation(self, plan: Plan) -> None:
        """Seven digits for an affilié, nine for an ayant droit: the demonstration keeps the fund's rule."""
        for record, _ in fill(prepare(plan)).dossiers.values():
            length = {"affilie": 7, "ayant_droit": 9}[record.situation]
            assert record.dossier.isdigit()
            assert length == len(record.dossier)

    def test_clients_with_the_secrets_of_the_contract(self, plan: Plan) -> None:
        """Every client of the contract is seeded with its secret; a private key never leaves the contract."""
        prepared = prepare(plan)
        shelf = fill(prepared)
        told = {entry["client_id"]: entry.get("client_secret") for entry in prepared.contract["clients"]}
        assert told == {client_id: secret for client_id, (_, secret) in shelf.clients.items()}
        batch, _ = shelf.clients["batch"]
        assert batch.jwks is not None
        assert all("d" not in key for key in batch.jwks["keys"])

    def test_only_the_third_party_asks_for_consent(self, plan: Plan) -> None:
        """The fund's applications need no consent page; the simulator does (N-016)."""
        clients = fill(prepare(plan)).clients
        assert ["simulateur-retraite"] == [name for name, (client, _) in clients.items() if not client.first_party]
