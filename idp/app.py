"""Composition: every room wired by hand, once, in the order in which each depends on the others."""

import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask
from sqlalchemy import Engine
from werkzeug.wrappers import Response as AnyResponse

from federation import cases, links
from federation.assemble import franceconnect, openid
from federation.desk import wipe
from federation.policy import LinkingPolicy
from idp import config
from idp.admin.acts.desk import DeskActs
from idp.admin.acts.house import Acts
from idp.admin.console.desk import Console, register_console
from idp.admin.four_eyes import FourEyes
from idp.clock import Clock, system_clock
from idp.endpoints.assemble import Endpoints, build_endpoints
from idp.endpoints.rfc7591_registration import RegistrationEndpoint
from idp.housekeeping import worker_of
from idp.members.contact_codes import MailedCodes
from idp.members.directory import Directory
from idp.members.holding import RELINKED, end_open
from idp.members.new_device import NewDeviceNotice
from idp.members.own_account import OwnAccount
from idp.members.own_identities import OwnIdentities
from idp.members.personal_data import LinkedIdentity
from idp.members.posted_codes import PostedCodes
from idp.members.provisional import Digests
from idp.members.report import Reports
from idp.parts import Parts
from idp.people import TEMPLATES, Pages, catalogue, pages
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_words import entrance
from idp.protocol.names import ADMIN_API
from idp.readiness import Readiness, readiness_of
from idp.services.captcha.build import build_captcha
from idp.services.consents import Consents
from idp.services.devices import Devices
from idp.services.notifications import Notifications
from idp.services.receipts import Receipts
from idp.services.sign_in_history import SignInHistory
from idp.services.sign_out import SignOut
from idp.store import schema
from idp.store.db import Unit
from idp.store.engine import open_engine, probing_engine
from idp.store.kv_stand_in import StandIn
from idp.store.logouts import LOGOUT
from idp.store.outbox import Task
from idp.store.prepared import rows
from idp.tracing import spans
from idp.tracing.watched import WatchedDoor
from idp.upstream import Entrance, Visitor
from idp.upstream_ports import Ports
from idp.upstream_registrations import franceconnect_settings, openid_settings
from idp.upstream_sql import SqlSession
from idp.web.http import Edge
from idp.web.late_rules import LateRule
from idp.wire.table import Mount, build_table, late_mount
from idp.wire.wsgi import door
from idp.worker.at_once import AtOnce
from idp.worker.loop import Worker
from idp.worker.outbox import OutboxDelivery

log = logging.getLogger("idp.app")

MINUTE = 60


@dataclass
class Application(Parts):
    """The provider: its parts, its two doors and the worker. Nothing touches the database before `prepare`."""

    flask: Flask

    # Start and end

    def migrate(self) -> None:
        """Bring the database to the present version."""
        schema.migrate(self.engine)

    def prepare(self) -> None:
        """Make everything a first start needs: schema, signing keys. Safe on every start, on every node."""
        self.migrate()
        _ = self.secret
        self.key_management.ensure_initial()
        register_console(self)

    def close(self) -> None:
        """Let go of the connections with the database and Redis."""
        self.engine.dispose()
        if isinstance(kv := vars(self).get("kv"), StandIn):
            kv.close()
        if "probing" in vars(self):
            self.probing.dispose()

    # Doors

    @cached_property
    def edge(self) -> Edge:
        """What the pages ask of the house."""
        upstreams = self.sign_out.upstreams
        edge = Edge(
            settings=self.settings,
            front=self.front,
            sign_in=self.sign_in,
            sign_out=self.sign_out,
            devices=self.devices,
            history=self.history,
            reports=Reports(self.store, self.sealer, self._suspend, self.clock, self.audit),
            desk=self.desk,
            factors=self.factors,
            own=self.own_account,
            captcha=build_captcha(self.settings, self.store, self.kv, self.secret.derive(b"captcha"), self.clock),
            identities=OwnIdentities(self.store, upstreams),
            upstreams=upstreams,
            entrances=self.entrances,
            services=self.services,
            consents=Consents(self.store, self.audit, self.clock),
            receipts=Receipts(self.store, self.kv, self.clock),
            read_logout_hint=self.hints.read,
            csrf_key=self.secret.derive(b"forms"),
            catalogue=catalogue(),
        )
        # However many upstreams hang, half of the threads are left for everybody else.
        share = self.settings.server.threads // max(1, len(self.settings.upstream_names))
        if self.settings.franceconnect.enabled:
            upstream, blueprint = franceconnect(
                franceconnect_settings(self.settings),
                self._ports(),
                edge,
                decrypt=self.decrypt,
                threads=share,
                policy=LinkingPolicy(self.settings.franceconnect.automatic_link, self.settings.franceconnect.proofs),
            )
            upstreams[upstream.name] = upstream
            self.flask.register_blueprint(blueprint)
        for name in self.settings.upstreams:
            if name in self.settings.upstream_names:
                registration = openid_settings(self.settings, name)
                entrance, blueprint = openid(registration, self._ports(), edge, self.arrive, threads=share)
                self.entrances[name] = entrance
                self.flask.register_blueprint(blueprint)
        return edge

    @cached_property
    def console(self) -> Console:
        """The console of the administrators."""
        return Console.over(self, self.edge, self.acts, self.endpoints.token)

    @cached_property
    def acts(self) -> Acts:
        """What administrators may do, by whichever door."""
        return Acts.over(
            store=self.store,
            trail=self.audit,
            chain=self.audit_chain,
            clients=self.clients,
            notes=self.client_notes,
            desk=DeskActs.over(self, self.devices, self.history, self.linked_identities, lambda: self.edge.upstreams),
            logos=self.logos,
            look_outside=self.sectors.check,
            checkup=self.checkup,
            sizes=self.size_samples,
            kv=self.kv,
            noting=lambda: self.channel.key_readers,
            switch=self.upstream_switch,
            eyes=FourEyes.over(self),
            keys=self.key_management,
            readers=self.key_readers,
            names=self.settings.upstream_names,
            upstreams=lambda: self.edge.upstreams,
            entrances=lambda: self.entrances,
            choices=lambda: Choices.whole(self.described),
            clock=self.clock,
            issuer=self.settings.issuer,
        )

    @cached_property
    def entrances(self) -> dict[str, Entrance]:
        """The upstreams by which people come who are no members, by name; filled with the pages."""
        return {}

    def arrive(self, visitor: Visitor, interaction: str) -> AnyResponse | None:
        """Let somebody in who is no member: an administrator whom an invitation tied to this identity, or nobody."""
        return self.console.arrivals.arrive(visitor, interaction)

    @cached_property
    def sign_out(self) -> SignOut:
        """Ends sessions; learns of the upstreams with the edge."""
        at_once = AtOnce(self.store, self.logouts.deliver, self.clock)
        return SignOut(self.store, self.sessions, self.kv, {}, self.audit, self.clock, at_once, self.anew_at)

    @cached_property
    def logouts(self) -> OutboxDelivery:
        """Tells applications that sessions ended; a lane of its own, so that one that hangs delays no mail."""

        def deliver(task: Task) -> None:
            # Asked for late: the signing keys are not there yet where only the record is read.
            self.logout_calls.deliver(task)

        handlers = {LOGOUT: deliver}
        return OutboxDelivery(self.store, handlers, self.clock, self.audit, kinds=handlers, hands=8)

    @cached_property
    def devices(self) -> Devices:
        """The sessions that were opened, and on what."""
        return Devices(
            self.store,
            self.sessions,
            self.sign_out,
            trail=self.audit,
            tell=NewDeviceNotice(self.sealer),
            clock=self.clock,
            longest=self.settings.sessions.absolute,
        )

    @cached_property
    def history(self) -> SignInHistory:
        """The history that members see."""
        kept, longest = self.settings.account.history, self.settings.sessions.absolute
        return SignInHistory(self.store, self.sessions, self.clock, kept=kept, longest=longest)

    def _suspend(self, unit: Unit, account_id: str, provider: str, now: int) -> bool:
        """End what links an upstream to an account; only the member's password makes the link again."""
        if provider not in self.edge.upstreams:
            return False
        own = [link for link in links.history(unit.session, account_id) if link.ended_at == links.IN_FORCE]
        return sum(links.end(unit.session, link.id, now=now, reason="not_me") for link in own) > 0

    def _end_open(self, session: Any, account_id: str, *, but: str = "") -> None:
        """End what is open of an account whose link was replaced, but for one session (`idp.upstream_ports`)."""
        unit = Unit(session)
        if but:
            self.devices.end_all_but(unit, account_id, but, RELINKED)
        else:
            unit.accounts.lock(account_id)
            end_open(unit, account_id, self.clock(), reason=RELINKED)

    @cached_property
    def own_account(self) -> OwnAccount:
        """What a member does with the account."""
        return OwnAccount.over(
            store=self.store,
            sealer=self.sealer,
            passwords=self.passwords,
            digests=self.digests,
            sign_in=self.sign_in,
            desk=self.desk,
            identities=self.linked_identities,
            settings=self.settings,
            clock=self.clock,
            trail=self.audit,
        )

    @cached_property
    def wsgi(self) -> WSGIApplication:
        """The whole provider: the machines' door, and behind it the pages."""
        composed = door(
            build_table(self.endpoints),
            pages(self.flask, self.edge, self.console),
            origins=self.clients.origins,
            trusted_proxies=self.settings.server.trusted_proxies,
            secure=self.settings.strict_transport,
            mounts={f"{ADMIN_API}/": late_mount(lambda: self._api)} if self.settings.admin.api else None,
        )
        return WatchedDoor(composed) if spans.on() else composed

    @cached_property
    def _api(self) -> Mount:
        # A hundred types of what is sent and answered, read and described by pydantic: for who calls the API.
        from idp.admin.api.assemble import mount  # noqa: PLC0415 - see above

        per_minute = self.settings.admin.api_per_minute
        return mount(self.acts, self.channel, self.kv, self.steady, self.sealer, self.audit, per_minute)

    @cached_property
    def endpoints(self) -> Endpoints:
        """What only machines call; the console calls one of them too."""
        register = None
        if self.settings.registration.enabled:
            register = RegistrationEndpoint(self.registration_gate, self.registrar, self.settings.issuer)
        return build_endpoints(self.channel, self.readiness, self.logos, self.pushes.push, self.offer, register)

    @cached_property
    def worker(self) -> Worker:
        """The outbox and the housekeeping."""
        return worker_of(self, self.logouts, self._wipe_cases)

    def services(self) -> list[Client]:
        """Return the fund's own applications that have an address to go to."""
        return [one for one in self.clients.first_party() if entrance(one, self.settings.issuer)]

    def linked_identities(self, account_id: str) -> list[LinkedIdentity]:
        """Return the identities from elsewhere that open an account, those of the past too."""
        with self.store.reading() as unit:
            notes = {(case.issuer, case.sub): case.note for case in cases.of_account(unit.session, account_id)}
            return [
                LinkedIdentity(
                    provider=link.issuer,
                    subject=link.sub,
                    method=link.method,
                    linked_at=link.linked_at,
                    ended_at=link.ended_at,
                    ended_reason=link.ended_reason,
                    evidence=link.evidence,
                    note=notes.get((link.issuer, link.sub), ""),
                )
                for link in links.history(unit.session, account_id)
            ]

    @cached_property
    def probing(self) -> Engine:
        """What readiness asks the database on."""
        return probing_engine(self.engine, self.settings.database)

    @cached_property
    def readiness(self) -> Readiness:
        """What the house works with, and how each part is."""
        return readiness_of(self, self.probing, lambda: self.edge.upstreams)

    def _wipe_cases(self, _batch: int) -> int:
        """Wipe the identities of the desk's old cases, all at once: they are few."""
        return wipe(self._ports())

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
            rows=rows,
            audit=self.audit,
            audit_within=self.audit.within_session,
            notify=Notifications(self.clock, lambda: secrets.token_hex(16)),
            end_open=self._end_open,
            clock=self.clock,
            random=secrets.token_bytes,
            paused=self.upstream_switch.paused,
            codes=MailedCodes(self.store, self.desk.deliveries, self.sealer, self.clock),
            letters=PostedCodes(
                self.desk.deliveries,
                self.sealer,
                Digests(self.secret.derive(b"codes by letter")),
                self.settings.activation,
                self.clock,
            ),
        )


def build(settings: config.Settings, *, clock: Clock = system_clock) -> Application:
    """Compose a provider; nothing is connected and nothing is written yet.

    Raises:
        ConfigurationError: the settings name something that cannot be used, or this Python is none for this program.
    """
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        raise config.ConfigurationError(["this Python runs without its global lock, on which threads here rely"])
    flask = Pages(
        "idp", root_path=str(TEMPLATES.parent), template_folder=str(TEMPLATES), static_folder=str(TEMPLATES / "static")
    )
    flask.url_rule_class = LateRule
    # One spelling an address: a redirect from another one would go to the host that the request claims (N-112).
    flask.url_map.merge_slashes = False
    return Application(settings, clock, open_engine(flask, settings), flask)
