"""The signing keys: exact headers, generations under one label, and a file that outlives the process."""

import json
from pathlib import Path

from federation.emulator.keys import SigningKeys
from federation.emulator.platforms import PLATFORMS

KIDS = PLATFORMS["standard"].kids


def test_a_token_verifies_under_its_own_generation_only(keys: SigningKeys) -> None:
    """Generations share their labels and nothing else; a token of another algorithm is refused too."""
    token = keys.sign({"sub": "élise"}, "ES256", kid="a")
    assert {"sub": "élise"} == keys.verify(token, "ES256")
    assert keys.verify(token, "ES256", "rotated") is None
    assert keys.verify(token, "RS256") is None
    assert keys.verify(keys.sign({"sub": "x"}, "none", kid="a"), "ES256") is None
    assert keys.verify("garbage", "ES256") is None


def test_keys_outlive_the_process_in_their_file(tmp_path: Path) -> None:
    """A second start reads what the first one wrote, in a file for the owner only."""
    file = tmp_path / "keys.json"
    first = SigningKeys(file)
    token = first.sign({"sub": "x"}, "RS256", kid="a")
    assert 0o600 == file.stat().st_mode & 0o777
    second = SigningKeys(file)
    assert first.jwks("current", KIDS) == second.jwks("current", KIDS)
    assert {"sub": "x"} == second.verify(token, "RS256")
    assert {"ES256", "RS256"} == set(json.loads(file.read_text(encoding="utf-8")))


def test_keys_are_new_at_each_start_without_a_file() -> None:
    """Without a file, a restart is a rotation under the same labels."""
    first, second = (SigningKeys().jwks("current", KIDS)["keys"] for _ in range(2))
    assert [key["kid"] for key in first] == [key["kid"] for key in second]
    assert first[0]["x"] != second[0]["x"]
