"""A configuration file: read whole, every fault at once, and written.

A thing that the file does not name is left alone. Clients that are not the file's business are not in it: the console,
and whoever registered by itself and manages its own metadata.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from idp.admin.acts.refusals import RefusedError
from idp.admin.configuration import toml
from idp.admin.configuration.client_members import MetadataFaults, of_table, table
from idp.admin.configuration.difference import KINDS, Kind, State, Table
from idp.admin.configuration.places import Places
from idp.admin.pauses import LANGUAGES, LATEST, LONGEST_WORDS, sentence
from idp.admin.roles import Role
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.records import dataclass
from idp.upstream import Outage

VERSION: Final = 1
LONGEST: Final = 1_000_000
"""Characters of a file."""
_PARIS: Final = ZoneInfo("Europe/Paris")
_HEAD: Final = """\
# What the database holds of applications, administrators' roles and upstreams.
# What is not named here is left alone; a member of an application that is not named has its default.
# Secrets are in no file: those of an application that is known stay, a new one is given a secret when it is made.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file: on which line, in which table, and why."""

    line: int
    where: str
    reason: str

    def __str__(self) -> str:
        """Return it as one sentence."""
        return f"line {self.line}: {self.where + ' ' if self.where else ''}{self.reason}"


@dataclass(frozen=True, slots=True)
class Held:
    """What the database holds, and what can be asked for.

    Args:
        clients: every client by id, the console and those that registered by themselves included.
        roles: of each administrator, by login.
        pauses: of each upstream that is enabled, its pause as a table; an empty one where it is offered.
        choices: what the provider does.
        now: Unix seconds.
        versions: of each client, so that a change is made of what was read here and of nothing newer.
    """

    clients: Mapping[str, Client]
    roles: Mapping[str, Collection[str]]
    pauses: Mapping[str, Table]
    choices: Choices
    now: int
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """What a file says of it all."""
        return {
            "clients": {name: table(one) for name, one in self.clients.items() if ours(one)},
            "administrators": {login: {"roles": sorted(roles)} for login, roles in self.roles.items()},
            "upstreams": self.pauses,
        }


@dataclass(frozen=True, slots=True)
class Document:
    """A file without a fault: each thing as its table in one spelling, and the clients that the tables make."""

    state: State
    clients: Mapping[str, Client]


class FaultyError(RefusedError):
    """The file cannot be used; `faults` are all that is wrong with it, by line."""

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda one: (one.line, one.where)))
        super().__init__("; ".join(map(str, self.faults)), "text", "faulty")


def ours(client: Client) -> bool:
    """Whether a file may speak of a client."""
    return not client.staff and not client.registered_dynamically


def pause_of(pause: Outage | None) -> Table:
    """Return what a file says of an upstream: its pause, or that it is offered."""
    if pause is None:
        return {"paused": False}
    until = pause.until
    end = {} if until is None else {"until": datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    said = {name: pause.words[name] for name in LANGUAGES if name in pause.words}
    return {"paused": True, **end, **({"words": said} if said else {})}


def pause_end(pause: Table) -> int | None:
    """Return when a pause of a table ends, Unix seconds."""
    return int(datetime.fromisoformat(pause["until"]).timestamp()) if "until" in pause else None


def export(held: Held) -> str:
    """Return the whole file (TOML)."""
    parts = [f"{_HEAD}\n{toml.setting('version', VERSION)}\n"]
    state = held.state
    for kind in KINDS:
        for name, members in sorted(state[kind].items()):
            lines = [f"[{toml.key(kind, name)}]"]
            lines += [_date(key, value) or toml.setting(key, value) for key, value in members.items()]
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _date(key: str, value: Any) -> str:
    return f"until = {value}" if key == "until" else ""


def read(text: str, held: Held) -> Document:
    """Return what a file asks for.

    Raises:
        FaultyError: with everything that is wrong.
    """
    if len(text) > LONGEST:
        raise FaultyError([Fault(1, "", f"a file has at most {LONGEST} characters")])
    try:
        text.encode()
        parsed = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise FaultyError([_unreadable(error)]) from None
    reading = _Reading(Places(text), held)
    reading.whole(parsed)
    if reading.faults:
        raise FaultyError(reading.faults)
    return Document(reading.state, reading.clients)


def _unreadable(error: Exception) -> Fault:
    line = re.search(r"line (\d+)", str(error))
    reason = re.sub(r"\s*\(at .*\)$", "", str(error))
    said = reason if reason.isascii() and reason.isprintable() else "it cannot be read"
    return Fault(int(line[1]) if line else 1, "", f"this is no TOML: {said}")


@dataclass
class _Reading:
    """Collects faults while a file is read."""

    places: Places
    held: Held
    faults: list[Fault] = field(default_factory=list)
    clients: dict[str, Client] = field(default_factory=dict)
    state: dict[Kind, dict[str, Table]] = field(default_factory=lambda: {kind: {} for kind in KINDS})

    def wrong(self, reason: str, *path: str) -> None:
        self.faults.append(Fault(self.places.line(*path), toml.key(*path), reason))

    def whole(self, parsed: Mapping[str, object]) -> None:
        if parsed.get("version") != VERSION or isinstance(parsed.get("version"), bool):
            self.wrong(f"must be {VERSION}", "version")
        readers = {"clients": self.client, "administrators": self.administrator, "upstreams": self.upstream}
        for name, value in parsed.items():
            if name == "version":
                continue
            if name not in readers:
                self.wrong("is no part of a configuration", name)
            elif not isinstance(value, Mapping):
                self.wrong("must be a table", name)
            else:
                for key, inner in value.items():
                    if isinstance(inner, Mapping):
                        readers[name](key, inner)
                    else:
                        self.wrong("must be a table", name, key)
        self.somebody_left()

    def client(self, name: str, written: Table) -> None:
        known = self.held.clients.get(name)
        if known is not None and not ours(known):
            self.wrong("is not for a file: it is the house's own, or registered itself", "clients", name)
        else:
            try:
                client = of_table(name, written, self.held.choices, known)
            except MetadataFaults as refused:
                for one in refused.faults:
                    member = () if one.member == "client_id" and "client_id" not in written else (one.member,)
                    self.wrong(one.reason, "clients", name, *member)
            else:
                self.clients[name] = client
                self.state["clients"][name] = table(client)

    def administrator(self, login: str, written: Table) -> None:
        path = ("administrators", login)
        if login not in self.held.roles:
            self.wrong("is no administrator who may come in: invite them first", *path)
        for name in written.keys() - {"roles"}:
            self.wrong("is no member of an administrator: there are roles", *path, name)
        roles = written.get("roles")
        known = {role.value for role in Role}
        if not isinstance(roles, list) or not roles or not all(isinstance(one, str) and one in known for one in roles):
            self.wrong(f"must be a list of: {', '.join(sorted(known))}", *path, "roles")
        else:
            self.state["administrators"][login] = {"roles": sorted(set(roles))}

    def somebody_left(self) -> None:
        """Refuse a file after which nobody could give roles any more."""
        named = self.state["administrators"]
        after = [named[login]["roles"] if login in named else roles for login, roles in self.held.roles.items()]
        if named and not self.faults and not any(Role.SECURITY.value in roles for roles in after):
            self.wrong("leaves nobody with the role security", "administrators")

    def upstream(self, name: str, written: Table) -> None:
        path = ("upstreams", name)
        if name not in self.held.pauses:
            self.wrong("is no upstream that the settings enable", *path)
        for member in written.keys() - {"paused", "until", "words"}:
            self.wrong("is no member of an upstream: there are paused, until, words", *path, member)
        paused = written.get("paused")
        if not isinstance(paused, bool):
            self.wrong("must be true or false", *path, "paused")
        elif not paused and written.keys() & {"until", "words"}:
            self.wrong("must be true where until or words are said", *path, "paused")
        until, words = self._until(path, written.get("until")), self._words(path, written.get("words", {}))
        pause = Outage(self.held.now, paused=True, until=until, words=words) if paused else None
        self.state["upstreams"][name] = pause_of(pause)

    def _until(self, path: tuple[str, str], sent: object) -> int | None:
        if sent is None:
            return None
        if not isinstance(sent, datetime):
            self.wrong("must be a date with a time, such as 2026-11-30T08:00:00 (Paris)", *path, "until")
            return None
        try:
            moment = int((sent if sent.tzinfo else sent.replace(tzinfo=_PARIS)).timestamp())
        except (OverflowError, ValueError):
            moment = 0
        if not self.held.now < moment <= LATEST:
            self.wrong("must be in the future", *path, "until")
            return None
        return moment

    def _words(self, path: tuple[str, str], sent: object) -> Mapping[str, str]:
        if not isinstance(sent, Mapping) or not set(sent) <= set(LANGUAGES):
            self.wrong(f"must be a table of {' and '.join(LANGUAGES)}", *path, "words")
            return {}
        if not all(isinstance(text, str) and sentence(text) for text in sent.values()):
            self.wrong(f"must hold texts of 1 to {LONGEST_WORDS} printable characters", *path, "words")
            return {}
        return cast("Mapping[str, str]", sent)
