"""The machines' door: what is read, what is refused, and what every answer carries."""

import io
import json
import logging
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from idp import under_way
from idp.protocol.errors import Unavailable
from idp.protocol.messages import Reply, Request, json_reply
from idp.upstream_ports import KeyValueUnavailable
from idp.wire.table import Mount, Route
from idp.wire.wsgi import MAX_BODY, Door, door

ORIGIN = "https://spa.example"


class Answer:
    """What the door wrote."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.chunks: list[bytes] = []

    def __getitem__(self, name: str) -> str:
        """Return a header."""
        return dict(self.headers)[name]

    def has(self, name: str) -> bool:
        """Whether a header was sent."""
        return name in dict(self.headers)


def pages(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Stand for the people's pages."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Request-Id", "of the page")])
    return [f"page {environ['idp.reference']} {environ['idp.remote']}".encode()]


def make(endpoint: Callable[[Request], Reply], *methods: str, cors: bool = True, **options: Any) -> Door:
    """Return a door with one endpoint at /e."""
    table = {"/e": Route(endpoint, methods or ("GET", "HEAD", "POST"), cors=cors)}
    return door(table, pages, origins=lambda: frozenset({ORIGIN}), **options)


def call(application: Door, method: str = "GET", path: str = "/e", body: bytes = b"", **environ: Any) -> Answer:
    """Send a request as a WSGI server does."""
    answer = Answer()

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        answer.status, answer.headers = status, headers
        return answer.chunks.append

    base: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.input": io.BytesIO(body),
    }
    if body:
        base |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    answer.body = b"".join(application({**base, **environ}, start))
    return answer


def echo(request: Request) -> Reply:
    """Answer with what was read."""
    return json_reply(200, {"form": request.form.as_dict(), "query": request.query.as_dict()})


def test_the_thread_knows_which_request_it_answers() -> None:
    """What is noted far below the edge has the reference that the answer's header names."""
    seen = []

    def note(_request: Request) -> Reply:
        seen.append(under_way.reference())
        return json_reply(200, {})

    application = make(note)
    assert [call(application)["X-Request-Id"] for _ in range(2)] == seen


def test_a_request_is_read_once_into_a_value() -> None:
    """Method, path, query, form, headers in lower case, address and reference."""
    seen: list[Request] = []

    def keep(request: Request) -> Reply:
        seen.append(request)
        return Reply(204)

    call(make(keep), "POST", body=b"a=1&b=2&b=3", QUERY_STRING="q=x", HTTP_AUTHORIZATION="Basic x")
    request = seen[0]
    assert (("a", "1"), ("b", "2"), ("b", "3")) == request.form.pairs
    assert "x" == request.query.get("q")
    assert "Basic x" == request.headers["authorization"]
    assert "application/x-www-form-urlencoded" == request.headers["content-type"]
    assert ("POST", "/e", "192.0.2.1") == (request.method, request.path, request.remote)
    assert len(request.reference) == 16


def test_every_answer_carries_its_reference() -> None:
    """X-Request-Id, sixteen hex digits, new each time; and no sniffing of types."""
    first, second = call(make(echo)), call(make(echo))
    assert len(first["X-Request-Id"]) == 16
    assert first["X-Request-Id"] != second["X-Request-Id"]
    assert "nosniff" == first["X-Content-Type-Options"]


def test_unknown_paths_go_on_to_the_pages() -> None:
    """With the reference and the address in the environ; the door's reference wins in the header."""
    answer = call(make(echo), path="/authorize")
    assert answer.body == f"page {answer['X-Request-Id']} 192.0.2.1".encode()
    assert 1 == sum(1 for name, _ in answer.headers if name.lower() == "x-request-id")


def test_wrong_methods_get_405_with_allow() -> None:
    """N-134."""
    for method in ("GET", "PUT", "DELETE", "TRACE", "PATCH", "X"):
        answer = call(make(echo, "POST"), method)
        assert ("405", "POST, OPTIONS") == (answer.status[:3], answer["Allow"])


def test_head_has_no_body() -> None:
    """The headers of GET, its length included."""
    full, head = call(make(echo)), call(make(echo), "HEAD")
    assert (b"", full["Content-Length"]) == (head.body, head["Content-Length"])


@pytest.mark.parametrize("length", [MAX_BODY + 1, 10**9])
def test_a_large_body_is_refused_unread(length: int) -> None:
    """64 KiB at most, by what the client says, before a byte is read (V-34)."""

    class Untouchable(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError

    environ: dict[str, Any] = {"CONTENT_LENGTH": str(length), "wsgi.input": Untouchable()}
    assert "413" == call(make(echo), "POST", **environ).status[:3]


def test_a_large_chunked_body_is_refused() -> None:
    """Without a length, no more than the limit is read."""
    stream = io.BytesIO(b"a" * (MAX_BODY + 10))
    environ: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream}
    assert "413" == call(make(echo), "POST", **environ).status[:3]
    assert MAX_BODY + 1 == stream.tell()


@pytest.mark.parametrize("length", ["-1", "x", "1.5", "١"])
def test_a_malformed_length_is_refused(length: str) -> None:
    """Not guessed."""
    assert "400" == call(make(echo), "POST", CONTENT_LENGTH=length).status[:3]


@pytest.mark.parametrize("body", [b"a=%ff", b"a=\xff", b"a=%00", b"&".join(b"a%d=1" % n for n in range(101))])
def test_a_malformed_form_is_refused(body: bytes) -> None:
    """Bad UTF-8, NUL and more than a hundred fields: 400, and no exception."""
    answer = call(make(echo), "POST", body=body)
    assert "400" == answer.status[:3]
    assert b'"invalid_request"' in answer.body


def test_a_malformed_query_is_refused() -> None:
    """The same for the query."""
    assert "400" == call(make(echo), QUERY_STRING="a=%ff").status[:3]


def test_other_types_are_no_form() -> None:
    """JSON is not read as parameters (N-030)."""
    answer = call(make(echo), "POST", body=b"a=1", CONTENT_TYPE="application/json")
    assert b'"form":{}' in answer.body


def test_unavailable_is_503_with_retry_after() -> None:
    """N-136, V-40: a store that does not answer is never a bare 500, nor a success."""

    def busy(_request: Request) -> Reply:
        raise Unavailable("database locked", retry_after=7)

    def gone(_request: Request) -> Reply:
        raise KeyValueUnavailable("ConnectionError")

    answer = call(make(busy))
    assert ("503", "7") == (answer.status[:3], answer["Retry-After"])
    assert b'"temporarily_unavailable"' in answer.body
    assert ("503", "1") == (call(make(gone)).status[:3], call(make(gone))["Retry-After"])


def test_an_unforeseen_fault_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """N-036: 500 with the reference, no-store, no word of the fault; the log has both."""

    def broken(_request: Request) -> Reply:
        raise RuntimeError("secret of the house")

    answer = call(make(broken))
    assert "500" == answer.status[:3]
    assert "no-store" == answer["Cache-Control"]
    assert b"secret" not in answer.body
    assert answer["X-Request-Id"].encode() in answer.body
    record = next(record for record in caplog.records if record.name == "idp.wire")
    assert record.__dict__["reference"] == answer["X-Request-Id"]
    assert record.exc_info is not None


def test_the_access_line_holds_no_parameter(caplog: pytest.LogCaptureFixture) -> None:
    """N-152: method, path and status; no query, no header, no body."""
    caplog.set_level(logging.DEBUG)
    call(
        make(echo),
        "POST",
        body=b"client_secret=canary",
        QUERY_STRING="access_token=canary",
        HTTP_AUTHORIZATION="canary",
    )
    call(make(echo), path="/authorize", QUERY_STRING="state=canary")
    lines = [record.getMessage() for record in caplog.records if record.name == "idp.access"]
    assert ["POST /e 200", "GET /authorize 200"] == lines
    assert "canary" not in caplog.text


@pytest.mark.parametrize("link", ["/administration/invitation/", "/adresse-e-mail/"])
def test_the_access_line_holds_no_link_that_opens_something(caplog: pytest.LogCaptureFixture, link: str) -> None:
    """N-152: of an address that is a secret only the page is told."""
    caplog.set_level(logging.DEBUG)
    call(make(echo), path=f"{link}canary")
    assert [f"GET {link}… 200"] == [one.getMessage() for one in caplog.records if one.name == "idp.access"]
    assert "canary" not in caplog.text


def test_trusted_proxies_name_the_caller() -> None:
    """N-133: their header is believed, a malformed one refused."""
    seen: list[str] = []

    def keep(request: Request) -> Reply:
        seen.append(request.remote)
        return Reply(204)

    application = make(keep, trusted_proxies=("192.0.2.0/24",))
    call(application, HTTP_X_FORWARDED_FOR="203.0.113.7")
    assert ["203.0.113.7"] == seen
    assert "400" == call(application, HTTP_X_FORWARDED_FOR="nonsense").status[:3]


def test_nobody_else_names_the_caller() -> None:
    """V-60."""
    answer = call(make(echo), path="/page", HTTP_X_FORWARDED_FOR="203.0.113.7", HTTP_FORWARDED="for=203.0.113.8")
    assert answer.body.endswith(b"192.0.2.1")


def test_preflight_for_a_registered_origin() -> None:
    """N-008: what the page may send."""
    answer = call(make(echo, "POST"), "OPTIONS", HTTP_ORIGIN=ORIGIN, HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST")
    assert ("204", ORIGIN, "POST") == (
        answer.status[:3],
        answer["Access-Control-Allow-Origin"],
        answer["Access-Control-Allow-Methods"],
    )
    assert not answer.has("Access-Control-Allow-Credentials")
    assert not answer.has("Content-Length")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{ORIGIN}.evil", ORIGIN.upper(), f"{ORIGIN}/", "*", "x" * 500]
)
def test_no_other_origin_is_allowed(origin: str) -> None:
    """N-008: exact strings, never a wildcard; the answer varies by origin all the same."""
    for answer in (
        call(make(echo), HTTP_ORIGIN=origin),
        call(make(echo), "OPTIONS", HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST"),
    ):
        assert not answer.has("Access-Control-Allow-Origin")
        assert "Origin" == answer["Vary"]


def test_a_page_may_read_errors_too() -> None:
    """A registered origin sees why it was refused."""
    answer = call(make(echo, "POST"), "PUT", HTTP_ORIGIN=ORIGIN)
    assert ("405", ORIGIN) == (answer.status[:3], answer["Access-Control-Allow-Origin"])


def test_half_a_body_is_none() -> None:
    """Who breaks off in the middle of a form has sent no shorter one, and a length is a number of few digits."""
    assert "400" == call(make(echo), "POST", body=b"a=1", CONTENT_LENGTH="4").status[:3]
    assert "413" == call(make(echo), "POST", body=b"a=1", CONTENT_LENGTH="0" * 5000 + "3").status[:3]


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_answer_goes_out_though_the_origins_cannot_be_read(method: str) -> None:
    """A code that is spent is answered with its tokens; the page that asked may read them if it could before."""
    known = [frozenset({ORIGIN})]

    def origins() -> frozenset[str]:
        if not known:
            raise Unavailable("no database")
        return known.pop()

    table = {"/e": Route(lambda _: Reply(200, (), b"tokens"), ("GET", "POST"), cors=True)}
    never, before = (door(table, pages, origins=one) for one in (failing, origins))
    asked: dict[str, Any] = {"HTTP_ORIGIN": ORIGIN, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    call(before, **asked)
    answers = [call(one, method, **asked) for one in (never, before)]
    assert [204 if method == "OPTIONS" else 200] * 2 == [int(answer.status[:3]) for answer in answers]
    assert [False, True] == [answer.has("Access-Control-Allow-Origin") for answer in answers]
    assert answers[0].has("X-Request-Id")


def failing() -> frozenset[str]:
    """Stand for the registered origins while the database does not answer."""
    raise Unavailable("no database")


def test_routes_without_cors_never_allow_an_origin() -> None:
    """N-008: introspection is for servers."""
    application = make(echo, cors=False)
    environ: dict[str, Any] = {"HTTP_ORIGIN": ORIGIN, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    for method in ("GET", "OPTIONS"):
        assert not call(application, method, **environ).has("Access-Control-Allow-Origin")


@pytest.mark.parametrize("secure", [True, False])
def test_browsers_stay_with_https(secure: bool) -> None:
    """N-125: with an https issuer every answer of the door carries HSTS, errors too; on plain http none does."""
    application = make(echo, secure=secure)
    answers = [call(application), call(application, "DELETE"), call(application, "POST", CONTENT_LENGTH="x")]
    assert [secure] * 3 == [answer.has("Strict-Transport-Security") for answer in answers]
    assert not call(application, path="/page").has("Strict-Transport-Security")


def problem(status: int, error: str, _said: str, *headers: tuple[str, str], reference: str) -> Reply:
    """Write a fault as a mount may."""
    return Reply(status, (("Content-Type", "text/x-fault"), *headers), f"{error} {reference}".encode())


def test_a_mount_has_everything_below_its_path() -> None:
    """Any method, blank parameters kept; what is beside it goes on to the pages."""

    def tell(request: Request) -> Reply:
        return json_reply(200, {"method": request.method, "path": request.path, "query": list(request.query.pairs)})

    application = door({}, pages, origins=frozenset, mounts={"/m/": Mount(tell, problem)})
    answer = call(application, "BREW", "/m/a/b", QUERY_STRING="a=&b=1")
    assert {"method": "BREW", "path": "/m/a/b", "query": [["a", ""], ["b", "1"]]} == json.loads(answer.body)
    assert call(application, path="/m").body.startswith(b"page ")


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [(Unavailable("x"), 503, "temporarily_unavailable"), (RuntimeError("x"), 500, "server_error")],
)
def test_a_mount_writes_its_faults_its_own_way(fault: Exception, status: int, error: str) -> None:
    """Also those that never reached its endpoint."""

    def fail(_request: Request) -> Reply:
        raise fault

    application = door({}, pages, origins=frozenset, mounts={"/m/": Mount(fail, problem)})
    for answer, expected in (
        (call(application, path="/m/"), f"{status} {error}"),
        (call(application, "POST", "/m/", CONTENT_LENGTH=str(MAX_BODY + 1)), "413 invalid_request"),
        (call(application, path="/m/", QUERY_STRING="a=%ff"), "400 invalid_request"),
    ):
        written = f"{answer.status[:3]} {answer.body.decode().rpartition(' ')[0]}"
        assert (expected, "text/x-fault") == (written, answer["Content-Type"])
        assert answer.body.decode().endswith(answer["X-Request-Id"])
