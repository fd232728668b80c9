"""Composition: every room wired by hand, once, in the order in which each depends on the others."""

import logging
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session as SqlSession

from federation.assemble import franceconnect
from federation.franceconnect import FranceConnectSettings
from idp import config, logs
from idp.authorize.dispatch import FrontChannel
from idp.clock import Clock, system_clock
from idp.endpoints.assemble import build_endpoints
from idp.members.accounts import Members
from idp.members.desk import Desk
from idp.members.directory import Directory
from idp.members.mail import Mailer
from idp.members.passwords import Passwords
from idp.members.provisional import Digests
from idp.members.reset_requests import RESET
from idp.members.sealed_mail import SEALED_MAIL, SealedMail
from idp.members.sign_in import SignIn
from idp.members.transports import transport_of
from idp.people import TEMPLATES, catalogue, pages
from idp.protocol.client import Client
from idp.services.audit import AuditLog
from idp.services.back_channel import BackChannel
from idp.services.captcha.build import build_captcha
from idp.services.clients import Clients
from idp.services.consents import Consents
from idp.services.hints import Hints
from idp.services.house_sealer import open_house_sealer
from idp.services.interactions import Interactions
from idp.services.key_management import KeyManagement
from idp.services.notifications import MAIL, Notifications
from idp.services.reuse_alarm import ReuseAlarm
from idp.services.sessions import Sessions
from idp.services.sign_out import SignOut
from idp.services.standing import Standings
from idp.services.throttle import Throttle
from idp.services.throttle_policy import Limits
from idp.store import schema
from idp.store.db import Store, open_engine
from idp.store.keys import Keys
from idp.store.kv import RedisKeyValue, SqlKeyValue, connect_redis
from idp.upstream import KeyValue, Ports
from idp.web.http import Edge
from idp.wire.table import build_table
from idp.wire.wsgi import door
from idp.worker.loop import Chore, Worker
from idp.worker.outbox import OutboxDelivery
from idp.worker.purge import Purge
from keys.ring import KeyRing
from keys.rotation import RotationPolicy
from keys.sealing import Sealer

if TYPE_CHECKING:
    from idp.members.letters import LetterPrinting

log = logging.getLogger("idp.app")

MINUTE = 60


@dataclass
class Application:
    """The provider, its parts made when first asked for. Nothing touches the database before `prepare`."""

    settings: config.Settings
    clock: Clock
    flask: Flask
    engine: Engine
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        """Open the store on the engine."""
        self.store = Store(self.engine)

    # Start and end

    def migrate(self) -> None:
        """Bring the database to the present version."""
        schema.migrate(self.engine)

    def prepare(self) -> None:
        """Make everything a first start needs: schema, signing keys. Safe on every start, on every node."""
        self.migrate()
        self.key_management.ensure_initial()

    def close(self) -> None:
        """Let go of the database's connections."""
        self.engine.dispose()

    # Keys and stores

    @cached_property
    def sealer(self) -> Sealer:
        """The house's sealer; `ConfigurationError` when its key is gone although there are keys that it opens."""
        return open_house_sealer(self.settings.keys, self.store)

    @cached_property
    def key_management(self) -> KeyManagement:
        """The signing keys in the database."""
        keys, tokens = self.settings.keys, self.settings.tokens
        policy = RotationPolicy(
            publish_ahead=keys.publish_ahead,
            active_period=keys.active_for,
            keep_after_retirement=keys.keep_after,
            longest_token=max(tokens.access_token, tokens.id_token),
        )

        @contextmanager
        def rows() -> Iterator[Keys]:
            with self.store.begin() as unit:
                yield unit.keys

        return KeyManagement(rows, self.sealer, self.clock, policy)

    @cached_property
    def ring(self) -> KeyRing:
        """The keys of this process."""
        return KeyRing(self.key_management.load, self.sealer, now=self.clock())

    @cached_property
    def kv(self) -> KeyValue:
        """Redis, or the database where none is configured (decision D3)."""
        cache = self.settings.cache
        if cache.redis_url is None:
            return SqlKeyValue(self.store, self.clock)
        password = config.read_secret(cache.redis_password_file) if cache.redis_password_file else None
        return RedisKeyValue(connect_redis(cache.redis_url, password=password, timeout=cache.timeout))

    # Services

    @cached_property
    def audit(self) -> AuditLog:
        """Security events."""
        return AuditLog(self.store, self.clock)

    @cached_property
    def passwords(self) -> Passwords:
        """Password hashes, their memory bounded for this process."""
        return Passwords(self.settings.passwords, self.settings.server.threads)

    @cached_property
    def dossiers(self) -> Members:
        """The members."""
        return Members(self.store, self.passwords, self.clock)

    @cached_property
    def sign_in(self) -> SignIn:
        """The check of dossier numbers and passwords."""
        throttle = Throttle(self.kv, Limits.of(self.settings.passwords), self.clock)
        key = self.sealer.derive(b"sign-in reference")
        return SignIn(
            self.store,
            self.passwords,
            throttle,
            self.clock,
            self.audit,
            digests=self.digests,
            attempts=self.settings.activation.attempts,
            reference_key=key,
        )

    @cached_property
    def digests(self) -> Digests:
        """What is stored of provisional passwords."""
        return Digests(self.sealer.derive(b"provisional passwords"))

    @cached_property
    def desk(self) -> Desk:
        """First connection and forgotten password."""
        return Desk.over(
            store=self.store,
            kv=self.kv,
            sealer=self.sealer,
            passwords=self.passwords,
            digests=self.digests,
            settings=self.settings,
            clock=self.clock,
            trail=self.audit,
        )

    @cached_property
    def letters(self) -> "LetterPrinting":
        """The letters to print."""
        # The PDF library takes 45 MiB and most of a second, which the server never needs.
        from idp.members.letters import LetterPrinting  # noqa: PLC0415 - see above

        return LetterPrinting(self.store, self.sealer, self.settings, self.clock, self.audit)

    @cached_property
    def channel(self) -> BackChannel:
        """The services of the back channel; the front channel shares its clients and codes."""
        return BackChannel.over(
            store=self.store,
            kv=self.kv,
            ring=self.ring,
            issuer=self.settings.issuer,
            lives=self.settings.tokens,
            clock=self.clock,
            clients=self.clients,
            reload_keys_every=self.settings.keys.reload_every,
        )

    @cached_property
    def clients(self) -> Clients:
        """The relying applications; usable before the first key exists."""
        return Clients(self.store, self.clock)

    @cached_property
    def sessions(self) -> Sessions:
        """Single sign-on sessions."""
        life = self.settings.sessions
        return Sessions(self.kv, self.sealer, self.clock, idle=life.idle, absolute=life.absolute)

    @cached_property
    def hints(self) -> Hints:
        """ID tokens that come back."""
        return Hints(self.ring, self.settings.issuer, self.clock)

    @cached_property
    def front(self) -> FrontChannel:
        """The front channel."""
        return FrontChannel(
            issuer=self.settings.issuer,
            find_client=self.clients.get,
            read_hint=self.hints.subject_for,
            issue_code=self.channel.codes.issue,
            sessions=self.sessions,
            interactions=Interactions(self.kv, self.clock, lifetime=self.settings.sessions.interaction),
            standings=Standings(self.store),
            alarm=ReuseAlarm(),
            clock=self.clock,
        )

    # Doors

    @cached_property
    def edge(self) -> Edge:
        """What the pages ask of the house."""
        edge = Edge(
            settings=self.settings,
            front=self.front,
            sign_in=self.sign_in,
            sign_out=SignOut(self.store, self.sessions, self.kv, {}, self.audit, self.clock),
            desk=self.desk,
            captcha=build_captcha(self.settings, self.store, self.kv, self.sealer.derive(b"captcha"), self.clock),
            upstreams={},
            services=self.services,
            consents=Consents(self.store, self.audit, self.clock),
            display_name=self.display_name,
            read_logout_hint=self.hints.read,
            csrf_key=self.sealer.derive(b"forms"),
            catalogue=catalogue(),
        )
        if self.settings.franceconnect.enabled:
            upstream, blueprint = franceconnect(franceconnect_settings(self.settings), self._ports(), edge)
            edge.upstreams[upstream.name] = upstream
            edge.sign_out.upstreams[upstream.name] = upstream
            self.flask.register_blueprint(blueprint)
        return edge

    @cached_property
    def wsgi(self) -> WSGIApplication:
        """The whole provider: the machines' door, and behind it the pages."""
        pages(self.flask, self.edge)
        endpoints = build_endpoints(self.channel, self.readiness)
        return door(
            build_table(endpoints),
            self.flask.wsgi_app,
            origins=self.clients.origins,
            trusted_proxies=self.settings.server.trusted_proxies,
            secure=self.settings.secure,
        )

    @cached_property
    def worker(self) -> Worker:
        """The outbox and the housekeeping."""
        words, transport = catalogue(), transport_of(self.settings.mail)
        mailer = Mailer(
            self.store,
            transport,
            self.settings,
            TEMPLATES,
            self.clock,
            lambda locale: partial(words.gettext, "en" if locale == "en" else "fr"),
        )
        sealed = SealedMail(self.store, self.sealer, mailer.compose, transport)
        handlers = {MAIL: mailer.deliver, SEALED_MAIL: sealed.deliver, RESET: self.desk.issue.deliver}
        delivery = OutboxDelivery(self.store, handlers, self.clock)
        extra = {"key_values": self.kv.purge} if isinstance(self.kv, SqlKeyValue) else {}
        chores = (
            Chore("purge", 5 * MINUTE, Purge(self.store, self.clock, extra).run),
            Chore("keys", 5 * MINUTE, self.key_management.tick),
        )
        return Worker(delivery.run_once, chores, self.clock)

    def services(self) -> list[Client]:
        """Return the fund's own applications that have an address to go to."""
        return [one for one in self.clients.list() if one.enabled and one.first_party and one.client_uri]

    def display_name(self, account_id: str) -> str:
        """Return the name to greet a member by."""
        account = self.dossiers.by_id(account_id)
        return account.display_name if account is not None else ""

    def readiness(self) -> Mapping[str, bool]:
        """Say whether the database has our schema and a key can sign."""
        try:
            database = schema.is_current(self.engine)
        except Exception:  # noqa: BLE001 - whatever a database does, the answer is that it is not there
            database = False
        return {"database": database, "keys": bool(self.ring.signing_algorithms(self.clock()))}

    def _ports(self) -> Ports:
        @contextmanager
        def transaction() -> Iterator[SqlSession]:
            with self.store.begin() as unit:
                yield unit.session

        @contextmanager
        def reading() -> Iterator[SqlSession]:
            with self.store.reading() as unit:
                yield unit.session

        return Ports(
            accounts=Directory(self.store, self.sign_in),
            kv=self.kv,
            seal=self.sealer,
            transaction=transaction,
            reading=reading,
            audit=self.audit,
            notify=Notifications(self.clock, lambda: secrets.token_hex(16)),
            clock=self.clock,
            random=secrets.token_bytes,
        )


def franceconnect_settings(settings: config.Settings) -> FranceConnectSettings:
    """Return our registration with FranceConnect; raise `ConfigurationError` where it cannot be one."""
    chosen = settings.franceconnect
    if chosen.client_secret_file is None:
        raise config.ConfigurationError(["franceconnect.client_secret_file: needed when FranceConnect is enabled"])
    try:
        return FranceConnectSettings(
            environment=chosen.environment,
            client_id=chosen.client_id,
            client_secret=config.read_secret(chosen.client_secret_file),
            redirect_uri=f"{settings.issuer}/federation/franceconnect/callback",
            post_logout_redirect_uri=f"{settings.issuer}/federation/franceconnect/logout",
            issuer=chosen.issuer or "",
            algorithm=chosen.signing_algorithm,
            scopes=chosen.scopes,
            timeout=chosen.timeout,
            leeway=chosen.clock_leeway,
        )
    except ValueError as error:
        raise config.ConfigurationError([f"franceconnect: {error}"]) from None


def build(settings: config.Settings, *, clock: Clock = system_clock) -> Application:
    """Compose a provider; nothing is connected and nothing is written yet.

    Raises:
        ConfigurationError: the settings name something that cannot be used.
    """
    flask = Flask(
        "idp", root_path=str(TEMPLATES.parent), template_folder=str(TEMPLATES), static_folder=str(TEMPLATES / "static")
    )
    return Application(settings, clock, flask, open_engine(flask, settings))


def serve() -> WSGIApplication:
    """Return the WSGI application of one server process, from the settings file named in IDP_CONFIG."""
    settings = config.load()
    logs.configure(settings.logs)
    application = build(settings)
    wsgi = application.wsgi
    if settings.server.run_worker:
        application.worker.start()
    log.info("process %d serves %s", os.getpid(), settings.issuer, extra={"event": "started"})
    return wsgi
