"""What one value may be, going in: closed, in one spelling, with what the OpenAPI document says of it."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from idp.admin.pauses import LATEST
from idp.admin.roles import Role

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,14}")
_SEEN: Final = r"[!-~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u20ac]"
_BLANK: Final = r"[ \u00a0\u202f]"
"""What a sentence in French or English is written with, on one line."""


class Shape(BaseModel):
    """Base of all: what is not named is refused, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def whole(value: object) -> object:
    """Read a whole number: of a query in its one spelling, of JSON also as 1.0, which JSON Schema takes for one."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def number(value: object) -> object:
    """Read a whole number of JSON; a text is none."""
    return value if isinstance(value, str) else whole(value)


def _flag(value: object) -> object:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def each_once(names: list[str]) -> list[str]:
    """Refuse a list that holds a name twice."""
    if len(set(names)) != len(names):
        raise ValueError("must hold each name once")
    return names


Flag = Annotated[bool, BeforeValidator(_flag)]
Time = Annotated[int, Field(ge=0, le=LATEST), BeforeValidator(whole)]
Limit = Annotated[int, Field(ge=1, le=100), BeforeValidator(whole)]
Token = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
"""A word without spaces, as event names, ids and references are."""
Reason = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]*[!-~\u00a1-\u024f][^\x00-\x1f\x7f-\x9f]*$",
        description="Why; kept with the decision and on record.",
    ),
]
Login = Annotated[
    str,
    Field(
        max_length=128, pattern=r"^[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(\.[a-z0-9-]+)+$", description="An e-mail address."
    ),
]
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        pattern=r"^[A-Za-z0-9\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f .,'()\u2019-]*$",
        description="How pages call the person.",
    ),
]
RoleName = Literal["clients", "members", "security", "auditor"]
Roles = Annotated[
    list[RoleName],
    Field(min_length=1, max_length=len(Role), json_schema_extra={"uniqueItems": True}),
    AfterValidator(each_once),
]
Words = Annotated[str, Field(max_length=500, pattern=f"^{_BLANK}*{_SEEN}({_BLANK}|{_SEEN})*$")]
Claim = Annotated[str, Field(max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
