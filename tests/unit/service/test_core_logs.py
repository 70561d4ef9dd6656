"""Logs are one JSON object a line."""

import io
import json
import logging

from tipr.service.watch.logs import LOGGER, AsJson, say


def test_a_line_holds_what_was_told_and_a_fault_its_trace():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AsJson())
    LOGGER.addHandler(handler)
    try:
        say("request", level=logging.WARNING, request="r1", ms=1.5)
        try:
            raise ValueError("two\nlines")
        except ValueError:
            say("broken", level=logging.ERROR)
    finally:
        LOGGER.removeHandler(handler)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert {name: first[name] for name in ("level", "event", "request", "ms")} == {
        "level": "warning",
        "event": "request",
        "request": "r1",
        "ms": 1.5,
    }
    assert first["time"].endswith("+00:00")
    assert "ValueError: two\nlines" in second["trace"]


def test_metrics_tell_requests_searches_and_batches_but_no_words(client):
    client.get("/api/v1/galleries/people/search", params={"q": "crimson"})
    client.get("/no/such/crimson")
    client.request("BREW", "/health")
    text = client.get("/metrics").text
    for line in (
        'tipr_requests_total{method="GET",route="search_typed",status="200"} 1.0',
        'tipr_requests_total{method="GET",route="none",status="404"} 1.0',
        'tipr_searches_total{gallery="people"} 1.0',
        'tipr_pictures{gallery="people"} 10.0',
        "tipr_audit_entries_total 1.0",
    ):
        assert line in text
    assert "crimson" not in text
    assert "BREW" not in text


def test_it_is_ready_only_while_it_can_answer(client, service, gallery):
    assert client.get("/ready").status_code == 200
    gallery.rename(gallery.with_name("away"))
    assert client.get("/ready").status_code == 503
    assert client.get("/health").status_code == 200
    gallery.with_name("away").rename(gallery)
    assert client.get("/ready").status_code == 200
    service.stopping.set()
    assert client.get("/ready").json() == {"status": "stopping"}
