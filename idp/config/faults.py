"""Every fault of the settings at once: what is wrong by itself, and what does not hold together (decision D13)."""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from idp.records import dataclass

if TYPE_CHECKING:
    from idp.config import Settings


@dataclass(frozen=True, slots=True)
class Rule:
    """What several settings must be together; not judged where one of `keys` is wrong by itself."""

    keys: tuple[str, ...]
    sentence: str
    broken: "Callable[[Settings], bool]"


RULES: Final = (
    Rule(
        ("server.tls_certificate", "server.tls_key"),
        "server.tls_key: a certificate and its key are given together or not at all",
        lambda all_: (all_.server.tls_certificate is None) != (all_.server.tls_key is None),
    ),
    Rule(
        ("server.tls_certificate", "issuer"),
        "server.tls_certificate: needs an issuer that begins with https",
        lambda all_: all_.server.tls_certificate is not None and not all_.secure,
    ),
    Rule(
        ("franceconnect.client_id", "franceconnect.enabled"),
        "franceconnect.client_id: needed when FranceConnect is enabled",
        lambda all_: all_.franceconnect.enabled and not all_.franceconnect.client_id,
    ),
    Rule(
        ("franceconnect.client_secret_file", "franceconnect.enabled"),
        "franceconnect.client_secret_file: needed when FranceConnect is enabled",
        lambda all_: all_.franceconnect.enabled and all_.franceconnect.client_secret_file is None,
    ),
    Rule(
        ("franceconnect.issuer", "franceconnect.environment"),
        "franceconnect.issuer: is for environment = emulator or emulator_plus, and needed there",
        lambda all_: all_.franceconnect.environment.startswith("emulator") != (all_.franceconnect.issuer is not None),
    ),
    Rule(
        ("franceconnect.level", "franceconnect.environment"),
        "franceconnect.level: eidas1 with FranceConnect, eidas2 or eidas3 with FranceConnect+ (environment ..._plus)",
        lambda all_: (
            all_.franceconnect.level != "" and (all_.franceconnect.level == "eidas1") == all_.franceconnect.plus
        ),
    ),
    Rule(
        ("franceconnect.signing_algorithm", "franceconnect.environment"),
        "franceconnect.signing_algorithm: FranceConnect+ signs with ES256 only",
        lambda all_: all_.franceconnect.plus and all_.franceconnect.signing_algorithm != "ES256",
    ),
    Rule(
        ("assurance.levels", "franceconnect.level", "franceconnect.environment"),
        "assurance.levels: names an eIDAS level above the one that is asked of FranceConnect (franceconnect.level)",
        lambda all_: all_.franceconnect.enabled and all_.assurance.strongest_eidas > all_.franceconnect.eidas,
    ),
    Rule(
        ("keys.keep_after", "tokens.access_token", "tokens.id_token"),
        "keys.keep_after: must be at least the longest token lifetime (N-138)",
        lambda all_: all_.keys.keep_after < max(all_.tokens.access_token, all_.tokens.id_token),
    ),
    Rule(
        ("captcha.site_key", "captcha.provider"),
        "captcha.site_key: needed for this provider",
        lambda all_: all_.captcha.provider != "proof_of_work" and not all_.captcha.site_key,
    ),
    Rule(
        ("captcha.secret_file", "captcha.provider"),
        "captcha.secret_file: needed for this provider",
        lambda all_: all_.captcha.provider != "proof_of_work" and all_.captcha.secret_file is None,
    ),
    Rule(
        ("mail.host", "mail.transport"),
        'mail.host: needed for transport "smtp"',
        lambda all_: all_.mail.transport == "smtp" and not all_.mail.host.strip(),
    ),
)


def examined(data: Any, validate: "Callable[[Any], Settings]") -> "tuple[Settings, list[str]]":
    """Return the settings and every fault, one sentence each, beginning with its key.

    Where a value is wrong the settings go on with its default, so that what stands beside it is judged too.

    Args:
        data: nested tables, as the sources gave them.
        validate: makes settings of tables, or raises pydantic's ValidationError.
    """
    faults: list[str] = []
    wrong: set[str] = set()
    rest = deepcopy(data)
    while True:
        try:
            settings = validate(rest)
        except ValidationError as error:
            found = error.errors()
        else:
            break
        before = deepcopy(rest)
        taken = {_without(rest, fault["loc"]) for fault in found}
        faults += [_sentence(fault) for fault in found]
        wrong |= taken
        if rest == before:
            # Each turn takes a value away; where a fault has no place in the tables, nothing more can be judged.
            rest = {}
    broken = [rule.sentence for rule in RULES if rule.broken(settings) and wrong.isdisjoint(rule.keys)]
    missing = [f"upstreams.{name}.{key}" for name, one in settings.upstreams.items() for key in one.missing]
    return settings, faults + broken + [f"{key}: needed when it is enabled" for key in missing if key not in wrong]


def _without(data: Any, place: Iterable[int | str]) -> str:
    """Take a faulty value out of nested tables and return its key: the setting, or the whole section if that is it."""
    table, path = data, [str(part) for part in place]
    for depth, part in enumerate(path):
        if depth == len(path) - 1 or not isinstance(table.get(part), dict):
            table.pop(part, None)
            return ".".join(path[: depth + 1])
        table = table[part]
    return ""


def _sentence(fault: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "settings"
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}"
