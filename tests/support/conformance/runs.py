"""The runs of the certification plans: which response type, in which response mode, with which authentication."""

from dataclasses import dataclass
from typing import Final, Literal

import pytest

Channel = Literal["query", "fragment", "form"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a plan; `response_mode` is None where the plan sends none."""

    plan: str
    response_type: str
    response_mode: str | None = None
    auth_method: str = "client_secret_basic"

    @property
    def name(self) -> str:
        """What tells the run from the others in a test's name."""
        return f"{self.plan}-{self.response_type.replace(' ', '+')}"

    @property
    def types(self) -> frozenset[str]:
        """The words of the response type."""
        return frozenset(self.response_type.split())

    @property
    def gives_code(self) -> bool:
        """Whether the answer has a code, and so the token endpoint is called."""
        return "code" in self.types

    @property
    def gives_token(self) -> bool:
        """Whether an access token is to be had at all."""
        return self.types != {"id_token"}

    @property
    def channel(self) -> Channel:
        """Where the answer must arrive (OAuth 2.0 Multiple Response Type Encoding Practices; Form Post)."""
        if self.response_mode == "form_post":
            return "form"
        return "query" if self.types == {"code"} else "fragment"

    @property
    def grant_types(self) -> list[str]:
        """The grant types that the response type needs (OpenID Connect Registration 1.0 section 2)."""
        code = ["authorization_code"] if self.gives_code else []
        return code + (["implicit"] if self.types != {"code"} else [])


def _plans(*response_types: str, plan: str, suffix: str) -> tuple[Run, ...]:
    default = tuple(Run(plan, one) for one in response_types)
    return default + tuple(Run(f"form-post-{suffix}", one, "form_post") for one in response_types)


BASIC: Final = _plans("code", plan="basic", suffix="basic")
IMPLICIT: Final = _plans("id_token", "id_token token", plan="implicit", suffix="implicit")
HYBRID: Final = _plans("code id_token", "code token", "code id_token token", plan="hybrid", suffix="hybrid")
DYNAMIC: Final = Run("dynamic", "code", auth_method="private_key_jwt")
EVERY: Final = (*BASIC, *IMPLICIT, *HYBRID)
"""The six response types, each in its own channel and by form post."""
WITH_CODE: Final = tuple(run for run in EVERY if run.gives_code)
WITH_TOKEN: Final = tuple(run for run in EVERY if run.gives_token)
WITH_FRONT_ID_TOKEN: Final = tuple(run for run in EVERY if "id_token" in run.types)
NONCE_OPTIONAL: Final = tuple(run for run in EVERY if "id_token" not in run.types)


def over(*runs: Run) -> pytest.MarkDecorator:
    """Repeat a module for each run of its plans."""
    return pytest.mark.parametrize("run", [pytest.param(run, id=run.name) for run in runs])
