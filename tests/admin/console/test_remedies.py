"""Every refusal that may be noted has words."""

import pytest

from idp.admin.console.remedies import remedy
from idp.protocol.client_notes import FAULTS, Kind
from idp.protocol.near_miss import Difference
from idp.protocol.rfc7636_pkce import fault
from idp.services.outgoing import Failure


@pytest.mark.parametrize("kind", FAULTS)
def test_each_kind(kind: Kind) -> None:
    """A kind has a title and says something, also of what nobody foresaw."""
    words = remedy(kind.value, "what nobody foresaw")
    assert words.title != kind.value
    assert len(words.what) > 20


@pytest.mark.parametrize(
    "said", [fault(None, "v"), fault("c", None), fault("c", "v"), fault("c", "v" * 43), "code is missing"]
)
def test_what_the_token_endpoint_names(said: str) -> None:
    """What it says of one parameter has words of its own."""
    assert remedy("token", "what nobody foresaw").what != remedy("token", said).what


def test_each_difference_and_each_failure() -> None:
    """No two slips of an address, and no two ways of not answering, are told alike."""
    slips = {remedy("redirect_uri", one.value).what for one in Difference}
    assert len(Difference) == len(slips)
    ways = {remedy("not_told", one.value).what for one in Failure if one is not Failure.STATUS}
    assert len(Failure) - 1 == len(ways)
