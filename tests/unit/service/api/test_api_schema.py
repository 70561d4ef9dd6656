"""Whatever is sent to the API, it answers as its own description says, and never with a 500.

`TIPR_EXAMPLES` sets how many requests are made up for each route (5); the long run takes 200.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.unit.service.api.conftest import listening, running

from tipr.service import api

EXAMPLES = int(os.environ.get("TIPR_EXAMPLES", "5"))
CHECKS = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


def described() -> dict[str, Any]:
    """The routes' own description."""
    app = FastAPI()
    app.include_router(api.router)
    return app.openapi()


SCHEMA = schemathesis.openapi.from_dict(described())
ROUTES = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a service that holds something of every kind."""
    with (
        running(tmp_path_factory.mktemp("fuzzed"), requests_per_minute=0) as world,
        listening(world) as found,
    ):
        world.ask.mark("gates", "0", 1, True)
        world.ask.save_search("gates", "0", "red")
        list(world.ask.watch_job(world.ask.add_job("gates", "pictures").id))
        yield found


@pytest.mark.parametrize("route", ROUTES)
def test_every_answer_is_as_described(address: str, route: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES < 50,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=ROUTES[route].as_strategy())
    def answers(case: Any) -> None:
        if "gallery" in case.path_parameters:
            case.path_parameters["gallery"] = "gates"  # which nothing would ever guess
        case.call_and_validate(base_url=address, checks=CHECKS)

    answers()
