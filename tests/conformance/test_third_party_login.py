"""Third-party-initiated login plan: the address where an application begins a sign-in that others ask for."""

from tests.support.conformance import checks
from tests.support.conformance.runs import Run
from tests.support.conformance.suite import Suite, application_key

RUN = Run("3rdparty-init-login", "code")


def test_oidcc_3rd_party_init_login(suite: Suite) -> None:
    """The address is registered, and told again to whoever holds the registration's token."""
    address = f"{suite.house.documents.url}/initiate_login"
    registered = suite.register(RUN, initiate_login_uri=address).registered
    headers = {"Authorization": f"Bearer {registered['registration_access_token']}"}
    answer = suite.house.send("GET", registered["registration_client_uri"], headers=headers)
    assert (200, "application/json") == (answer.status_code, answer.headers["Content-Type"].partition(";")[0])
    assert [address, address] == [registered["initiate_login_uri"], answer.json()["initiate_login_uri"]]


def test_oidcc_3rd_party_init_login_nohttps(suite: Suite) -> None:
    """An address without https cannot be registered."""
    address = suite.house.documents.url.replace("https", "http") + "/initiate_login"
    answer = suite.try_to_register(RUN, application_key(), initiate_login_uri=address)
    checks.refused(answer, {"invalid_client_metadata"})
