"""The invariants I1 to I10: what holds after every case, judged by what people saw and what the database has."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import func, select

from idp.store.tables import AuditRow, GrantRow, RefreshTokenRow
from idp.store.tables_members import ProvisionalRow, SignInRow
from tests.support.harness.history import Event, History
from tests.support.harness.house import House

DAILY_GUESSES: Final = 25
"""Wrong passwords that a dossier takes in a day; a process that counts alone takes a third of them."""


def violations(house: House, history: History) -> list[str]:
    """Return every breach, each with the invariant's number."""
    return [f"{name}: {found}" for name, rule in _RULES.items() for found in rule(house, history)]


def _one_answer_a_code(house: House, history: History) -> Iterator[str]:
    answered = Counter(e.facts["code"] for e in history.of("redeem") if e.status == 200)
    yield from (f"code {code} was answered {times} times" for code, times in answered.items() if times > 1)
    with house.application.store.reading() as unit:
        first = select(GrantRow.id, func.count()).join(RefreshTokenRow).where(RefreshTokenRow.replaces.is_(None))
        roots = unit.session.execute(first.group_by(GrantRow.id).having(func.count() > 1)).all()
    yield from (f"grant {row[0]} has {row[1]} first refresh tokens" for row in roots)


def _one_live_leaf(house: House, _history: History) -> Iterator[str]:
    alive = (RefreshTokenRow.spent_at.is_(None), RefreshTokenRow.revoked_at.is_(None), GrantRow.revoked_at.is_(None))
    leaves = select(GrantRow.id, func.count()).join(RefreshTokenRow).where(*alive)
    with house.application.store.reading() as unit:
        found = unit.session.execute(leaves.group_by(GrantRow.id).having(func.count() > 1)).all()
    yield from (f"family {row[0]} has {row[1]} live refresh tokens" for row in found)


def _nothing_undone(_house: House, history: History) -> Iterator[str]:
    revoked = {e.facts["token"]: e.ended for e in history.of("revoke") if e.status == 200}
    for event in history.of("userinfo"):
        if event.status == 200 and event.began > revoked.get(event.facts["token"], float("inf")):
            yield f"token {event.facts['token']} works after its revocation"
    left = {e.who: e.ended for e in history.of("sign out")}
    for event in history.of("silent"):
        if event.status == 200 and event.began > left.get(event.who, float("inf")):
            yield f"{event.who} is signed in after the sign-out"
    changed = {(e.facts["owner"], e.facts["old"]): e.ended for e in history.of("password changed")}
    for event in history.of("signed in"):
        if event.began > changed.get((event.facts["owner"], event.facts.get("password", "")), float("inf")):
            yield f"{event.facts['owner']} signed in with the password before"


def _nobody_elses(house: House, history: History) -> Iterator[str]:
    for event in history.of("userinfo", "redeem", "refresh"):
        owner, subject = event.facts.get("owner"), event.facts.get("sub")
        if owner and subject is not None and subject != house.subjects[owner]:
            yield f"{event.who} was told of {subject} by {event.act}"


def _one_audit_line(house: House, history: History) -> Iterator[str]:
    with house.application.store.reading() as unit:
        opened = unit.session.execute(select(func.count()).select_from(SignInRow)).scalar_one()
        told = select(AuditRow.event, func.count()).where(AuditRow.outcome.in_(("ok", "refused")))
        lines = {row[0]: row[1] for row in unit.session.execute(told.group_by(AuditRow.event))}
        ended = select(GrantRow.revoked_reason, func.count()).group_by(GrantRow.revoked_reason)
        reasons = {row[0]: row[1] for row in unit.session.execute(ended)}
        changes = Counter(
            unit.session.execute(select(AuditRow.account_id).where(AuditRow.event == "password_changed")).scalars()
        )
    if lines.get("sign_in", 0) != opened:
        yield f"{opened} sessions were opened and {lines.get('sign_in', 0)} are on record"
    for reason in ("code_reused", "refresh_reused"):
        if reasons.get(reason, 0) != lines.get(reason, 0):
            yield f"{reasons.get(reason, 0)} grants ended for {reason} and {lines.get(reason, 0)} are on record"
    acknowledged = Counter(e.facts["owner"] for e in history.of("password changed"))
    tried = Counter(e.facts["owner"] for e in history.of("password posted"))
    for dossier, times in acknowledged.items():
        lines_of = changes[house.account_of(dossier)]
        if not times <= lines_of <= max(times, tried[dossier]):
            yield f"{dossier}: {times} changes acknowledged, {tried[dossier]} sent, {lines_of} on record"


def _one_change_a_secret(house: House, history: History) -> Iterator[str]:
    used = Counter(e.facts["secret"] for e in history.of("password changed") if "secret" in e.facts)
    yield from (f"secret {secret} opened {times} changes" for secret, times in used.items() if times > 1)
    live = (ProvisionalRow.spent_at.is_(None), ProvisionalRow.cancelled_at.is_(None), ProvisionalRow.purpose == "")
    query = select(ProvisionalRow.account_id, func.count()).where(*live).group_by(ProvisionalRow.account_id)
    with house.application.store.reading() as unit:
        both = unit.session.execute(query.having(func.count() > 1)).all()
    yield from (f"account {row[0]} has {row[1]} provisional passwords that work" for row in both)


def _bounded_guesses(house: House, history: History) -> Iterator[str]:
    looked_at = Counter(e.facts["owner"] for e in history.of("guess") if e.facts.get("looked_at"))
    most = DAILY_GUESSES + house.workers * (DAILY_GUESSES // 3)
    beyond = {dossier: times for dossier, times in looked_at.items() if times > most}
    yield from (f"{dossier} took {times} guesses, {most} at most" for dossier, times in beyond.items())


def _our_page_with_a_retry(_house: House, history: History) -> Iterator[str]:
    recovered = {event.who: event.ended for event in history.of("page") if event.status < 500}
    for event in history.of("page"):
        if event.status >= 500 and not (event.facts.get("ours") and event.facts.get("retry")):
            yield f"{event.who} saw a page of {event.status} that is not ours, or offers nothing: {event.facts}"
        if event.status >= 500 and recovered.get(event.who, 0.0) < event.began:
            yield f"{event.who} never got on after {event.facts['method']} {event.facts['path']}"


def _every_id_token_verifies(_house: House, history: History) -> Iterator[str]:
    read = [e for e in history.of("jwks") if e.status == 200]
    sets = {id(event): KeySet.import_key_set({"keys": event.facts["keys"]}) for event in read}
    for event in history.of("redeem", "refresh"):
        token = event.facts.get("id_token")
        keys = _read_before(read, event) if token else None
        if token and keys is None:
            yield f"{event.who} got an ID token and nobody had read the keys"
        elif token and keys is not None:
            try:
                jwt.decode(token, sets[id(keys)], algorithms=["ES256", "RS256"])
            except (JoseError, ValueError) as error:
                yield f"an ID token of {event.who} does not verify: {type(error).__name__}"


def _read_before(read: list[Event], event: Event) -> Event | None:
    """Return the set of keys that an application had: the last it read itself, else the last anybody did."""
    earlier = [one for one in read if one.ended <= event.ended]
    own = [one for one in earlier if one.who == event.who]
    known = own or earlier
    return known[-1] if known else None


_RULES: Final[dict[str, Callable[[House, History], Iterator[str]]]] = {
    "I1": _one_answer_a_code,
    "I2": _one_live_leaf,
    "I3": _nothing_undone,
    "I4": _nobody_elses,
    "I5": _one_audit_line,
    "I6": _one_change_a_secret,
    "I7": _bounded_guesses,
    "I8": _our_page_with_a_retry,
    "I9": _every_id_token_verifies,
}
"""I10 is judged by `vitals`, since it needs a look before the case."""
