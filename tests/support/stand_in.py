"""Two nodes on one PostgreSQL and one Redis, each with its own line to Redis, which a test cuts; time is the test's."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from idp.store.era_watch import EraWatch
from idp.store.eras import DATABASE, REDIS
from idp.store.kv import SqlKeyValue
from idp.store.kv_redis import RedisKeyValue
from idp.store.kv_stand_in import StandIn, works
from idp.store.redis_servers import connect_redis
from idp.upstream_ports import KeyValueUnavailable
from tests.support.activation import ticked
from tests.support.cast import MEMBER, PASSWORD
from tests.support.harness.proxy import FaultProxy
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.redis_server import RedisServer
from tests.support.relying_party import RelyingParty
from tests.support.servers import redis_program


@dataclass
class Node:
    """One node, its line to Redis and its store."""

    provider: Provider
    line: FaultProxy
    kv: StandIn


@dataclass
class TwoNodes:
    """Both nodes. Redis keeps its memory while a line is cut."""

    redis: RedisServer
    now: float = 0.0
    nodes: list[Node] = field(default_factory=list)

    def join(self, provider: Provider) -> Node:
        """Give a provider a line of its own to Redis, and the test's time."""
        line = FaultProxy(self.redis.home / "redis.sock")
        redis = RedisKeyValue(connect_redis(f"redis://127.0.0.1:{line.port}/0"), lambda: self.now)
        application = provider.application
        watch = EraWatch(
            application.store,
            provider.clock,
            partial(works, redis),
            after=5,
            calm=30,
            timer=lambda: self.now,
            aside=lambda work: work(),
        )
        kv = StandIn(redis, SqlKeyValue(application.store, provider.clock), watch)
        application.__dict__["kv"] = kv
        self.nodes.append(Node(provider, line, kv))
        return self.nodes[-1]

    def until(self, place: str) -> None:
        """Let time pass, with requests on every node, until all use the same."""
        for _ in range(200):
            self.now += 0.5
            if self.now % 1 == 0:
                self.nodes[0].provider.clock.forward(1)
            for node in self.nodes:
                try:
                    node.kv.get("a request")
                except KeyValueUnavailable:
                    continue
            if {place} == {node.kv._watch.last.place for node in self.nodes}:
                return
        raise AssertionError(place)

    def lose(self, *nodes: Node) -> None:
        """Cut the lines of some nodes, or of all, and wait until the database stands in."""
        for node in nodes or self.nodes:
            node.line.refusing = True
            node.line.cut()
        self.until(DATABASE)

    def find(self) -> None:
        """Mend every line and wait until Redis is used."""
        for node in self.nodes:
            node.line.heal()
        self.until(REDIS)


@contextmanager
def two_nodes(folder: Path) -> Iterator[TwoNodes]:
    """Run both while the block lasts."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="idp-stand-in-", dir="/tmp"))  # short: a Unix socket is below
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        redis = RedisServer(home / "redis", redis_program())
        redis.start()
        stack.callback(redis.stop)
        first = stack.enter_context(running(copied_provider(folder, "postgresql")))
        world = TwoNodes(redis)
        for provider in (first, stack.enter_context(running(first.restarted()))):
            stack.callback(world.join(provider).line.close)
        yield world


def sign_in(browser: Browser, page: Page, password: str = PASSWORD) -> Page:
    """Fill the sign-in form, the captcha's box too where there is one."""
    fields = {"situation": MEMBER.situation, "dossier": MEMBER.dossier, "password": password}
    return browser.submit(page, {**fields, **ticked(page)}, "sign-in")


def come(party: RelyingParty, browser: Browser) -> Page:
    """Go from the application to the sign-in page and back."""
    return sign_in(browser, browser.get(party.authorize_url(scope="openid offline_access")))
