"""The values of the doctor that go out. Times are Unix seconds."""

from typing import Literal

from idp.admin.api.usage_shapes import ClientFault
from idp.admin.api.values import Shape


class ClientFinding(Shape):
    """What one check found; `aspect` says why where it is not good, `fact` what to look at."""

    check: str
    state: Literal["good", "warning", "bad"]
    aspect: str
    fact: str


class ClientStep(Shape):
    """A step of the test sign-in; `at` is null while it is waited for."""

    name: str
    state: Literal["done", "refused", "waiting"]
    at: int | None


class ClientExamination(Shape):
    """What is known of an application since its examination began. `healthy`: no check failed."""

    client_id: str
    healthy: bool
    started_at: int
    findings: list[ClientFinding]
    steps: list[ClientStep]
    faults: list[ClientFault]
