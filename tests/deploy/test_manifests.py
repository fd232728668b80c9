"""What a house begins with speaks of things that there are: figures, labels, ports, probes, secrets."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from idp import config
from idp.admin.console.events import WORDS
from idp.endpoints.assemble import Endpoints
from idp.measuring import KINDS
from idp.metrics import points
from idp.protocol.messages import Reply
from idp.wire.table import build_table
from keys.sealing import load_kek_file
from tests.support.sources import ROOT

DEPLOY = ROOT / "deploy"
SELECTOR = re.compile(r"\b(idp_[a-z_]+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'([a-z_]+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
OF_PROMETHEUS = {"job", "instance"}


def shown() -> dict[str, set[str]]:
    """Return the labels of every series that a scrape may have, by its name."""
    found = {one.name: set(one.labels) for one in (*points.COUNTERS, *points.LEVELS, *points.GAUGES)}
    for one in points.HISTOGRAMS:
        labels = set(one.labels)
        if one.counter is not None:
            found[one.counter] = labels
            labels = set(one.labels[:-1])
        found |= {f"{one.name}_bucket": labels | {"le"}, f"{one.name}_count": labels, f"{one.name}_sum": labels}
    return found


def alerts() -> Iterator[dict[str, Any]]:
    """Yield the rules."""
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]:
        yield from group["rules"]


def test_alerts_speak_of_figures_that_there_are() -> None:
    """An alert on a name or a label that nobody gives never fires, without a word."""
    series, faults = shown(), []
    for alert in alerts():
        for name, matchers in SELECTOR.findall(alert["expr"]):
            given = {label for label, _ in MATCHER.findall(matchers)}
            if name not in series or not given <= series[name] | OF_PROMETHEUS:
                faults.append(f"{alert['alert']}: {name} {sorted(given)}")
    assert [] == faults
    assert all(alert["labels"]["severity"] in {"page", "ticket"} for alert in alerts())


def test_alerts_ask_for_values_that_there_are() -> None:
    """Kinds of work, events and routes by the names that the provider gives them."""
    empty = Endpoints(**{member.name: lambda _request: Reply(204) for member in fields(Endpoints)})
    known: dict[str, set[str]] = {
        "kind": {*KINDS, *(str(labels[0]) for labels, _ in points.DATABASE_FAULTS.cells())},
        "event": {*WORDS, "code_reused", "refresh_reused"},
        "route": set(build_table(empty)),
    }
    asked = [
        (alert["alert"], label, value)
        for alert in alerts()
        for label, values in MATCHER.findall(alert["expr"])
        for value in values.split("|")
        if label in known and value not in known[label]
    ]
    assert [] == asked


def test_the_page_for_operators_tells_of_every_alert() -> None:
    """Whoever is called at night finds what it means, and no alert that is no more."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert {alert["alert"] for alert in alerts()} == set(re.findall(r"\bIdp[A-Z][A-Za-z]+\b", page))


def kubernetes() -> list[dict[str, Any]]:
    """Return the manifests."""
    return [one for one in yaml.safe_load_all((DEPLOY / "kubernetes" / "idp.yaml").read_text("utf-8")) if one]


def containers() -> dict[str, dict[str, Any]]:
    """Return the container of each deployment, by the deployment's name."""
    found = [one for one in kubernetes() if one["kind"] == "Deployment"]
    return {one["metadata"]["name"]: one["spec"]["template"]["spec"]["containers"][0] for one in found}


def test_kubernetes_probes_ports_that_are_those_of_the_settings() -> None:
    """Each probe asks a path of ours at a port with a name; figures have their own, which no service passes on."""
    settings = config.load(DEPLOY / "idp.toml", database={"password_file": None}, cache={"redis_password_file": None})
    ports = {name: {port["name"]: port["containerPort"] for port in one["ports"]} for name, one in containers().items()}
    assert {
        "idp": {"http": settings.server.port, "metrics": settings.metrics.port},
        "idp-worker": {"metrics": settings.metrics.worker_port},
    } == ports
    asked = set()
    for name, container in containers().items():
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            way = container.get(probe, {})
            asked |= {(name, probe, kind, at.get("path"), at["port"] in ports[name])
                      for kind, at in way.items() if isinstance(at, dict)}  # fmt: skip
    assert {
        ("idp", "startupProbe", "httpGet", "/readyz", True),
        ("idp", "readinessProbe", "httpGet", "/readyz", True),
        ("idp", "livenessProbe", "httpGet", "/healthz", True),
        ("idp-worker", "startupProbe", "tcpSocket", None, True),
        ("idp-worker", "livenessProbe", "tcpSocket", None, True),
    } == asked
    (service,) = [one for one in kubernetes() if one["kind"] == "Service"]
    assert ["http"] == [port["targetPort"] for port in service["spec"]["ports"]]


def test_one_node_is_left_when_machines_are_emptied() -> None:
    """The budget and the rolling update are about the nodes that serve."""
    (budget,) = [one for one in kubernetes() if one["kind"] == "PodDisruptionBudget"]
    (nodes,) = [one for one in kubernetes() if one["kind"] == "Deployment" and one["metadata"]["name"] == "idp"]
    assert budget["spec"]["selector"] == nodes["spec"]["selector"]
    assert 1 <= budget["spec"]["minAvailable"] < nodes["spec"]["replicas"]
    assert {"maxUnavailable": 0, "maxSurge": 1} == nodes["spec"]["strategy"]["rollingUpdate"]


def named_secrets() -> set[str]:
    """Return the secrets that the settings of a node name."""
    return set(re.findall(r'"/run/secrets/([a-z_]+)"', (DEPLOY / "idp.toml").read_text("utf-8")))


def test_kubernetes_is_told_every_secret_and_mounts_them_as_the_provider_takes_them() -> None:
    """Whoever makes the secret reads what belongs in; by its group alone may another owner's file be read (keys)."""
    text = (DEPLOY / "kubernetes" / "idp.yaml").read_text("utf-8")
    header = " ".join(line.lstrip("# ") for line in text.partition("\n\n")[0].splitlines())
    told = re.search(r"The secret `idp` holds ([a-z_, ]+) \(", header)
    assert told
    assert named_secrets() == set(told[1].split(", "))
    for one in kubernetes():
        if one["kind"] == "Deployment":
            volumes = {volume["name"]: volume for volume in one["spec"]["template"]["spec"]["volumes"]}
            assert 0o440 == volumes["secrets"]["secret"]["defaultMode"]


def test_the_key_made_as_compose_says_is_one(tmp_path: Path) -> None:
    """The header's commands make a file that the provider takes."""
    made = re.search(r"head -c 32 .*? > kek", (DEPLOY / "compose.yaml").read_text("utf-8"))
    assert made
    subprocess.run(["/bin/sh", "-c", f"{made[0]} && chmod 400 kek"], cwd=tmp_path, check=True)
    assert 32 == len(load_kek_file(tmp_path / "kek"))


def test_messages_leave_and_letters_stay() -> None:
    """Mail goes to a server, and what is printed lies on a volume that outlives the container."""
    settings = config.load(DEPLOY / "idp.toml", database={"password_file": None}, cache={"redis_password_file": None})
    assert "smtp" == settings.mail.transport
    letters = str(settings.letters.directory)
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    for name in ("node-1", "node-2", "worker"):
        assert f"letters:{letters}" in services[name]["volumes"]
    for container in containers().values():
        assert {"name": "letters", "mountPath": letters} in container["volumeMounts"]
    assert f"-m 700 {letters}" in (DEPLOY / "Containerfile").read_text("utf-8")


def test_compose_gives_every_secret_that_the_settings_name() -> None:
    """Settings, compose and Prometheus agree on secrets, targets and ports."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    wanted, services = named_secrets(), compose["services"]
    for name in ("node-1", "node-2", "worker"):
        assert wanted == set(services[name]["secrets"])
    assert wanted <= set(compose["secrets"])
    prometheus = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    (job,) = prometheus["scrape_configs"]
    assert {"job": "idp"} == {"job": job["job_name"]}
    hosts = [target.partition(":")[0] for target in job["static_configs"][0]["targets"]]
    assert {"node-1", "node-2", "worker"} == set(hosts) <= set(services)
