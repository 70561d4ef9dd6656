"""The client says what the service said, and what to do where there is none."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from tipr.client import Client, Verdict, results
from tipr.client.refusals import KINDS
from tipr.errors import LimitError, MissingError, ServiceError, TiprError

JOB = {
    **{"id": 1, "gallery": "g", "folder": "f", "pattern": None, "retry": False, "who": "w"},
    **{"made": "m", "stage": "running", "done": 1, "total": 2, "outcome": None, "fault": None},
    "ended": None,
}


def asking(answer: Callable[[httpx.Request], httpx.Response], **settings) -> Client:
    return Client("http://there:1/", transport=httpx.MockTransport(answer), **settings)


def saying(status: int, line: str = "no", **headers: str) -> Client:
    told = {"error": line, "request": "7f"}
    return asking(lambda _: httpx.Response(status, json=told, headers=headers))


@pytest.mark.parametrize(("status", "kind"), KINDS.items())
def test_a_refusal_is_the_error_that_it_is(status: int, kind: type[TiprError]) -> None:
    with pytest.raises(kind, match=r"no \(request 7f\)") as caught:
        saying(status).galleries()
    assert type(caught.value) is kind


def test_too_often_says_when_again() -> None:
    with pytest.raises(LimitError) as caught:
        saying(429, **{"retry-after": "12"}).galleries()
    assert caught.value.wait_s == 12


@pytest.mark.parametrize("status", [500, 502, 418])
def test_anything_else_is_an_error_of_the_service(status: int) -> None:
    with pytest.raises(ServiceError, match="no"):
        saying(status).job(1)


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"detail": 1}', b"\xff"])
def test_somebody_elses_words_are_told_as_such(content: bytes) -> None:
    client = asking(lambda _: httpx.Response(404, content=content))
    with pytest.raises(MissingError, match="is it a tipr service"):
        client.gallery("people")


def test_no_service_is_one_clear_line() -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with pytest.raises(ServiceError) as caught:
        asking(gone).galleries()
    assert str(caught.value) == (
        "there: no answer (connection refused); is 'tipr serve' running at http://there:1/?"
    )


def test_key_reason_and_names_are_sent_so_that_nothing_is_misread() -> None:
    seen: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    asking(note, key="k", reason="Ünfall am Tor").delete_search("a/b?", "ü#")
    assert seen[0].headers["authorization"] == "Bearer k"
    assert seen[0].headers["x-reason"] == "%C3%9Cnfall%20am%20Tor"
    assert seen[0].url.raw_path == b"/api/v1/galleries/a%2Fb%3F/searches/%C3%BC%23"


def test_without_key_or_reason_none_is_sent() -> None:
    def bare(request: httpx.Request) -> httpx.Response:
        assert not {"authorization", "x-reason"} & set(request.headers)
        return httpx.Response(200, json=[])

    assert asking(bare).galleries() == []


def test_what_a_newer_service_tells_besides_is_left_out() -> None:
    told = {"sound": True, "entries": 1, "erased": 0, "head": "1:ab", "fault": None, "new": 1}
    client = asking(lambda _: httpx.Response(200, json=told))
    assert client.verify_audit() == Verdict(True, 1, 0, "1:ab", None)


@pytest.mark.parametrize(
    ("kind", "name", "part"),
    [
        (results.Answer, "hits", results.Hit),
        (results.Gallery, "sources", results.Source),
        (results.Explanation, "words", results.Word),
        (results.Erasure, "exports", results.Copy),
    ],
)
def test_lists_of_results_are_results_all_the_way_down(
    kind: type[results.Result], name: str, part: type[results.Result]
) -> None:
    inner = {field.name: [1, [2]] for field in fields(part)}
    told = {field.name: None for field in fields(kind)} | {name: [inner | {"new": 1}] * 2, "new": 1}
    found = getattr(kind.of(told), name)
    assert found == (part(**dict.fromkeys(inner, (1, (2,)))),) * 2


def test_a_list_of_results_that_is_not_told_is_missed() -> None:
    with pytest.raises(KeyError, match="hits"):
        results.Answer.of({})


def test_a_job_is_watched_event_by_event() -> None:
    stream = "".join(
        f"event: job\ndata: {json.dumps({**JOB, 'done': done})}\n\n" for done in (1, 2)
    )
    client = asking(lambda _: httpx.Response(200, text=stream))
    assert [job.done for job in client.watch_job(1)] == [1, 2]


def test_an_export_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    def broken():
        yield b"half"
        raise httpx.ReadError("connection lost")

    place = tmp_path / "a.zip"
    place.write_bytes(b"earlier")
    client = asking(lambda _: httpx.Response(200, content=broken()))
    with pytest.raises(ServiceError, match="connection lost"):
        client.export("g", [1], place)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"earlier"]
