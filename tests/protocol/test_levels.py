"""Which levels a sign-in meets, what reaches them, and which an application is told."""

from dataclasses import replace

import pytest

from idp.protocol.levels import Level, Levels
from idp.protocol.names import ACR_EIDAS1, ACR_PASSWORD, ACR_TWO_FACTORS

PASSWORD = (ACR_PASSWORD, ("pwd",))
TWO = (ACR_TWO_FACTORS, ("pwd", "otp", "mfa"))
PASSKEY = (ACR_TWO_FACTORS, ("swk", "user", "mfa"))
FRANCECONNECT = (ACR_EIDAS1, ("fc",))
PLUS = ("eidas2", ("fc",))
BOTH = (ACR_TWO_FACTORS, ("fc", "otp", "mfa"))
HOUSE = Levels()


def test_what_each_way_meets() -> None:
    """Two factors are more than a password; only FranceConnect proves the civil identity."""
    assert {ACR_PASSWORD} == HOUSE.met(*PASSWORD)
    assert {ACR_PASSWORD, ACR_TWO_FACTORS} == HOUSE.met(*TWO) == HOUSE.met(*PASSKEY)
    assert {ACR_EIDAS1} == HOUSE.met(*FRANCECONNECT)
    assert {ACR_PASSWORD, ACR_EIDAS1, ACR_TWO_FACTORS} == HOUSE.met(*BOTH)


def test_a_level_of_an_upstream_that_no_setting_names_is_its_own() -> None:
    """FranceConnect+ returns more than the default list knows: told as it is, and eidas1 is met too."""
    assert {"eidas2", ACR_EIDAS1} == HOUSE.met(*PLUS)
    assert "eidas2" == HOUSE.reported((), (), *PLUS)
    assert ACR_EIDAS1 == HOUSE.reported((ACR_EIDAS1,), (), *PLUS)


@pytest.mark.parametrize(
    ("essential", "way", "told"),
    [
        ((), PASSWORD, ACR_PASSWORD),
        ((), BOTH, ACR_TWO_FACTORS),
        ((ACR_EIDAS1,), BOTH, ACR_EIDAS1),
        ((ACR_EIDAS1, ACR_TWO_FACTORS), BOTH, ACR_TWO_FACTORS),
        ((ACR_PASSWORD, "unknown"), TWO, ACR_PASSWORD),
        (("unknown",), TWO, ACR_TWO_FACTORS),
    ],
)
def test_an_application_is_told_a_value_that_it_insists_on(
    essential: tuple[str, ...], way: tuple[str, tuple[str, ...]], told: str
) -> None:
    """The strongest of the essential values that is met, else the strongest there is."""
    assert told == HOUSE.reported(essential, (), *way)


@pytest.mark.parametrize(
    ("wished", "told"),
    [
        ((ACR_PASSWORD, ACR_TWO_FACTORS), ACR_PASSWORD),
        ((ACR_EIDAS1, ACR_TWO_FACTORS, ACR_PASSWORD), ACR_TWO_FACTORS),
        (("unknown", ACR_EIDAS1), ACR_TWO_FACTORS),
    ],
)
def test_an_application_is_told_what_it_prefers(wished: tuple[str, ...], told: str) -> None:
    """Core 3.1.2.1: values come in order of preference; one that is not met is passed over."""
    assert told == HOUSE.reported((), wished, *TWO)


def test_what_the_house_does_not_offer_cannot_be_reached() -> None:
    """Without FranceConnect its level is not announced, and no page would lead to it."""
    alone = replace(HOUSE, offered=frozenset({"password", "code", "passkey"}))
    assert (ACR_PASSWORD, ACR_TWO_FACTORS) == alone.supported
    assert (ACR_TWO_FACTORS,) == alone.reachable(("eidas1", ACR_TWO_FACTORS, "unknown", ACR_TWO_FACTORS))
    assert frozenset() == alone.methods((ACR_EIDAS1,))
    assert {"code", "passkey"} == alone.methods((ACR_EIDAS1, ACR_TWO_FACTORS))


def test_a_house_names_its_own_levels() -> None:
    """Names, order and methods are the settings': a code no longer reaches what asks for a passkey."""
    house = Levels((Level("low", ("password", "franceconnect")), Level("high", ("passkey",))))
    assert {"low"} == house.met(*TWO) == house.met(*BOTH)
    assert {"high"} == house.met(*PASSKEY)
    assert "low" == house.reported(("high",), (), *TWO)
    assert "high" == house.reported((), (), ACR_TWO_FACTORS, ("pwd", "hwk", "mfa"))
