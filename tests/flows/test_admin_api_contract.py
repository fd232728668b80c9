"""The administrators' API against its own OpenAPI document, by a program that others wrote (schemathesis)."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode
from schemathesis.core.result import Err, Ok

from idp.admin.actor import operator
from idp.protocol.names import ADMIN_API
from tests.support.admin_api import ALL, Program
from tests.support.administration import FIRST, administered, waiting
from tests.support.provider import Provider, running

EXAMPLES = 10
"""Calls made up for each operation, once as it wants them and once otherwise."""


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider whose API is there, with a case that waits."""
    folder = tmp_path_factory.mktemp("house")
    with running(administered(folder, admin={"api": True, "api_per_minute": 1_000_000})) as made:
        waiting(made)
        yield made


@pytest.fixture(scope="module")
def program(provider: Provider) -> Program:
    """A program with every role."""
    return Program(provider, *ALL)


@pytest.fixture(scope="module")
def document(provider: Provider) -> BaseSchema:
    """The API's document, as it is served."""
    return schemathesis.openapi.from_wsgi(f"{ADMIN_API}/openapi.json", provider.application.wsgi)


def operations(document: BaseSchema) -> list[APIOperation[Any, Any, Any, Any]]:
    """Return every operation that the document describes."""
    found = list(document.get_all_operations())
    assert [] == [one for one in found if isinstance(one, Err)]
    return [one.ok() for one in found if isinstance(one, Ok)]


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_what_is_said_is_what_is_done(document: BaseSchema, program: Program, mode: GenerationMode) -> None:
    """Every status, header, media type and body is as the document says, whatever is sent; nothing breaks."""
    tried, simple = set(), set()
    member = program.provider.application.acts.desk.members.show(operator("test"), FIRST).person.account_id
    for operation in operations(document):

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=EXAMPLES, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
        def hold(case: Case[Any]) -> None:
            # A key that comes by chance a second time, with another body, is refused as it should be.
            if len(str(case.headers.get("Idempotency-Key", ""))) >= 8:
                case.headers["Idempotency-Key"] = uuid.uuid4().hex
            # What is past is no end of a pause, which no schema can say.
            if mode is GenerationMode.POSITIVE and isinstance(case.body, dict) and case.body.get("until"):
                case.body["until"] = program.provider.clock() + 60
            # Which members of a registration go together no schema can say either.
            if mode is GenerationMode.POSITIVE and isinstance(case.body, dict) and "metadata" in case.body:
                case.body["metadata"] = {"client_name": "Appli", "redirect_uris": ["https://app.example.org/cb"]}
                case.body.pop("type", None)
            # To a member who is there: nobody guesses an id.
            if mode is GenerationMode.POSITIVE and "member" in (case.path_parameters or {}):
                case.path_parameters["member"] = member
            # Nor can it say what a configuration is; and whoever asks here must not be disabled by one.
            if isinstance(case.body, dict) and case.operation.path == "/configuration/apply":
                case.body["prune"] = False
                if mode is GenerationMode.POSITIVE:
                    case.body |= {"text": "version = 1", "plan": None}
            tried.add(case.operation.label)
            case.call_and_validate(headers={"Authorization": f"Bearer {program.token}"})

        try:
            hold()
        except Unsatisfiable:
            simple.add(operation.label)
    # What takes nothing cannot be asked for otherwise than as it wants.
    bare = {one.label for one in operations(document) if one.method == "get" and not one.definition.raw["parameters"]}
    assert simple == (set() if mode is GenerationMode.POSITIVE else bare)
    assert len(operations(document)) == len(tried | simple)
