"""The console as a relying application of its own provider: an authorization request, and what comes back of it.

The administrator's browser goes through `/authorize` as with any application; the code is redeemed at our own token
endpoint, called as a function. So what protects members' applications protects the console: PKCE, state, nonce, one use
of a code, two factors at the staff's door.
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from idp.clock import Clock
from idp.members.tickets import Tickets
from idp.protocol.client import Client
from idp.protocol.messages import Parameters, Reply, Request
from idp.protocol.names import AMR_SEVERAL
from idp.protocol.opaque import digest
from idp.records import dataclass
from idp.services.clients import Clients
from idp.store.administrators import Administrator
from idp.store.db import Store
from idp.upstream_ports import KeyValue, Seal
from keys.claims_check import check_audience, check_issuer, check_subject, check_times
from keys.errors import TokenRejected
from keys.jws import verify_own
from keys.purposes import Purpose
from keys.ring import KeyRing

log = logging.getLogger("idp.console")

CLIENT_ID: Final = "console"
HOME: Final = "/administration"
RETURN: Final = f"{HOME}/retour"
WAITS: Final = 3600
"""Seconds for which a sign-in may take before the console has forgotten what it was for."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who has just signed in for the console; `auth_time` in Unix seconds, `then` a path of ours."""

    administrator: Administrator
    sid: str
    auth_time: int
    then: str


def register(clients: Clients, issuer: str, algorithm: str, secret: str) -> None:
    """Register the console, at every start; a secret of before goes with the house's.

    Args:
        clients: the relying applications.
        issuer: the provider's address, which is the console's too.
        algorithm: of its ID tokens; one that the house signs with.
        secret: derived from the house's, so that every node knows it and no file has it.
    """
    known = clients.get(CLIENT_ID)
    held = tuple(one for one in known.secrets if one.digest == digest(secret)) if known is not None else ()
    console = Client(
        client_id=CLIENT_ID,
        name="Administration",
        first_party=True,
        staff=True,
        redirect_uris=(f"{issuer}{RETURN}",),
        response_modes=frozenset({"query"}),
        id_token_signed_response_alg=algorithm,
        require_auth_time=True,
    )
    clients.upsert(replace(console, secrets=held), secret)


class Relying:
    """The console's part of a sign-in.

    Args:
        issuer: the provider's address.
        secret: the console's at the token endpoint.
        kv: where requests wait.
        seal: the house's sealer.
        token: the token endpoint.
        ring: the keys that sign ID tokens.
        store: the administrators.
        clock: Unix seconds.
    """

    def __init__(
        self,
        *,
        issuer: str,
        secret: str,
        kv: KeyValue,
        seal: Seal,
        token: Callable[[Request], Reply],
        ring: KeyRing,
        store: Store,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._secret = secret
        self._token = token
        self._ring = ring
        self._store = store
        self._clock = clock
        self._waiting = Tickets(kv, seal, "console-sign-in", WAITS)

    def begin(self, then: str, browser: str, *, fresh: bool = False) -> str:
        """Return where the browser goes to sign in.

        Args:
            then: the path of ours to come back to; never one that came with the request.
            browser: whose request.
            fresh: ask for a sign-in of now, whatever session there is.
        """
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        state = self._waiting.issue({"verifier": verifier, "nonce": nonce, "then": then}, browser)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": f"{self._issuer}{RETURN}",
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({"max_age": "0"} if fresh else {}),
        }
        return f"/authorize?{urlencode(asked)}"

    def finish(self, answer: Parameters, browser: str, network: str, reference: str) -> Arrival | None:
        """Take what came back and return who signed in; None where the answer is not one to a request of this browser.

        Raises:
            Unavailable, KeyValueUnavailable: a store does not answer.
        """
        state, code = answer.get("state") or "", answer.get("code")
        asked = self._waiting.read(state, browser)
        if asked is None or answer.repeated() or answer.get("iss") != self._issuer:
            return None
        if code is None:
            log.info("sign-in for the console refused: %s", ascii((answer.get("error") or "")[:64]))
            return None
        self._waiting.end(state)
        claims = self._redeem(code, asked, network, reference)
        return None if claims is None else self._arrival(claims, asked["then"])

    def _redeem(self, code: str, asked: dict[str, Any], network: str, reference: str) -> dict[str, Any] | None:
        pair = base64.b64encode(f"{CLIENT_ID}:{self._secret}".encode()).decode()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{self._issuer}{RETURN}",
            "code_verifier": asked["verifier"],
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "authorization": f"Basic {pair}"}
        sent = Request("POST", "/token", form=Parameters.of(form), headers=headers, remote=network, reference=reference)
        reply = self._token(sent)
        if reply.status != 200:
            log.warning("the console's code was refused with %d", reply.status, extra={"reference": reference})
            return None
        return self._verified(json.loads(reply.body)["id_token"], asked["nonce"])

    def _verified(self, token: str, nonce: str) -> dict[str, Any] | None:
        """Return the claims of an ID token (OpenID Connect Core 1.0 section 3.1.3.7), or None."""
        now = self._clock()
        try:
            claims = dict(verify_own(self._ring, Purpose.ID_TOKEN, token, now=now).claims)
            check_issuer(claims, self._issuer)
            check_audience(claims, CLIENT_ID, single=True)
            check_times(claims, now, require_iat=True)
            check_subject(claims)
        except TokenRejected as refusal:
            log.warning("the console's ID token was refused: %s", refusal)
            return None
        if not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
            return None
        methods = claims.get("amr")
        strong = isinstance(methods, list) and AMR_SEVERAL in methods and isinstance(claims.get("auth_time"), int)
        return claims if strong and isinstance(claims.get("sid"), str) else None

    def _arrival(self, claims: dict[str, Any], then: str) -> Arrival | None:
        with self._store.reading() as unit:
            account = unit.accounts.by_subject(claims["sub"])
            found = unit.administrators.get(account.id) if account is not None else None
        if found is None or not found.enabled:
            return None
        return Arrival(found, claims["sid"], claims["auth_time"], then)
