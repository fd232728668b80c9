"""A demonstration is recognised by its mailbox, and nothing else is taken for one."""

import socket
from threading import Thread

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from idp.demo.neighbours import demonstration_on
from tests.support.processes import free_port


@pytest.mark.parametrize(
    ("answer", "known"), [(Response('{"messages":[]}\n', mimetype="application/json"), True), (Response("{}"), False)]
)
def test_known_by_its_mailbox(answer: Response, known: bool) -> None:
    """Whichever of its three ports is wanted; what answers otherwise is another program."""
    first = free_port(3)
    server = make_server("localhost", first + 2, answer)
    serving = Thread(target=server.serve_forever)
    serving.start()
    try:
        expected = {f"http://localhost:{first + 2}/"} if known else {None}
        assert expected == {demonstration_on([port]) for port in range(first, first + 3)}
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def test_what_does_not_answer_is_no_demonstration() -> None:
    """A program that takes the connection and says nothing keeps nobody waiting; nor does the last port there is."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert demonstration_on([listener.getsockname()[1], 65535]) is None
