"""The forms that prove a dossier."""

import pytest

from federation.forms import ProofForm
from idp.web.forms import LoginForm


@pytest.mark.parametrize("situation", ["affilie", "ayant_droit", "", "other"])
@pytest.mark.parametrize(
    "dossier", ["", " ", "1234567", "123 456 789", "12", "12.34", "a234567", "12345678", "123-45_67", "12/34567"]
)
@pytest.mark.parametrize("password", ["", "x", "x" * 257])
def test_a_field_that_is_wrong_is_told_as_on_the_sign_in_page(situation: str, dossier: str, password: str) -> None:
    """The same fields, the same words: whoever comes by one way knows them from the other."""
    typed = {"situation": situation, "dossier": dossier, "password": password}
    assert LoginForm.parse(typed).errors == ProofForm.read(typed).errors
