"""Near misses: each slip named, and nothing shown of an address but where it leads."""

import pytest

from idp.protocol.near_miss import LONGEST, Difference, near_miss, shown

HELD = "https://app.example.org/callback"


@pytest.mark.parametrize(
    ("sent", "difference", "seen"),
    [
        (f"{HELD}/", Difference.TRAILING_SLASH, f"{HELD}/"),
        ("http://app.example.org/callback", Difference.SCHEME, "http://app.example.org/callback"),
        ("https://www.app.example.org/callback", Difference.WWW, "https://www.app.example.org/callback"),
        ("https://app.example.org:8443/callback", Difference.PORT, "https://app.example.org:8443/callback"),
        ("https://app.example.org:443/callback", Difference.PORT, "https://app.example.org:443/callback"),
        ("https://APP.example.org/callback", Difference.CASE, "https://APP.example.org/callback"),
        ("https://app.example.org/Callback", Difference.CASE, "https://app.example.org/Callback"),
        (f"{HELD}?code=s3cret&x=1", Difference.QUERY, f"{HELD}?…"),
        (f"{HELD}?", Difference.QUERY, f"{HELD}?…"),
        (f"{HELD}#token=s3cret", Difference.FRAGMENT, f"{HELD}#…"),
        ("https://app.example.org/c%61llback", Difference.ENCODING, "https://app.example.org/c%61llback"),
        ("https://jean:s3cret@app.example.org/callback", Difference.USER_INFORMATION, HELD),
        ("https://app.example.org/auth/callback", Difference.PATH, "https://app.example.org/auth/callback"),
        ("https://app.example.org/cb/123456789", Difference.PATH, "https://app.example.org/cb/…"),
        ("https://app.example.org/jean%40example.org", Difference.PATH, "https://app.example.org/…"),
        ("https://test.example.org/callback", Difference.HOST, "https://test.example.org/callback"),
    ],
)
def test_slips(sent: str, difference: Difference, seen: str) -> None:
    """The slip has its name; secrets, numbers and users are not in what is shown."""
    found = near_miss(sent, ("https://other.example.org/x", HELD))
    assert (difference, seen, HELD) == (found.difference, found.sent, found.registered)


@pytest.mark.parametrize("sent", ["https://evil.example/s3cret/page", "nonsense", "http://[::1", "a:b", "", "\x00"])
def test_strangers(sent: str) -> None:
    """What is near nothing is shown by its place alone: nobody writes to the console in an address."""
    found = near_miss(sent, (HELD,))
    assert (Difference.OTHER, "") == (found.difference, found.registered)
    assert "s3cret" not in found.sent


@pytest.mark.parametrize(
    ("sent", "registered", "difference"),
    [
        (HELD, ("https://app.example.org/*",), Difference.STAR),
        (f"{HELD}/", ("https://app.example.org/*", HELD), Difference.TRAILING_SLASH),
        ("https://evil.example/callback", ("https://*/other", "https://app.example.org/*"), Difference.OTHER),
    ],
)
def test_a_star_that_was_taken_for_a_pattern(sent: str, registered: tuple[str, ...], difference: Difference) -> None:
    """An address registered with a star is told as the cause, unless another is nearer or it is of another server."""
    assert difference == near_miss(sent, registered).difference


def test_two_names_of_one_machine() -> None:
    """Localhost and 127.0.0.1 are told apart as what they are."""
    found = near_miss("http://localhost:3000/cb", ("http://127.0.0.1:3000/cb",))
    assert Difference.LOCAL_NAME == found.difference


@pytest.mark.parametrize("word", ["Xk3_9aBcDeFgHiJkLmNoPqRs", "eyJhbGciOiJFUzI1NiJ9", "1850175", "0f8fad5b-d9cb-469f"])
def test_what_may_be_somebodys_is_not_shown(word: str) -> None:
    """A code, a token or a number in the path is left out; a route with both cases and a digit is not."""
    found = near_miss(f"https://app.example.org/retour/{word}", ["https://app.example.org/retour"])
    assert "https://app.example.org/retour/…" == found.sent
    route = near_miss("https://app.example.org/Oauth2Retour", ["https://app.example.org/retour"])
    assert "https://app.example.org/Oauth2Retour" == route.sent


def test_nothing_registered() -> None:
    """Where there is no address, that is the difference."""
    assert Difference.NONE_REGISTERED == near_miss(HELD, ()).difference


@pytest.mark.parametrize("uri", [f"https://app.example.org/{'a/' * 500}", "https://" + "h" * 400, "<b>://x/<i>"])
def test_what_is_shown_is_bounded(uri: str) -> None:
    """However long or odd an address is, what is kept of it is short and has no mark-up."""
    found = shown(uri)
    assert len(found) <= LONGEST
    assert not set("<>\"'") & set(found)
