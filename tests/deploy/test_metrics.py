"""What monitoring reads of a node with two serving processes: one sum, and nothing of anybody in it."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from idp import config
from idp.app import build
from tests.support import processes
from tests.support.cast import ESPACE, MEMBER, PASSWORD, SECRET
from tests.support.enumeration import HttpBrowser
from tests.support.nodes import DOSSIERS, filled
from tests.support.over_http import Application
from tests.support.servers import redis_url
from tests.support.sources import ROOT

TOKEN = "of-the-monitoring-only-5c1f"


class Scrape:
    """What one GET of the figures returned."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def of(self, name: str, **labels: str) -> float:
        """Return the sum of a figure's samples with these labels."""
        found = (one for one in self.samples if one.name == name)
        return sum(one.value for one in found if labels.items() <= one.labels.items())


def until(url: str, holds: Callable[[Scrape], bool]) -> Scrape:
    """Scrape until the figures hold: each process writes them down once a second, the first one some time after it
    serves.
    """
    deadline, said = time.monotonic() + 60, "nothing listens"
    while time.monotonic() < deadline:
        with suppress(requests.ConnectionError):
            answer = requests.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20)
            assert 200 == answer.status_code
            said = answer.text
            if holds(scrape := Scrape(said)):
                return scrape
        time.sleep(0.2)
    raise AssertionError(said)


ONCE = (
    ("idp_http_requests_total", {"route": "/userinfo"}),
    ("idp_http_requests_total", {"method": "other"}),
    ("idp_sign_ins_total", {"way": "password", "outcome": "wrong_password"}),
    ("idp_sign_ins_total", {"way": "password", "outcome": "ok"}),
    ("idp_tokens_issued_total", {"grant": "authorization_code"}),
    ("idp_refusals_total", {"endpoint": "/token", "error": "invalid_client"}),
)
"""What happens once in the story below."""


def live(base: str, port: int) -> str:
    """Do everything once, and 40 requests on connections of their own; return the access token."""
    for _ in range(40):
        # The machine deals connections out to both processes.
        requests.get(f"{base}/healthz", headers={"Connection": "close"}, timeout=20)
    requests.post(f"{base}/token", data={"grant_type": "authorization_code", "client_id": "nobody"}, timeout=20)
    requests.request("BREW", f"{base}/coffee/{DOSSIERS[0]}", timeout=20)
    browser, application = HttpBrowser(port), Application(port, ESPACE, SECRET)
    page = browser.sign_in(browser.get(application.authorize_url()), DOSSIERS[0], "not-the-password")
    page = browser.sign_in(page, DOSSIERS[0])
    token = str(application.redeem(page.query["code"])["access_token"])
    assert 200 == application.userinfo(token)
    browser.close()
    return token


def nobody_else(url: str) -> None:
    """Without the token, with another one or at another path nothing is told."""
    for headers in ({}, {"Authorization": "Bearer another"}, {"Authorization": f"Basic {TOKEN}"}):
        answer = requests.get(f"{url}/metrics", headers=headers, timeout=20)
        assert (401, False) == (answer.status_code, "idp_" in answer.text)
    assert 404 == requests.get(f"{url}/", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20).status_code


@pytest.mark.timeout(240)  # a node starts, which takes long beside other work
def test_one_scrape_shows_the_whole_node(tmp_path: Path) -> None:
    """Requests of both processes are in one sum; who may not read is refused; no label tells of anybody."""
    port, figures = processes.free_port(), processes.free_port()
    (tmp_path / "token").write_text(TOKEN, "ascii")
    (tmp_path / "tmp").mkdir()
    settings = f'[metrics]\nport = {figures}\ntoken_file = "{tmp_path}/token"\n'
    nodes = filled(tmp_path, (port,), f"sqlite:///{tmp_path}/idp.sqlite3", redis_url(), settings)
    base, url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{figures}"
    try:
        nodes.start(port, IDP_SERVER__WORKERS="2", TMPDIR=str(tmp_path / "tmp"))
        until(f"{url}/metrics", lambda scrape: scrape.of("idp_processes") == 2)
        (folder,) = (tmp_path / "tmp").glob("idp-metrics-*")
        assert 0o700 == folder.stat().st_mode & 0o777
        nobody_else(url)
        assert 404 == requests.get(f"{base}/metrics", timeout=20).status_code
        token = live(base, port)
        scrape = until(f"{url}/metrics", lambda one: all(one.of(name, **labels) == 1 for name, labels in ONCE))
    finally:
        nodes.stop()
    assert not folder.exists()
    assert 40 == scrape.of("idp_http_requests_total", route="/healthz", method="GET", status="200")
    assert 40 == scrape.of("idp_http_request_duration_seconds_count", route="/healthz")
    assert 40 == scrape.of("idp_http_request_duration_seconds_bucket", route="/healthz", le="+Inf")
    assert 2 == scrape.of("idp_password_hash_seconds_count")
    assert 0 == scrape.of("idp_outbox_oldest_age_seconds", kind="mail") == scrape.of("idp_letters_waiting")
    assert scrape.of("idp_signing_key_remaining_seconds", algorithm="ES256") > 0
    assert scrape.of("idp_resident_memory_bytes") > scrape.of("idp_resident_memory_largest_bytes") > 10_000_000
    assert scrape.of("idp_cpu_seconds_total") > 0
    assert scrape.of("idp_build_info") == 1
    hidden = (*DOSSIERS, ESPACE.client_id + '"', SECRET, PASSWORD, token, MEMBER.civil.birth_name, "127.0.0.1")
    assert [] == [word for word in hidden if word in scrape.text]


@pytest.mark.timeout(240)
def test_a_worker_apart_has_figures_of_its_own(tmp_path: Path) -> None:
    """It answers at its own port; without a token in the settings nobody is asked for one."""
    figures = processes.free_port()
    settings = f"[metrics]\nworker_port = {figures}\n"
    nodes = filled(tmp_path, (), f"sqlite:///{tmp_path}/idp.sqlite3", None, settings)
    application = build(config.load(nodes.file))
    with application.store.begin() as unit:
        unit.outbox.add("no-such-kind", "1", {}, task_id="1" * 32, now=application.clock())
    application.close()
    command = [sys.executable, "-c", "from idp.cli import main; main()", "--config", str(nodes.file), "worker"]
    worker = processes.start(command, tmp_path / "worker.log", cwd=ROOT)
    try:
        worker.wait_until(lambda: processes.listens(figures), 60)
        scrape = until(f"http://127.0.0.1:{figures}/metrics", lambda one: one.of("idp_processes") == 1)
    finally:
        assert 0 == worker.stop(seconds=30)
    assert 1 == scrape.of("idp_outbox_waiting", kind="no-such-kind")
    assert 0 == scrape.of("idp_http_requests_total")
