"""Who gets in, from where, how often, with how much."""

import asyncio
import logging
from typing import Annotated

import argon2
import pytest
from fastapi import Depends, File, Form, Request, UploadFile
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient
from tests.unit.service.conftest import HERE

from tipr.errors import LimitError
from tipr.service.app import create_app
from tipr.service.guard import guard
from tipr.service.guard.caller import Caller
from tipr.service.guard.guard import Guard
from tipr.service.guard.keyring import make, revoke
from tipr.service.guard.needs import Needs
from tipr.service.state import audit

SEARCH = "/api/v1/galleries/people/search"
RED = {"q": "a red coat"}


@pytest.fixture
def opened(make_service):
    """opened(**settings): a client of a service with two routes more, for what forms send."""
    clients = []

    def one(**settings) -> TestClient:
        service = make_service(**settings)
        app = create_app(service)

        @app.get("/token")
        async def token(request: Request) -> str:
            return service.guard.form_token(request)

        @app.post("/form")
        async def form(
            caller: Annotated[Caller, Depends(Needs("index"))],
            name: Annotated[str, Form()] = "",
            file: Annotated[UploadFile | None, File()] = None,
        ) -> dict[str, object]:
            content = None if file is None else (await file.read()).decode()
            return {"who": caller.who, "name": name, "file": content, "reason": caller.reason}

        client = TestClient(app, base_url=HERE)
        client.service = service
        clients.append(client.__enter__())
        return client

    yield one
    for client in clients:
        client.__exit__(None, None, None)


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def connection(headers, address="127.0.0.1"):
    """What the guard sees of a request."""
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": "/", "query_string": b"", "headers": sent}
    return HTTPConnection({**scope, "client": (address, 1)})


def logged_in(client, text):
    """The cookie of a login, as the page sets it."""
    login = client.portal.call(client.service.guard.log_in, text, "127.0.0.1")
    return {"Cookie": f"{client.service.guard.cookie}={login.cookie}"}


def test_without_any_key_this_machine_may_do_what_the_settings_say(opened):
    assert opened().get(SEARCH, params=RED).status_code == 200
    assert opened().post("/form").json()["who"] == "local"
    narrow = opened(local="read")
    assert narrow.get(SEARCH, params=RED).status_code == 200
    refused = narrow.post("/form")
    assert refused.status_code == 403
    assert "needs a key with the scope index, yours (local) has read" in refused.text


def test_from_the_first_key_on_everybody_needs_one_and_after_the_last_nobody(opened):
    client = opened()
    _, text = make(client.service.state, "archive", "read")
    refused = client.get(SEARCH, params=RED)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["request"] == refused.headers["x-request-id"]
    assert client.get(SEARCH, params=RED, headers=bearer(text)).status_code == 200
    assert client.get("/health").status_code == 200
    assert client.get("/metrics").status_code == 401
    revoke(client.service.state, "archive")
    assert client.get(SEARCH, params=RED, headers=bearer(text)).status_code == 401
    assert client.get(SEARCH, params=RED).status_code == 200


def test_beyond_this_machine_a_key_is_needed_even_if_there_is_none(opened):
    client = opened(proxies=("10.0.0.1",))
    assert client.get(SEARCH, params=RED).status_code == 401


def test_each_scope_gets_as_far_as_it_goes(opened):
    client = opened()
    made = {scope: make(client.service.state, scope, scope)[1] for scope in ("read", "index")}
    assert client.post("/form", headers=bearer(made["read"])).status_code == 403
    assert client.post("/form", headers=bearer(made["index"])).json()["who"] == "key:2"


def test_wrong_keys_of_one_address_are_counted_and_right_ones_still_let_in(opened, monkeypatch):
    client = opened(wrong_keys_per_minute=3)
    slow = []
    verify = argon2.PasswordHasher.verify
    monkeypatch.setattr(
        argon2.PasswordHasher, "verify", lambda *args: slow.append(1) or verify(*args)
    )
    _, text = make(client.service.state, "a", "read")
    client.get(SEARCH, params=RED, headers=bearer(text))
    statuses = [
        client.get(SEARCH, params=RED, headers=bearer(f"tipr_1_{number:043}")).status_code
        for number in range(5)
    ]
    assert statuses == [401, 401, 401, 429, 429]
    assert len(slow) == 4  # the right one and three wrong ones: who is refused costs us nothing
    assert client.get(SEARCH, params=RED, headers=bearer(text)).status_code == 200


def test_requests_are_counted_by_address_and_by_key(opened):
    client = opened(requests_per_minute=4)
    answers = [client.get("/health") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "at most 4 a minute" in answers[-1].json()["error"]


def test_one_key_is_limited_wherever_it_is_used_and_others_are_not(make_service):
    service = make_service(requests_per_minute=3)
    texts = [make(service.state, name, "read")[1] for name in ("a", "b")]

    async def ask(text, address):
        known = await service.guard.identify(connection(bearer(text), address))
        return known.caller.who

    for number in range(3):
        assert asyncio.run(ask(texts[0], f"10.0.0.{number}")) == "key:1"
    with pytest.raises(LimitError):
        asyncio.run(ask(texts[0], "10.0.0.9"))
    assert asyncio.run(ask(texts[1], "10.0.0.9")) == "key:2"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@x"])
def test_a_name_that_is_not_ours_is_refused(opened, host):
    answer = opened().get("/health", headers={"Host": host})
    assert answer.status_code == 421
    assert "--allow-host" in answer.json()["error"]


@pytest.mark.parametrize("host", ["LOCALHOST", "localhost:8750", "127.0.0.1", "[::1]:9", "[::1]"])
def test_this_machines_own_names_are_known(opened, host):
    assert opened().get("/health", headers={"Host": host}).status_code == 200


def test_a_name_can_be_allowed_and_a_listening_address_is_one(opened):
    client = opened(allowed_hosts=("Finder.example",), host="10.1.2.3")
    for host in ("finder.example:443", "10.1.2.3"):
        assert client.get("/health", headers={"Host": host}).status_code == 200
    assert opened(host="0.0.0.0").get("/health", headers={"Host": "0.0.0.0"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_sends_changes_nothing(opened, headers):
    client = opened()
    token = client.get("/token").json()
    answer = client.post("/form", headers={**headers, "X-CSRF-Token": token})
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_other_sites_may_link_here_but_embed_nothing(opened):
    client = opened()
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/health", headers=link).status_code == 200
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert client.get("/health", headers=picture).status_code == 403


def test_a_browsers_form_needs_its_token_a_program_does_not(opened):
    client = opened()
    browser = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/form", headers=browser).status_code == 403
    token = client.get("/token").json()
    assert client.post("/form", headers={**browser, "X-CSRF-Token": token}).status_code == 200
    sent = {"csrf": token, "name": "x"}
    assert client.post("/form", headers=browser, data=sent).json()["name"] == "x"
    files = {"file": ("a", b"content")}
    assert client.post("/form", headers=browser, data=sent, files=files).json() == {
        "who": "local",
        "name": "x",
        "file": "content",
        "reason": None,
    }
    assert client.post("/form").status_code == 200


def test_a_login_holds_needs_form_tokens_of_its_own_and_ends(opened):
    client = opened()
    make(client.service.state, "first", "admin")
    _, text = make(client.service.state, "page", "index")
    cookie = logged_in(client, text)
    assert client.get(SEARCH, params=RED, headers=cookie).status_code == 200
    # without any sign of a browser, too: a cookie is sent by nothing else
    assert client.post("/form", headers=cookie).status_code == 403
    foreign = client.get("/token").json()
    assert client.post("/form", headers={**cookie, "X-CSRF-Token": foreign}).status_code == 403
    token = client.get("/token", headers=cookie).json()
    own = {**cookie, "X-CSRF-Token": token}
    assert client.post("/form", headers=own).json()["who"] == "key:2"
    assert client.post("/form", headers={**cookie, "X-CSRF-Token": b"\xfc"}).status_code == 403
    revoke(client.service.state, "page")
    assert client.get(SEARCH, params=RED, headers=cookie).status_code == 401


def test_a_login_ends_by_time_and_by_logging_out(opened, monkeypatch):
    client = opened()
    _, text = make(client.service.state, "page", "read")
    cookie, other = logged_in(client, text), logged_in(client, text)
    with client.service.state.reading() as db:
        assert [entry.act for entry in audit.entries(db)][:2] == ["login", "login"]
    client.portal.call(client.service.guard.log_out, connection(other))
    assert client.get(SEARCH, params=RED, headers=other).status_code == 401
    assert client.get(SEARCH, params=RED, headers=cookie).status_code == 200
    now = guard.time.time()
    monkeypatch.setattr(guard.time, "time", lambda: now + 12 * 3600 + 1)
    assert client.get(SEARCH, params=RED, headers=cookie).status_code == 401


def test_the_cookies_name_makes_browsers_insist_on_tls(make_service):
    plain, secure = make_service(), make_service(proxies=("10.0.0.1",))
    assert (plain.guard.cookie, secure.guard.cookie) == ("tipr", "__Host-tipr")


def test_a_reason_is_taken_from_header_address_or_cookie(opened):
    client = opened()
    for sent in (
        {"headers": {"X-Reason": "case%2012%20%C3%BC"}},
        {"params": {"reason": "case 12 ü"}},
        {"headers": {"Cookie": "tipr-reason=case%2012%20%C3%BC"}},
    ):
        assert client.post("/form", **sent).json()["reason"] == "case 12 ü"
    assert client.post("/form", headers={"X-Reason": " %00%0a "}).json()["reason"] is None
    assert len(client.post("/form", headers={"X-Reason": "x" * 900}).json()["reason"]) == 500


def test_large_bodies_are_refused_whatever_their_headers_say(opened):
    client = opened(body_bytes=1000)
    for sent in (b"x" * 1001, iter([b"x" * 600, b"x" * 600])):
        answer = client.post(SEARCH, content=sent, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert "at most 1,000 bytes" in answer.json()["error"]
        assert answer.headers["connection"] == "close"
    answer = client.post("/form", content=b"", headers={"Content-Length": "-5"})
    assert answer.status_code == 413


def test_who_is_not_known_may_send_no_more_than_a_login(opened):
    client = opened()
    make(client.service.state, "a", "read")
    answer = client.post(SEARCH, content=b"x" * 70_000)
    assert answer.status_code == 413
    assert client.post(SEARCH, content=b"x").status_code == 401


def test_browsers_are_told_to_keep_to_themselves_what_they_see(opened):
    answers = [opened().get(path) for path in ("/health", "/nothing", "/api/v1/nothing")]
    answers.append(opened().get("/health", headers={"Host": "evil.example"}))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers
    secure = opened(proxies=("10.0.0.1",)).get("/health")
    assert "max-age" in secure.headers["strict-transport-security"]


def test_a_fault_of_our_own_is_logged_and_tells_nothing_but_its_number(opened, caplog):
    client = opened()

    @client.app.get("/api/broken")
    async def broken() -> None:
        raise RuntimeError("a secret")

    answer = client.get("/api/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    record = next(one for one in caplog.records if one.message == "broken")
    assert record.told["request"] == answer.json()["request"]
    assert "a secret" in str(record.exc_info)


def test_logs_never_hold_what_was_searched_for(opened, caplog):
    caplog.set_level(logging.INFO)
    opened().get(SEARCH, params={"q": "a woman in crimson"})
    ours = [record for record in caplog.records if record.name.startswith("tipr")]
    assert any(record.message == "request" for record in ours)
    assert not any("crimson" in str(vars(record)) for record in ours)


def test_a_guard_tells_whether_a_key_is_needed(make_service):
    service = make_service()

    def needs() -> bool:
        return asyncio.run(Guard(service.state, service.settings).needs_key())

    assert not needs()
    make(service.state, "a", "read")
    assert needs()


@pytest.mark.parametrize("path", ["/", "/galleries/people", "/api/v1/galleries"])
def test_refusals_before_any_route_are_answered_in_pages_and_in_json(opened, path):
    client = opened(requests_per_minute=2)
    page = "json" if path.startswith("/api") else "html"
    for status, headers in ((421, {"Host": "evil.example"}), (413, {"Content-Length": "9" * 12})):
        answer = client.get(path, headers=headers)
        assert answer.status_code == status
        assert page in answer.headers["content-type"]
    client.get("/health")
    answer = client.get(path)
    assert answer.status_code == 429
    assert page in answer.headers["content-type"]
