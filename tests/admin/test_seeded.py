"""The demonstration's administrators."""

from pathlib import Path

from idp import config
from idp.admin.roles import Role
from idp.admin.seeded import SeededAdministrators, seeded
from idp.members.factors import totp
from idp.members.factors.second_step import sealed_for
from idp.members.passwords import Passwords
from idp.services.audit import AuditLog
from keys.sealing import Sealer
from tests.support.stores import Clock, sqlite_store

LOGIN = "admin@fund.example"
SECRET = totp.encoded(bytes(20))


def test_written_twice_is_one(tmp_path: Path) -> None:
    """The roles, the password and the code generator given; a second time replaces them. A house with one is known."""
    store, clock, seal = sqlite_store(tmp_path), Clock(), Sealer([b"k" * 32])
    passwords = Passwords(config.Passwords(memory_kib=1024, passes=1), 2)
    administrators = SeededAdministrators(store, passwords, seal, clock, AuditLog(store, clock))
    assert not seeded(store)
    for word, roles in (("first-word-of-all", {Role.AUDITOR}), ("girafe-tunnel-orage-57", set(Role))):
        administrators.upsert(LOGIN, "Camille", roles, word, SECRET)
    with store.reading() as unit:
        (known,) = unit.administrators.all()
        account = unit.administrators.account_of(LOGIN)
        (factor,) = unit.authenticators.of(known.account_id)
    assert account is not None
    assert ({role.value for role in Role}, True, True) == (set(known.roles), known.enabled, known.ready)
    assert passwords.verify(account.password_hash, "girafe-tunnel-orage-57")
    assert bytes(20) == seal.unseal(factor.sealed or b"", sealed_for(known.account_id, factor.id))
    assert seeded(store)
    with store.begin() as unit:
        unit.administrators.disable(known.account_id, clock())
    assert not seeded(store)
    store.engine.dispose()
