"""Challenges of passkeys: ours, of one browser and one action, for an hour."""

from idp.members.factors.challenges import LIFETIME, Challenges, fingerprint

NOW = 1_700_000_000


def test_a_challenge_is_of_one_browser_one_action_and_one_hour() -> None:
    """Anybody else's, an altered one, one from the future and an old one are none (N-101)."""
    challenges = Challenges(b"k" * 32)
    made = challenges.issue("browser", "sign_in:", NOW, b"n" * 16)
    assert NOW + LIFETIME == challenges.ends(made, "browser", "sign_in:", NOW)
    assert NOW + LIFETIME == challenges.ends(made, "browser", "sign_in:", NOW + LIFETIME - 1)
    refused = [
        challenges.ends(made, "other browser", "sign_in:", NOW),
        challenges.ends(made, "browser", "confirm:", NOW),
        challenges.ends(made, "browser", "sign_in:", NOW + LIFETIME),
        challenges.ends(made, "browser", "sign_in:", NOW - 1),
        challenges.ends(made[:-1] + bytes([made[-1] ^ 1]), "browser", "sign_in:", NOW),
        challenges.ends(bytes([made[0] ^ 1]) + made[1:], "browser", "sign_in:", NOW),
        challenges.ends(b"", "browser", "sign_in:", NOW),
        Challenges(b"x" * 32).ends(made, "browser", "sign_in:", NOW),
    ]
    assert [None] * len(refused) == refused


def test_challenges_differ() -> None:
    """Two of the same second are told apart by what is random in them."""
    challenges = Challenges(b"k" * 32)
    made = {challenges.issue("browser", "sign_in:", NOW, bytes([number]) * 16) for number in range(3)}
    assert 3 == len({fingerprint(one) for one in made})
