"""What goes in and out of the operations on keys. Times are Unix seconds; nothing private is in any of it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from idp.admin.api.proposals_shapes import Proposed
from idp.admin.api.values import Reason, Shape, each_once

AlgorithmName = Literal["RS256", "ES256", "PS256", "EdDSA", "Ed25519", "RSA-OAEP-256", "RSA-OAEP", "ECDH-ES"]


class Key(Shape):
    """A key. `since`: it has its state; `until`: it begins to sign, is rotated, or is removed.

    `overdue`: it signs longer than planned, having no successor; `withdrawn`: the settings do not name its algorithm
    any more; `sealed_current`: under the current key-encryption key.
    """

    kid: str
    algorithm: str
    use: Literal["sig", "enc"]
    state: Literal["next", "active", "retired"]
    published_at: int
    since: int
    until: int
    overdue: bool
    withdrawn: bool
    sealed_current: bool


class KeyReader(Shape):
    """An application at an address from which it calls, and what was last read of the keys there.

    `applications` call from there, this one counted: of several, any may be the one that read.
    """

    client_id: str
    address: str
    called_at: int
    read_at: int | None
    has_newest: bool
    applications: int


class Keys(Shape):
    """Every key, when the newest was published, and who has read it."""

    keys: list[Key]
    newest_at: int
    readers: list[KeyReader]
    stranded: list[str] = Field(description="Applications that registered a signature which is not made any more.")


class RotationWanted(Shape):
    """Whose key to rotate; null: of every algorithm in use."""

    algorithm: AlgorithmName | None = None


class KeyChange(Shape):
    """One thing that was done to a key."""

    action: Literal["create", "activate", "retire", "drop"]
    algorithm: str
    kid: str
    effective_at: int | None = Field(
        description="When the key begins to sign, or ceases to: the old one goes on until then. Null: at once."
    )


class Rotation(Shape):
    """What a rotation did: nothing where one is under way."""

    changes: list[KeyChange]
    behind: list[str] = Field(description="Applications that had not read the keys of before: ask them first.")


class EmergencyWanted(Shape):
    """Whose keys are to be dropped at once (none named: of every algorithm that signs), and why."""

    algorithms: Annotated[
        list[AlgorithmName],
        Field(max_length=8, default_factory=list, json_schema_extra={"uniqueItems": True}),
        AfterValidator(each_once),
    ]
    reason: Reason


class DroppedKey(Shape):
    """A key that an emergency drops."""

    kid: str
    algorithm: str
    use: Literal["sig", "enc"]
    state: Literal["next", "active", "retired"]


class EmergencyPlan(Shape):
    """What an emergency does once a second person has approved it.

    Every access token issued before is dead here at once: introspection and userinfo refuse it. `jwt_access_tokens`:
    members' living access tokens that are signed, beside the programs' own; a resource server that does not ask refuses
    those by these keys once it has read the new set, and believes others until they expire; `tokens_until`: when the
    last token of today would have expired; `behind`: applications that had not read the newest keys before.
    """

    reason: str
    drops: list[DroppedKey]
    jwt_access_tokens: int
    tokens_until: int
    behind: list[str]


class Emergency(Shape):
    """A plan, and the proposal that waits for a second person; nothing was dropped."""

    plan: EmergencyPlan
    waits: Proposed
