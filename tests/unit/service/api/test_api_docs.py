"""docs/http.md and the application say the same."""

import re
from pathlib import Path

from tests.unit.service.api.conftest import World, listening
from tests.unit.service.api.test_api_roles import ROWS
from tests.unit.service.api.test_api_schema import described

from tipr.service.api.asked import Asked, AskedFilters
from tipr.service.faults import STATUS

TEXT = (Path(__file__).parents[4] / "docs" / "http.md").read_text(encoding="utf-8")


def test_every_route_stands_there_with_its_scope() -> None:
    told = dict(re.findall(r"^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \| (\w+) \|", TEXT, flags=re.M))
    for_programs = {
        row.replace("/api/v1", ""): scope or "none"
        for row, scope in ROWS.items()
        if row.split()[1].startswith(("/api/v1/", "/health", "/ready", "/metrics"))
        and row != "GET /api/v1/openapi.json"
    }
    assert told == for_programs


def test_every_field_of_a_search_is_told() -> None:
    for name in (*Asked.model_fields, *AskedFilters.model_fields):
        assert f"`{name}`" in TEXT, name


def test_every_status_is_told() -> None:
    told = set(re.findall(r"\d{3}", " ".join(re.findall(r"^\| (\d[\d, ]+) \|", TEXT, flags=re.M))))
    assert {str(status) for status in STATUS.values()} <= told


def test_every_route_is_described_and_says_what_may_go_wrong() -> None:
    for path, methods in described()["paths"].items():
        for method, route in methods.items():
            place = f"{method} {path}"
            assert route["summary"], place
            assert route["description"], place
            assert {"401", "403", "422"} <= set(route["responses"]), place


def test_every_kind_of_request_has_an_example() -> None:
    found = described()["components"]["schemas"]
    for name, model in found.items():
        if name.startswith("Asked"):
            fields = list(model["properties"].values())
            assert any("examples" in one for one in (model, *fields)), name


def test_the_python_in_it_runs(own: World, capsys) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
    with listening(own) as address:
        exec(code.replace("http://127.0.0.1:8750", address), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1 ")
    assert lines[-1] == "6 of 6"
    assert own.ask.marks("gates")[0].item == 1
    assert own.ask.audit(act="search")[0].words["reason"] == "a lost child"
