"""The visitors' sessions of the example server."""

from examples.espace_personnel.oidc import Pending
from examples.espace_personnel.sessions import IDLE, MOST_PENDING, MOST_SESSIONS, SessionStore


class TestSessionStore:
    """Opening, finding and ending."""

    def test_found_by_its_identifier_only(self) -> None:
        """A session is found by its random identifier, and by nothing else."""
        store = SessionStore(lambda: 100)
        session = store.open()
        assert session is store.find(session.identifier)
        assert store.find("another") is None
        assert store.find(None) is None

    def test_idle_session_ends(self) -> None:
        """A session unused for longer than the limit is gone; use prolongs it."""
        now = [100]
        store = SessionStore(lambda: now[0])
        session = store.open()
        now[0] += IDLE
        assert session is store.find(session.identifier)
        now[0] += IDLE + 1
        assert store.find(session.identifier) is None

    def test_ended_session_is_gone(self) -> None:
        """An ended session is not found, and ending it again does no harm."""
        store = SessionStore(lambda: 100)
        session = store.open()
        store.end(session)
        store.end(session)
        store.end(None)
        assert store.find(session.identifier) is None

    def test_memory_is_bounded(self) -> None:
        """Opening sessions without end makes room by forgetting the oldest."""
        store = SessionStore(lambda: 100)
        first = store.open()
        for _ in range(MOST_SESSIONS):
            store.open()
        assert store.find(first.identifier) is None


class TestSession:
    """What one visitor's session holds."""

    def test_pending_sign_ins_are_bounded(self) -> None:
        """The oldest sign-in under way gives way to the newest."""
        session = SessionStore(lambda: 100).open()
        for number in range(MOST_PENDING + 1):
            session.remember(Pending(f"state-{number}", "nonce", "verifier", 100))
        assert MOST_PENDING == len(session.pending)
        assert "state-0" not in session.pending

    def test_notice_is_shown_once(self) -> None:
        """A message is taken, then gone."""
        session = SessionStore(lambda: 100).open()
        session.notice = "Bonjour"
        assert "Bonjour" == session.take_notice()
        assert "" == session.take_notice()
