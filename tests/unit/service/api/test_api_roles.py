"""Who may ask for what: every route of the application, with every kind of key.

A route that is new stands in no row here, and fails until somebody has decided who may ask for it.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from tests.unit.service.api.conftest import World, running

from tipr.service.app import create_app
from tipr.service.guard.caller import SCOPES, Scope
from tipr.service.guard.keyring import make

OPEN = """
GET /api/v1/openapi.json
GET /health
GET /ready
GET /login
POST /login
GET /static/{digest}/{name}
"""

READ = """
GET /metrics
GET /api/v1/galleries
GET /api/v1/galleries/{gallery}
POST /api/v1/galleries/{gallery}/facets
GET /api/v1/galleries/{gallery}/search
POST /api/v1/galleries/{gallery}/search
POST /api/v1/galleries/{gallery}/search/pictures
GET /api/v1/galleries/{gallery}/items/{item}
GET /api/v1/galleries/{gallery}/items/{item}/thumbnail
GET /api/v1/galleries/{gallery}/items/{item}/picture
GET /api/v1/galleries/{gallery}/items/{item}/film
GET /api/v1/galleries/{gallery}/items/{item}/nearby
POST /api/v1/galleries/{gallery}/items/{item}/explanation
GET /api/v1/galleries/{gallery}/feedback
PUT /api/v1/galleries/{gallery}/feedback
GET /api/v1/galleries/{gallery}/searches
GET /api/v1/galleries/{gallery}/searches/{name}
PUT /api/v1/galleries/{gallery}/searches/{name}
DELETE /api/v1/galleries/{gallery}/searches/{name}
POST /api/v1/galleries/{gallery}/export
"""

INDEX = """
GET /api/v1/jobs
POST /api/v1/jobs
GET /api/v1/jobs/{job}
DELETE /api/v1/jobs/{job}
GET /api/v1/jobs/{job}/events
"""

ADMIN = """
POST /api/v1/galleries/{gallery}/forget/plan
POST /api/v1/galleries/{gallery}/forget
GET /api/v1/audit
GET /api/v1/audit/verify
"""

# --- pages ---------------------------------------------------------------------------------------

PAGES_READ = """
POST /logout
GET /reason
POST /reason
GET /
GET /g/{gallery}
GET /g/{gallery}/hit/{number}
GET /g/{gallery}/why/{number}
GET /g/{gallery}/thumb/{number}
GET /g/{gallery}/picture/{number}
GET /g/{gallery}/film/{number}
GET /g/{gallery}/upload/{handle}
POST /g/{gallery}/upload
POST /g/{gallery}/mark
POST /g/{gallery}/export
GET /g/{gallery}/saved
POST /g/{gallery}/saved
GET /g/{gallery}/again
POST /g/{gallery}/unsave
GET /models
GET /use
"""

PAGES_INDEX = """
GET /indexing
POST /indexing
POST /indexing/{number}/cancel
"""

PAGES_ADMIN = """
GET /g/{gallery}/forget
POST /g/{gallery}/forget
GET /audit
"""

ROWS: dict[str, Scope | None] = {
    row: scope
    for scope, rows in (
        (None, OPEN),
        ("read", READ + PAGES_READ),
        ("index", INDEX + PAGES_INDEX),
        ("admin", ADMIN + PAGES_ADMIN),
    )
    for row in rows.split("\n")
    if row
}
"""The least scope that a route needs; None where nobody is asked for a key."""

FILLED = {"gallery": "gates", "item": "1", "number": "1", "job": "99", "name": "mine"}


def routes(app: FastAPI) -> Iterator[str]:
    """Every route as it stands in the rows, "GET /health"."""
    for route in iter_route_contexts(app.routes):
        assert route.methods, f"{route.path} is mounted: its routes must be told one by one"
        for method in sorted(route.methods - {"HEAD"}):
            yield f"{method} {route.path}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With a key of each scope; nobody counts how often they ask."""
    with running(tmp_path_factory.mktemp("roles"), requests_per_minute=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def keys(world: World) -> dict[Scope | None, dict[str, str]]:
    """The headers of each caller; from now on everybody needs a key."""
    found: dict[Scope | None, dict[str, str]] = {None: {}}
    for scope in SCOPES:
        found[scope] = {"authorization": f"Bearer {make(world.service.state, scope, scope)[1]}"}
    return found


def sent(world: World, row: str, headers: dict[str, str]) -> Any:
    method, path = row.split()
    address = re.sub(r"\{(\w+)(:path)?\}", lambda part: FILLED.get(part[1], "x"), path)
    body = {} if method == "GET" else {"json": {}}
    return world.http.request(method, address, headers=headers, follow_redirects=False, **body)


def is_refused(answer: Any) -> bool:
    """By a status, or, on a page, by being sent to the login that leads back here."""
    sent_away = answer.headers.get("location", "").startswith("/login?")
    return answer.status_code in (401, 403) or (answer.status_code == 303 and sent_away)


def test_every_route_has_a_row_and_every_row_a_route(world: World) -> None:
    assert set(routes(create_app(world.service))) == set(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_a_route_lets_in_whom_its_row_names_and_nobody_else(world: World, keys, row: str) -> None:
    needed = ROWS[row]
    for scope, headers in keys.items():
        enough = needed is None or (
            scope is not None and SCOPES.index(scope) >= SCOPES.index(needed)
        )
        answer = sent(world, row, headers)
        assert is_refused(answer) is not enough, (scope, answer.status_code, answer.text[:200])
        assert answer.status_code < 500


def test_a_refusal_says_what_is_needed(world: World, keys) -> None:
    nobody = sent(world, "GET /api/v1/jobs", {})
    reader = sent(world, "GET /api/v1/jobs", keys["read"])
    assert (nobody.status_code, reader.status_code) == (401, 403)
    assert "send it as 'Authorization: Bearer KEY'" in nobody.json()["error"]
    assert "needs a key with the scope index" in reader.json()["error"]


def test_who_may_not_learns_not_even_which_galleries_there_are(world: World, keys) -> None:
    for gallery in ("gates", "doors"):
        answer = world.http.get(f"/api/v1/galleries/{gallery}")
        assert answer.status_code == 401
        assert "gates" not in answer.text


def test_what_is_wrong_in_the_body_is_not_told_to_who_may_not(world: World) -> None:
    for row in ROWS:
        if row.startswith(("POST /api", "PUT /api")):
            assert sent(world, row, {}).status_code == 401, row
