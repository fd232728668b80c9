"""Administration by a program: tokens, roles, decisions, refusals, keys of idempotency, as HTTP shows them."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.admin.actor import operator
from idp.admin.api.assemble import operations
from idp.admin.api.idempotency import KEPT
from idp.admin.roles import ACTS, Role
from tests.support.activation import posted_secrets
from tests.support.admin_api import ALL, SCOPES, Program, problem
from tests.support.administration import FIRST, SECOND, administered, recorded, waiting
from tests.support.cast import MEMBER
from tests.support.letters import ask
from tests.support.provider import Provider, running

CLAIMS = {"family_name": "DUBOIS", "given_name": "Angela", "birthdate": "1962-08-24", "email": "ignored@example.org"}
LOGIN = "marie@fund.example"
BATCH = "2023-11-14-01"
BODIES: dict[str, Any] = {
    "linkCase": {"dossier": FIRST, "reason": "seen"},
    "refuseCase": {"reason": "nobody"},
    "undoCase": {"reason": "mistake"},
    "pauseUpstream": {"fr": "Travaux à midi.", "en": "Works at noon."},
    "explainIdentity": {"claims": CLAIMS},
    "findMembers": {"dossier": FIRST},
    "resetMember": {"reason": "perdu", "identified": "callback", "channel": "post"},
    "endMemberSessions": {"reason": "perdu", "identified": "callback"},
    "unlinkMember": {"reason": "perdu", "identified": "callback", "upstream": "franceconnect"},
    "suspendMember": {"reason": "fraude", "identified": "nobody", "cause": "fraud"},
    "resumeMember": {"reason": "erreur", "identified": "nobody"},
    "closeMember": {"reason": "parti", "identified": "document", "cause": "departed"},
    "removeMemberSecondFactor": {"reason": "perdu", "identified": "visit"},
    "verifyAudit": {},
    "createAdministrator": {"login": "paul@fund.example", "name": "Paul É.", "roles": ["clients"]},
    "changeRoles": {"roles": ["clients", "members"]},
    "disableAdministrator": {"reason": "left"},
    "rotateKeys": {"algorithm": "ES256"},
    "compareConfiguration": {"text": "version = 1"},
    "applyConfiguration": {"text": "version = 1"},
    "createClient": {"client_id": "app", "metadata": {"client_name": "x", "redirect_uris": ["https://a.example/cb"]}},
    "updateClient": {"metadata": {"description": "Pour tous"}},
    "rotateClientSecret": {"overlap": 60},
    "endOlderClientSecrets": {},
    "disableClient": {"reason": "Une fuite"},
    "enableClient": {},
    "deleteClient": {"reason": "Plus utile"},
    "rollBackClient": {},
    "prepareKeyEmergency": {"algorithms": ["ES256"], "reason": "leaked"},
    "refuseProposal": {"reason": "a drill"},
}
"""A body that each operation takes; those that are not here take none."""


_LOOKS = "cases.show federation.explain audit.read audit.export audit.verify proposals.show members.find members.show"
PERSONAL = frozenset(_LOOKS.split())
"""Looks that leave a line: what they show is a member's, or the record itself."""
MISSING = frozenset({("showConfiguration", 404), ("takeBatch", 404)})
"""What is not there before somebody has applied a file, or a letter is ready to print."""


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider whose API is there."""
    with running(administered(tmp_path, admin={"api": True})) as made:
        yield made


@pytest.fixture
def program(provider: Provider) -> Program:
    """A program with every role."""
    return Program(provider, *ALL)


def table(provider: Provider) -> dict[str, tuple[str, str, str]]:
    """Return method, path and act of every operation, on things that are there."""
    proposal = provider.application.acts.keys.prepare_emergency(operator("test"), (), "essai").proposal
    places = {"{case}": waiting(provider), "{upstream}": "franceconnect", "{administrator}": identified(provider)}
    places |= {"{client}": "espace", "{version}": "1", "{member}": member_id(provider), "{batch}": BATCH}
    places["{proposal}"] = proposal.id
    found: dict[str, tuple[str, str, str]] = {}
    for one in operations(provider.application.acts):
        path = one.path
        for place, value in places.items():
            path = path.replace(place, value)
        found[one.name] = (one.method, path, one.act)
    return found


def member_id(provider: Provider) -> str:
    """Return the account id of the cast's member."""
    with provider.application.store.reading() as unit:
        found = unit.accounts.by_dossier(MEMBER.dossier)
    assert found is not None
    return found.id


def identified(provider: Provider, login: str = LOGIN) -> str:
    """Return the id of an administrator."""
    with provider.application.store.reading() as unit:
        found = unit.administrators.by_login(login)
    assert found is not None
    return found.account_id


def hired(program: Program) -> None:
    """Add an administrator, and another who keeps the role security."""
    for login, roles in ((LOGIN, ["clients"]), ("root@fund.example", ["security"])):
        assert 201 == program.post("/administrators", {"login": login, "name": "Marie", "roles": roles}).status_code


def test_a_case_is_decided_and_taken_back(provider: Provider, program: Program) -> None:
    """Listed, looked at, linked with a reason, undone: each on record under the program."""
    case = waiting(provider)
    assert [case] == [one["id"] for one in program.get("/cases").get_json()["cases"]]
    file = program.get(f"/cases/{case}").get_json()
    assert ({FIRST, SECOND}, []) == ({one["dossier"] for one in file["dossiers"]}, file["differing"])
    assert "DUBOIS" == file["presented"]["birth_name"] == file["dossiers"][0]["held"]["birth_name"]
    linked = program.post(f"/cases/{case}/link", {"dossier": SECOND, "reason": "carte vue"})
    assert {"id": case, "status": "linked", "told": False} == linked.get_json()
    assert (409, "conflict", "") == problem(program.post(f"/cases/{case}/refuse", {"reason": "no"}))
    assert 200 == program.post(f"/cases/{case}/undo", {"reason": "erreur"}).status_code
    told = [one for one in recorded(provider, "federation.case") if one.outcome in {"linked", "undone"}]
    assert ["robot", "robot"] == [one.details["actor"] for one in told]
    assert linked.headers["X-Request-Id"] == told[0].reference
    (past,) = program.get("/cases?decided=true").get_json()["cases"]
    assert ("undone", "robot", "erreur") == (past["status"], past["decided_by"], past["note"])


def test_a_member_on_the_telephone(provider: Provider, program: Program) -> None:
    """Found without a word of whom in an address, looked at, helped; what is not possible is a conflict."""
    found = program.post("/members/search", {"name": "dub", "birthdate": "1962-08-24"}).get_json()
    assert (True, False) == (MEMBER.dossier in {one["dossier"] for one in found["members"]}, found["more"])
    here = f"/members/{member_id(provider)}"
    file = program.get(here).get_json()
    assert ("set", "none") == (file["password"], file["held"] or "none")
    assert "members.close" in file["acts"]
    for secret in ("argon2", "@example.org", "Paix"):
        assert secret not in json.dumps(file)
    why = {"reason": "perdu", "identified": "callback"}
    assert program.post(f"{here}/reset", {**why, "channel": "post"}).get_json() == {"id": here[9:], "told": True}
    (letter,) = posted_secrets(provider)
    after = program.get(here).get_json()
    assert letter not in json.dumps(after)
    assert [("password", "post", True)] == [(one["what"], one["channel"], one["waits"]) for one in after["deliveries"]]
    (done,) = after["done"]
    assert ("member_reset", "robot", "perdu") == (done["event"], done["actor"], done["reason"])
    assert (409, "conflict", "") == problem(program.post(f"{here}/reset", {**why, "channel": "post"}))
    assert (409, "conflict", "upstream") == problem(
        program.post(f"{here}/unlink", {**why, "upstream": "franceconnect"})
    )
    assert (422, "invalid-value", "identified") == problem(
        program.post(f"{here}/remove-second-factor", {"reason": "perdu", "identified": "nobody"})
    )
    assert (422, "invalid-value", "") == problem(program.post("/members/search", {}))
    assert (404, "not-found", "member") == problem(program.get(f"/members/{'0' * 32}"))


def test_letters_are_printed_by_a_program(provider: Provider, program: Program) -> None:
    """How they stand, the run, the file with its passwords; the same key again prints nothing twice."""
    ask(provider.application.store, provider.application.sealer, 1, provider.clock())
    before = program.get("/letters").get_json()
    assert (1, 1, []) == (before["waiting"], before["ready"], before["batches"])
    runs = [program.post("/letters/print", Idempotency_Key="key-00001").get_json() for _ in range(2)]
    assert runs[0] == runs[1]
    assert [(BATCH, 1)] == [(one["batch"], one["sheets"]) for one in runs[0]["files"]]
    file = program.post(f"/letters/batches/{BATCH}/file", Idempotency_Key="key-00002")
    assert ("application/pdf", "no-store", b"%PDF") == (
        file.headers["Content-Type"],
        file.headers["Cache-Control"],
        file.data[:4],
    )
    # An answer with passwords is not kept for a repetition: it is read and recorded again.
    assert (
        "Idempotent-Replayed" not in program.post(f"/letters/batches/{BATCH}/file", Idempotency_Key="key-00002").headers
    )
    assert 2 == len(recorded(provider, "letters_taken"))
    page = program.get("/letters/batches?limit=1").get_json()
    assert ([(BATCH, True, True)], None) == (
        [(one["batch"], one["kept"], one["here"]) for one in page["batches"]],
        page["next"],
    )
    assert (404, "not-found", "batch") == problem(program.post("/letters/batches/2023-11-14-02/file"))


def test_pages_of_cases_and_events(provider: Provider, program: Program) -> None:
    """A cursor goes on where the page before ended, through everything, once."""
    opened = []
    for number in range(5):
        opened.append(waiting(provider, f"sub-{number}"))
        provider.clock.forward(number % 2)
    seen, cursor = [], ""
    while True:
        page = program.get(f"/cases?limit=2{cursor}").get_json()
        seen += [one["id"] for one in page["cases"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(opened) == sorted(seen)
    first = program.get("/audit?limit=2").get_json()
    second = program.get(f"/audit?limit=2&cursor={first['next']}").get_json()
    ids = [one["id"] for one in (*first["events"], *second["events"])]
    assert (4, sorted(ids, reverse=True)) == (len(set(ids)), ids)


def test_an_upstream_is_paused_by_a_program(provider: Provider, program: Program) -> None:
    """The sign-in page says the words; the state says until when; another upstream is not there."""
    until = provider.clock() + 3600
    assert 200 == program.post("/upstreams/franceconnect/pause", {"until": until, "fr": "Travaux."}).status_code
    state = program.get("/upstreams/franceconnect").get_json()
    assert (False, until, {"fr": "Travaux."}) == (state["offered"], state["pause"]["until"], state["pause"]["words"])
    assert (422, "invalid-value", "until") == problem(program.post("/upstreams/franceconnect/pause", {"until": 1}))
    assert [True, False] == [program.post("/upstreams/franceconnect/resume").get_json()["changed"] for _ in range(2)]
    assert (404, "not-found", "") == problem(program.get("/upstreams/other"))


def test_explained_without_a_trace_of_the_person(provider: Provider, program: Program) -> None:
    """Which dossiers, which reasons, which rule; the record has who asked and no claim."""
    found = program.post("/upstreams/franceconnect/explain", {"claims": CLAIMS}).get_json()
    assert {FIRST, SECOND} <= {one["dossier"] for one in found["dossiers"]}
    assert "DUBOIS" not in str(recorded(provider))
    assert [] == program.get("/cases").get_json()["cases"]


def test_the_record_is_exported_and_verified(provider: Provider, program: Program) -> None:
    """As lines and as CSV, by what the caller takes or asks; and its chain holds."""
    lines = program.get("/audit/export?event=audit_exported")
    assert "application/jsonl" == lines.headers["Content-Type"]
    assert ["audit_exported"] == [json.loads(line)["event"] for line in lines.text.splitlines()]
    assert program.get("/audit/export?format=csv", Accept="text/csv").text.startswith("id,time,event")
    provider.clock.forward(400)
    provider.application.audit_chain.seal()
    first = program.post("/audit/verify", {}).get_json()
    assert (True, True) == (first["intact"], first["seals"] > 0)
    assert program.post("/audit/verify", {"head": first["head"]}).get_json()["intact"]
    lost = {"seal": first["head"]["seal"] + 9, "hash": "0" * 64}
    assert not program.post("/audit/verify", {"head": lost}).get_json()["intact"]


def test_an_administrator_comes_and_goes(program: Program) -> None:
    """Invited by a link that only this answer has, given roles, shut out; the last one stays."""
    hired(program)
    (marie, root) = program.get("/administrators").get_json()["administrators"]
    assert (LOGIN, ["clients"], True, False) == (marie["login"], marie["roles"], marie["enabled"], marie["ready"])
    assert (409, "conflict", "login") == problem(
        program.post("/administrators", {"login": LOGIN, "name": "M", "roles": ["clients"]})
    )
    here = f"/administrators/{marie['id']}"
    assert program.post(f"{here}/invite").get_json()["url"].startswith("https://id.example.org/")
    assert program.post(f"{here}/roles", {"roles": ["auditor"]}).get_json()["changed"]
    assert program.post(f"{here}/disable", {"reason": "left"}).get_json()["changed"]
    last = program.post(f"/administrators/{root['id']}/disable", {"reason": "left"})
    assert (409, "conflict", "roles") == problem(last)
    assert (404, "not-found", "") == problem(program.post(f"/administrators/{'0' * 32}/invite"))


def test_a_second_person_is_waited_for(tmp_path: Path) -> None:
    """An act that the settings name is accepted and not done; the program takes it back; it approves nothing."""
    eyes = {"api": True, "four_eyes": ["admins.create"]}
    with running(administered(tmp_path, admin=eyes)) as made:
        robot = Program(made, *ALL)
        answer = robot.post("/administrators", {"login": LOGIN, "name": "Marie", "roles": ["clients"]})
        told = answer.get_json()
        assert (202, "admins.create") == (answer.status_code, told["act"])
        assert answer.headers["Location"].endswith(f"/proposals/{told['proposal']}")
        here = f"/proposals/{told['proposal']}"
        opened = robot.get(here).get_json()
        assert ("open", "robot", LOGIN) == (
            opened["proposal"]["status"],
            opened["proposal"]["made_by"],
            opened["arguments"]["login"],
        )
        assert [told["proposal"]] == [one["id"] for one in robot.get("/proposals").get_json()["proposals"]]
        assert "withdrawn" == robot.post(f"{here}/refuse", {"reason": "mistake"}).get_json()["status"]
        assert (409, "conflict", "") == problem(robot.post(f"{here}/refuse", {"reason": "mistake"}))
        assert [] == robot.get("/administrators").get_json()["administrators"]
        assert robot.get(here).get_json()["arguments"] is None


@pytest.mark.parametrize("role", list(Role))
def test_every_route_by_every_scope(provider: Provider, program: Program, role: Role) -> None:
    """A scope opens what the table of acts says, and nothing else; a refusal says which would."""
    hired(program)
    robot = Program(provider, SCOPES[role], client_id="one-role")
    for name, (method, path, act) in table(provider).items():
        answer = robot.call(method, path, BODIES.get(name))
        # What is proposed here is security's.
        opened = ACTS[act].open_to({role}) and (not name.endswith("Proposal") or role in {Role.SECURITY, Role.AUDITOR})
        assert (name, opened) == (name, answer.status_code != 403)
        if answer.status_code == 403:
            assert (403, "insufficient-scope", "") == problem(answer)
            told = answer.headers["WWW-Authenticate"]
            assert (f'scope="{SCOPES[ACTS[act].role]}"' in told) != (act == "proposals.refuse" and role is Role.AUDITOR)


def test_nothing_is_done_without_an_audit_line(provider: Provider, program: Program) -> None:
    """Each act that goes well adds a line of its program, and so does each look at what is a member's."""
    hired(program)
    silent, refused = set(), set()
    for name, (method, path, act) in table(provider).items():
        before = len(recorded(provider))
        answer = program.call(method, path, BODIES.get(name))
        lines = recorded(provider)[before:]
        if answer.status_code >= 300:
            refused.add((name, answer.status_code))
        elif not any("robot" == one.details.get("actor") for one in lines):
            silent.add((name, method, act))
    # A case is decided once, only what is stopped is deleted; nothing is linked, and the dossier is closed by then.
    conflicts = {"refuseCase", "deleteClient", "unlinkMember", "removeMemberSecondFactor"}
    assert {(name, 409) for name in conflicts} == refused - MISSING
    # What is shown without a line holds nothing of a member's.
    looks = {(name, method, act) for name, method, act in silent if method == "GET" or ACTS[act].reads}
    assert set() == {(name, act) for name, _, act in looks if act in PERSONAL} | (silent - looks)


def test_the_same_request_twice_is_done_once(provider: Provider, program: Program) -> None:
    """Same key, same answer, for a day, the link of an invitation included; which is not to be read in the store."""
    body = {"login": LOGIN, "name": "Marie", "roles": ["clients"]}
    first, again = (program.post("/administrators", body, Idempotency_Key="key-00001") for _ in range(2))
    assert (201, first.get_json(), "true") == (
        again.status_code,
        again.get_json(),
        again.headers["Idempotent-Replayed"],
    )
    assert "Idempotent-Replayed" not in first.headers
    assert 1 == len(recorded(provider, "admin_created"))
    other = program.post("/administrators", body | {"name": "Other"}, Idempotency_Key="key-00001")
    assert (422, "key-reused", "Idempotency-Key") == problem(other)
    elsewhere = program.post(f"/administrators/{identified(provider)}/invite", Idempotency_Key="key-00001")
    assert (422, "key-reused", "Idempotency-Key") == problem(elsewhere)
    stranger = Program(provider, *ALL, client_id="stranger")
    assert 409 == stranger.post("/administrators", body, Idempotency_Key="key-00001").status_code
    assert 409 == program.post("/administrators", body, Idempotency_Key="key-00002").status_code
    provider.clock.forward(KEPT + 1)
    program.token = program.fetch("admin:security")
    assert 409 == program.post("/administrators", body, Idempotency_Key="key-00001").status_code


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_at_once_are_done_once(tmp_path: Path, kind: str) -> None:
    """Of ten at the same moment one acts; the others get its answer, or come again in a moment."""
    with running(administered(tmp_path, kind, admin={"api": True})) as provider:
        ten_at_once(provider)


def ten_at_once(provider: Provider) -> None:
    """Send the same request ten times at the same moment."""
    program = Program(provider, *ALL)
    body = {"login": LOGIN, "name": "Marie", "roles": ["clients"]}
    begin, answers = threading.Barrier(10), []

    def send() -> None:
        begin.wait()
        answers.append(program.post("/administrators", body, Idempotency_Key="one-and-the-same"))

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 == len(recorded(provider, "admin_created"))
    done = [one for one in answers if one.status_code == 201]
    assert 1 == len({one.get_json()["url"] for one in done})
    assert 1 == len([one for one in done if "Idempotent-Replayed" not in one.headers])
    late = [one for one in answers if one.status_code != 201]
    assert {(409, "in-progress", "Idempotency-Key")} >= {problem(one) for one in late}


def test_which_tokens_open_it(provider: Provider, program: Program) -> None:
    """Made for this API, by a client itself, alive: anything else is told apart and opens nothing."""
    opaque = program.fetch(" ".join(sorted(ALL)), resource="")
    refused = {
        "none": program.get("/cases", Authorization=""),
        "another kind": program.get("/cases", Authorization="Basic eDp5"),
        "of no resource": program.get("/cases", Authorization=f"Bearer {opaque}"),
        "unknown": program.get("/cases", Authorization="Bearer " + "x" * 43),
        "in the address": program.get(f"/cases?access_token={program.token}"),
    }
    assert {
        "none": (401, "no-credentials", ""),
        "another kind": (400, "malformed-request", "Authorization"),
        "of no resource": (401, "invalid-token", "Authorization"),
        "unknown": (401, "invalid-token", "Authorization"),
        "in the address": (400, "malformed-request", "Authorization"),
    } == {name: problem(answer) for name, answer in refused.items()}
    assert all("WWW-Authenticate" in answer.headers for answer in refused.values())
    if (client := provider.application.clients.get(program.client_id)) is not None:
        provider.application.clients.upsert(replace(client, scopes=frozenset()))
    provider.clock.forward(60)
    assert (403, "insufficient-scope", "") == problem(program.get("/cases"))
    (tried,) = recorded(provider, "act_refused")
    assert ("robot", "cases.list") == (tried.client_id, tried.details["act"])
    provider.clock.forward(3600)
    assert (401, "invalid-token", "Authorization") == problem(program.get("/cases"))
