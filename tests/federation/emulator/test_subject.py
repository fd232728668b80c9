"""The pairwise subject: FranceConnect's own formula, and what moves it."""

import base64
import hashlib

import pytest

from federation.emulator.subject import identity_hash, pairwise_subject
from tests.federation.emulator.partner import Partner

ANGELA: dict[str, str | list[str]] = {
    "given_name": "Angela Claire Louise",
    "family_name": "DUBOIS",
    "birthdate": "1962-08-24",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
}


def test_the_formula() -> None:
    """H = base64(SHA-256(six fields)), sub = hex(SHA-256(entity + H + secret)) + v1."""
    digest = hashlib.sha256(b"Angela Claire LouiseDUBOIS1962-08-24female7510799100").digest()
    expected = hashlib.sha256(b"entity" + base64.b64encode(digest) + b"secret").hexdigest() + "v1"
    assert expected == pairwise_subject("entity", ANGELA, "secret")


def test_binary_encoding_keeps_the_low_byte() -> None:
    """JavaScript's "binary" is latin-1 up to U+00FF and the low byte beyond: œ (U+0153) becomes S (0x53)."""
    assert identity_hash({**ANGELA, "family_name": "LESUR"}) == identity_hash({**ANGELA, "family_name": "LEœUR"})


def test_the_birthplace_counts_in_france_only() -> None:
    """Abroad, the place is left out of the hash."""
    abroad = {**ANGELA, "birthcountry": "99352"}
    assert identity_hash(abroad) == identity_hash({**abroad, "birthplace": ""})
    assert identity_hash(ANGELA) != identity_hash({**ANGELA, "birthplace": ""})


@pytest.mark.parametrize("field", ["given_name", "family_name", "birthdate", "gender", "birthcountry"])
def test_a_civil_status_correction_gives_a_new_subject(field: str) -> None:
    """Any corrected pivot field moves the subject."""
    assert identity_hash(ANGELA) != identity_hash({**ANGELA, field: "other"})


def test_contact_data_and_usage_name_do_not_count() -> None:
    """A new e-mail address or a marriage leaves the subject alone."""
    assert identity_hash(ANGELA) == identity_hash({**ANGELA, "email": "a@example.org", "preferred_username": "X"})


def test_the_provider_does_not_count_but_the_sector_does(partner: Partner, shop: Partner, sibling: Partner) -> None:
    """Same person: one subject whatever the tile, another for another service, shared within a sector."""
    first = partner.identity()[0]["sub"]
    partner.browser.delete_cookie("fc_session_id")
    assert first == partner.identity(idp="emulator-msa")[0]["sub"]
    assert first != shop.identity()[0]["sub"]
    assert first == sibling.identity()[0]["sub"]
