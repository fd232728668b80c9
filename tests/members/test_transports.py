"""Messages leave by SMTP: what servers refuse, cut and pretend, on a real one."""

import threading
from email.message import EmailMessage
from pathlib import Path

import pytest

from idp import config
from idp.members.transports import REFUSED_PATIENCE, MailFailed, SmtpTransport, transport_of
from idp.store.outbox import PATIENCE
from tests.support.certificates import Authority
from tests.support.smtp_server import PASSWORD, USER, PostOffice, Security, Verb, dripping, post_office


def letter(to: str = "angela@example.org") -> EmailMessage:
    """Return a message."""
    message = EmailMessage()
    message["From"], message["To"] = "house@example.org", to
    message["Message-ID"] = "<one@example.org>"
    message.set_content("Bonjour")
    return message


def refused(settings: config.Mail, message: EmailMessage | None = None) -> MailFailed:
    """Send a message that does not get through, and return what is told of it."""
    with pytest.raises(MailFailed) as caught:
        SmtpTransport(settings).send(message or letter())
    assert "angela" not in str(caught.value)
    return caught.value


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The only authority that this machine trusts."""
    made = Authority.create(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def test_a_server_takes_a_message() -> None:
    """In plain text where the settings say so, and it is told goodbye."""
    with post_office() as office:
        transport_of(office.settings()).send(letter())
    assert ["angela@example.org"] == [one["To"] for one in office.taken]
    assert ["RCPT", "DATA", "QUIT"] == office.asked


@pytest.mark.parametrize(
    ("verb", "answer", "cause", "patience"),
    [
        ("RCPT", "550 5.1.1 <angela@example.org> unknown", "SMTPRecipientsRefused 550 5.1.1", REFUSED_PATIENCE),
        ("RCPT", "450 4.2.0 Greylisted, see https://example.org", "SMTPRecipientsRefused 450 4.2.0", PATIENCE),
        ("RCPT", "451 try again", "SMTPRecipientsRefused 451", PATIENCE),
        ("DATA", "554 5.7.1 angela wants no such mail", "SMTPDataError 554 5.7.1", REFUSED_PATIENCE),
        ("DATA", "452 4.3.1 disk full", "SMTPDataError 452 4.3.1", PATIENCE),
    ],
)
def test_a_refusal_says_for_how_long(verb: Verb, answer: str, cause: str, patience: int) -> None:
    """For good and for now are told apart, by the codes alone: the server's words may name the member."""
    with post_office() as office:
        office.answers[verb] = [answer]
        error = refused(office.settings())
    assert (cause, patience) == (error.cause, error.patience)
    assert [] == office.taken


def test_an_address_beyond_ascii_needs_a_server_that_carries_it() -> None:
    """Refused here, before a server would refuse or mangle it."""
    with dripping(b"220 old\r\n250 hello\r\n") as port:
        settings = PostOffice(port).settings()
        assert "SMTPNotSupportedError" == refused(settings, letter("angèle@example.org")).cause


def test_what_is_said_after_the_message_was_taken_does_not_send_it_again() -> None:
    """A server that is too busy to say goodbye has the message all the same."""
    with post_office() as office:
        office.answers["QUIT"] = ["421 4.3.2 shutting down"]
        SmtpTransport(office.settings()).send(letter())
    assert 1 == len(office.taken)


def test_a_cut_before_the_answer_is_a_failure() -> None:
    """Nobody knows whether the server kept it: it is sent again, and its Message-ID says that it is the same."""
    with post_office() as office:
        office.cuts = 1
        assert "SMTPServerDisconnected" == refused(office.settings()).cause
        SmtpTransport(office.settings()).send(letter())
    assert ["<one@example.org>"] * 2 == [one["Message-ID"] for one in office.taken]


def test_a_server_that_hangs_is_left_after_the_timeout() -> None:
    """It accepts the connection and says nothing."""
    with dripping(b"") as port:
        transport = SmtpTransport(PostOffice(port).settings(timeout=0.2), whole=3600)
        with pytest.raises(MailFailed):
            transport.send(letter())


@pytest.mark.parametrize("first", [b"220-", b"220 here I am\r\n250-"])
def test_a_server_that_answers_drop_by_drop_is_left_too(first: bytes) -> None:
    """Each octet comes in time and the answer never ends: the whole conversation does."""
    with dripping(first, b"x") as port:
        transport = SmtpTransport(PostOffice(port).settings(), whole=0.3)
        with pytest.raises(MailFailed):
            transport.send(letter())


def test_a_server_that_does_not_answer_rests() -> None:
    """The messages behind are put off at once, not one timeout each; half a minute later it is tried again."""
    now = 1000.0
    with post_office() as office:
        office.cuts = 1
        transport = SmtpTransport(office.settings(), clock=lambda: now)
        for cause in ("SMTPServerDisconnected", "server_rests"):
            with pytest.raises(MailFailed, match=cause):
                transport.send(letter())
        now += 30
        transport.send(letter())
    assert 2 == len(office.taken)


def test_a_refused_recipient_does_not_make_the_server_rest() -> None:
    """It works: the next member's message goes at once."""
    with post_office() as office:
        office.answers["RCPT"] = ["550 no"]
        transport = SmtpTransport(office.settings(), clock=lambda: 0.0)
        with pytest.raises(MailFailed):
            transport.send(letter())
        transport.send(letter("bruno@example.org"))
    assert ["bruno@example.org"] == [one["To"] for one in office.taken]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_message_goes_over_tls(authority: Authority, tmp_path: Path, security: Security) -> None:
    """With a certificate that a trusted authority gave to this very host."""
    with post_office(security, authority.vouches_for("127.0.0.1", tmp_path)) as office:
        SmtpTransport(office.settings(security=security)).send(letter())
    assert 1 == len(office.taken)


def test_the_relay_knows_us_by_our_password(authority: Authority, tmp_path: Path) -> None:
    """The right one is taken; a wrong one, and none, are faults of the settings and not of the message."""
    secret = tmp_path / "secret"
    known = {"security": "starttls", "username": USER, "password_file": secret}
    with post_office("starttls", authority.vouches_for("127.0.0.1", tmp_path), private=True) as office:
        for password in (PASSWORD, "another"):
            secret.write_text(password, encoding="utf-8")
            secret.chmod(0o600)
            if password == PASSWORD:
                SmtpTransport(office.settings(**known)).send(letter())
        wrong, without = refused(office.settings(**known)), refused(office.settings(security="starttls"))
    assert ("SMTPAuthenticationError 535 5.7.8", PATIENCE) == (wrong.cause, wrong.patience)
    assert ("SMTPSenderRefused 530 5.7.0", PATIENCE) == (without.cause, without.patience)
    assert 1 == len(office.taken)


def test_a_password_never_goes_in_plain_text() -> None:
    """Settings that would send it so are refused before anything is sent."""
    with pytest.raises(config.ConfigurationError, match=r"mail\.username"):
        SmtpTransport(PostOffice(25).settings(username=USER))


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(("address", "days"), [("127.0.0.2", 1), ("127.0.0.1", -1)])
def test_a_bad_certificate_gets_nothing(
    authority: Authority, tmp_path: Path, security: Security, address: str, days: int
) -> None:
    """Of another host, or over: no message, and no password either."""
    with post_office(security, authority.vouches_for(address, tmp_path, days=days)) as office:
        assert "SSLCertVerificationError" == refused(office.settings(security=security)).cause
    assert [] == office.asked


def test_an_unknown_authority_gets_nothing(tmp_path: Path) -> None:
    """A certificate that anybody could have made."""
    certificate = Authority.create(tmp_path).vouches_for("127.0.0.1", tmp_path)
    with post_office("starttls", certificate) as office:
        assert "SSLCertVerificationError" == refused(office.settings(security="starttls")).cause
    assert [] == office.asked


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_that_is_not_offered_is_never_replaced_by_plain_text(security: Security) -> None:
    """Whoever takes STARTTLS out of the server's answer gets no message."""
    with post_office() as office:
        refused(office.settings(security=security))
    assert [] == office.asked


def test_a_server_that_is_gone_is_a_failure(free_port: int) -> None:
    """Nothing listens: the cause is a word."""
    assert "ConnectionRefusedError" == refused(PostOffice(free_port).settings()).cause


def test_nothing_is_left_running() -> None:
    """The watch over a conversation ends with it, also where there was none."""
    with post_office() as office, dripping(b"") as port:
        SmtpTransport(office.settings()).send(letter())
        refused(PostOffice(port).settings(timeout=0.1))
        watches = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
        for watch in watches:
            watch.join(2)
        assert [] == [watch for watch in watches if watch.is_alive()]
