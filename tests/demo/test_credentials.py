"""The secrets of a demonstration."""

from importlib.resources import files

from idp.demo.credentials import complete, password

WORDS = files("idp.demo").joinpath("words.txt").read_text(encoding="ascii").split()


class TestPassword:
    """Passwords that a person can type."""

    def test_four_words_and_a_number(self) -> None:
        """A password is four words of the list and three digits, 12 characters at least."""
        *words, number = password(WORDS).split("-")
        assert 4 == len(words)
        assert set(words) <= set(WORDS)
        assert 100 <= int(number) <= 999

    def test_word_list_is_large_enough(self) -> None:
        """The list holds 512 different plain words or more, so that four of them and a number make 45 bits."""
        assert len(set(WORDS)) == len(WORDS) >= 512
        assert all(word.isascii() and word.islower() and len(word) >= 3 for word in WORDS)


class TestComplete:
    """Keeping what there is, adding what is missing."""

    def test_every_install_has_its_own(self) -> None:
        """Two installations share no secret."""
        first, second = (complete(None, ["1234567"], ["app"], {"batch": "ES256"}, None) for _ in range(2))
        assert first.passwords != second.passwords
        assert first.client_secrets != second.client_secrets
        assert first.private_jwks["batch"]["d"] != second.private_jwks["batch"]["d"]
        assert first.franceconnect_secret != second.franceconnect_secret

    def test_earlier_secrets_are_kept(self) -> None:
        """What an earlier contract holds is kept; a new dossier gets a new password."""
        earlier = {
            "personas": [{"dossiers": [{"dossier": "1234567", "password": "kept"}]}],
            "clients": [
                {"client_id": "app", "client_secret": "kept-secret"},
                {"client_id": "batch", "private_jwk": {"kty": "EC", "d": "kept-key"}},
            ],
        }
        credentials = complete(
            earlier, ["1234567", "7654321"], ["app"], {"batch": "ES256", "suite": "RS256"}, "kept-fc"
        )
        assert "kept" == credentials.passwords["1234567"]
        assert credentials.passwords["7654321"]
        assert {"app": "kept-secret"} == credentials.client_secrets
        assert "kept-key" == credentials.private_jwks["batch"]["d"]
        assert "RSA" == credentials.private_jwks["suite"]["kty"]
        assert "kept-fc" == credentials.franceconnect_secret
