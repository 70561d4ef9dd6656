"""Clients that hang, flood or lie, and the end of the service, by wish and by force."""

import asyncio
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from starlette.responses import StreamingResponse

from tipr.errors import ConfigError
from tipr.gallery.store import Gallery
from tipr.search.feedback import marks
from tipr.service.guard.keyring import make
from tipr.service.server import listen, make_server, require_safe
from tipr.service.state import audit
from tipr.service.state.state import State

SEARCH = "/api/v1/galleries/people/search?q=red"


class Running:
    """A server in a thread of its own."""

    def __init__(self, service) -> None:
        self.server = make_server(service)
        self.socket = listen(service.settings)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],))
        self.thread.start()
        for _ in range(500):
            if self.server.started:
                return
            time.sleep(0.01)
        raise AssertionError("it never started")

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)
        self.socket.close()
        assert not self.thread.is_alive()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, path=SEARCH, **headers) -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()


@pytest.fixture
def run(make_service):
    """run(**settings): a running server on a free port."""
    started = []

    def one(load=None, **settings) -> Running:
        started.append(Running(make_service(load=load, port=0, **settings)))
        return started[-1]

    yield one
    for server in started:
        server.stop()


def ended(client: socket.socket) -> bool:
    """Whether the server has closed the connection; what it sent before is read away."""
    try:
        while client.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def test_clients_that_never_end_a_request_are_cut_off(run):
    server = run(request_s=0.5)
    whole = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    begun = {"nothing": b"", "half a line": b"GET /", "half its headers": whole[:-9]}
    clients = {what: server.connect() for what in (*begun, "half a second request")}
    clients["half a second request"].sendall(whole)
    assert b"200 OK" in clients["half a second request"].recv(65_536)
    begun["half a second request"] = whole[:-9]
    for what, client in clients.items():
        client.sendall(begun[what])
        client.settimeout(5)
    assert {what: ended(client) for what, client in clients.items()} == dict.fromkeys(clients, True)
    for client in clients.values():
        client.close()
    assert server.ask()[0] == 200


def test_a_body_shorter_than_its_length_is_given_up(run):
    server = run(request_s=0.5)
    with server.connect() as client:
        client.sendall(
            b"POST /api/v1/galleries/people/search HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
        )
        answer = client.recv(65_536)
        assert b" 408 " in answer.split(b"\r\n")[0]
        client.settimeout(5)
        assert ended(client)
    assert server.ask()[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000,
    ],
)
def test_what_is_no_honest_request_is_refused_and_harms_nobody(run, head):
    server = run()
    with server.connect() as client:
        client.sendall(head)
        assert client.recv(65_536).split(b" ")[1] in (b"400", b"421")
    assert server.ask()[0] == 200


def test_one_address_gets_only_so_many_connections_and_they_come_back(run):
    server = run(connections_each=5)
    held = [server.connect() for _ in range(5)]
    time.sleep(0.1)
    with server.connect() as refused:
        assert ended(refused)
    for client in held:
        client.close()
    for _ in range(100):
        try:
            assert server.ask()[0] == 200
            return
        except (ConnectionResetError, urllib.error.URLError):
            time.sleep(0.02)
    raise AssertionError("the connections never came back")


def test_a_client_that_does_not_take_its_answer_is_cut_off(run):
    server = run(answer_s=0.5, request_s=0.5)
    with server.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        for _ in range(400):  # pipelined, and never a byte read
            try:
                client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            except OSError:
                break
        for _ in range(500):
            if not server.server.server_state.connections:
                break
            time.sleep(0.02)
        assert not server.server.server_state.connections
    assert server.ask()[0] == 200


def test_a_long_answer_that_nobody_takes_comes_to_an_end(run):
    server = run(answer_s=0.5)
    app, begun = server.server.config.app, threading.Event()

    @app.get("/api/flood")
    async def flood() -> StreamingResponse:
        async def chunks():
            while True:
                begun.set()
                yield b"x" * 65_536

        return StreamingResponse(chunks())

    with server.connect() as client:
        client.sendall(b"GET /api/flood HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert begun.wait(10)
        for _ in range(500):
            if not server.server.server_state.connections:
                break
            time.sleep(0.02)
        assert not server.server.server_state.connections
    assert server.ask()[0] == 200


def test_a_running_search_is_finished_before_the_end(run, make_encoder):
    begun, go = threading.Event(), threading.Event()

    def load(_, explains=False):
        encoder = make_encoder()
        plain = encoder.encode_text

        def encode_text(sentences):
            if "red" in sentences:
                begun.set()
                assert go.wait(10)
            return plain(sentences)

        encoder.encode_text = encode_text
        return encoder

    server = run(load=load)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(server.ask()))
    asking.start()
    assert begun.wait(10)
    server.server.should_exit = True
    time.sleep(0.2)
    assert answers == []
    go.set()
    asking.join(10)
    assert answers[0][0] == 200
    server.thread.join(10)
    assert not server.thread.is_alive()


def test_beyond_this_machine_it_starts_only_with_tls_and_keys(make_service, tmp_path):
    require_safe(make_service())
    require_safe(make_service(host="::1"))
    for settings in ({"host": "0.0.0.0"}, {"host": "192.168.0.7"}):
        with pytest.raises(ConfigError, match="--tls-cert and --tls-key, or --behind-proxy"):
            require_safe(make_service(**settings))
    certificate = {"tls_cert": tmp_path / "c.pem", "tls_key": tmp_path / "k.pem"}
    for settings in ({"host": "0.0.0.0", **certificate}, {"proxies": ("127.0.0.1",)}):
        with pytest.raises(ConfigError, match="everybody needs a key"):
            require_safe(make_service(**settings))
    service = make_service(host="0.0.0.0", **certificate)
    make(service.state, "a", "read")
    require_safe(service)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate")
def test_with_a_certificate_it_speaks_tls(run, tmp_path):
    files = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem"}
    make_it = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subprocess.run(
        [
            *(*make_it.split(), "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", str(files["tls_cert"]), "-keyout", str(files["tls_key"])),
        ],
        check=True,
        capture_output=True,
    )
    server = run(**files)
    trusted = ssl.create_default_context(cafile=str(files["tls_cert"]))
    address = f"https://127.0.0.1:{server.port}/health"
    with urllib.request.urlopen(address, context=trusted, timeout=10) as answer:
        assert "max-age" in answer.headers["strict-transport-security"]
    with server.connect() as plain:
        plain.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" not in plain.recv(65_536)


def test_only_the_proxy_is_believed_who_asks(run, service):
    _, text = make(service.state, "a", "read")
    said = {"Authorization": f"Bearer {text}", "X-Forwarded-For": "10.9.9.9"}
    for proxy, believed in (("127.0.0.1", "10.9.9.9"), ("10.0.0.1", "127.0.0.1")):
        server = run(proxies=(proxy,))
        assert server.ask(**said)[0] == 200
        with service.state.reading() as db:
            words = audit.entries(db)[0].words
        assert words is not None
        assert words["client"] == believed


def test_an_answer_is_sent_at_once_not_when_there_is_more_to_send(make_service):
    async def option() -> int:
        told = asyncio.get_running_loop().create_future()

        def greet(_, writer) -> None:
            connection = writer.get_extra_info("socket")
            told.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        opened = listen(make_service(port=0).settings)
        async with await asyncio.start_server(greet, sock=opened):
            _, writer = await asyncio.open_connection(*opened.getsockname())
            writer.close()
            return await told

    assert asyncio.run(option()) == 1


def test_a_place_that_is_taken_is_told(make_service):
    settings = make_service(port=0).settings
    with listen(settings) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1 port {port}"):
            listen(settings.model_copy(update={"port": port}))


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.unit.conftest import FakeEncoder
from tipr.service.server import listen, make_server
from tipr.service.service import Service
from tipr.service.settings import ServiceSettings
from tipr.service.state.state import State
from tipr.service.watch.logs import to_standard_error

settings = ServiceSettings(port=0, state=Path(sys.argv[2]), requests_per_minute=0)
with State.open(settings.state) as state:
    load = lambda _, explains: FakeEncoder()
    server = make_server(Service.open([Path(sys.argv[1])], settings, state, load))
    to_standard_error()
    with listen(settings) as opened:
        print(opened.getsockname()[1], flush=True)
        server.run(sockets=[opened])
print("ended", flush=True)
"""


@pytest.fixture
def process(gallery, tmp_path):
    """(a service in a process of its own, its port); its log goes to a file."""
    root = str(Path(__file__).parents[3])
    with (tmp_path / "log").open("w") as log:
        started = subprocess.Popen(
            [sys.executable, "-c", SCRIPT.format(root=root), str(gallery), str(tmp_path / "state")],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        assert started.stdout is not None
        yield started, int(started.stdout.readline())
        started.kill()
        started.wait()
        started.stdout.close()


def until_it_answers(port):
    for _ in range(500):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10):
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("it never answered")


def test_it_ends_well_when_it_is_asked_to(process, tmp_path):
    started, port = process
    until_it_answers(port)
    started.send_signal(signal.SIGTERM)
    assert started.stdout.read() == "ended\n"
    assert started.wait(20) == 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert {"time", "level", "event"} <= lines[0].keys()
    assert any(line["event"] == "request" and line["route"] == "health" for line in lines)


def test_a_kill_under_load_loses_no_search_and_no_feedback_that_was_answered(
    process, gallery, tmp_path
):
    started, port = process
    until_it_answers(port)
    told = {"search": 0, "feedback": 0}
    lock = threading.Lock()

    def load(number):
        for turn in range(1000):
            kind = "feedback" if number == 0 else "search"
            body = {"query": f"q {turn}", "item": turn % 10 + 1, "fits": True}
            path = f"http://127.0.0.1:{port}/api/v1/galleries/people/{kind}"
            request = urllib.request.Request(
                path if kind == "feedback" else f"{path}?q=red+{number}+{turn}",
                data=json.dumps(body).encode() if kind == "feedback" else None,
                headers={"Content-Type": "application/json"},
                method="PUT" if kind == "feedback" else "GET",
            )
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    answer.read()
            except OSError:
                return
            with lock:
                told[kind] += 1

    threads = [threading.Thread(target=load, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(500):
        if told["search"] >= 30 and told["feedback"] >= 5:
            break
        time.sleep(0.02)
    started.kill()
    for thread in threads:
        thread.join()
    assert told["search"] >= 30
    assert told["feedback"] >= 5
    with State.open(tmp_path / "state") as state, state.reading() as db:
        audit.verify(db)
        assert len(audit.entries(db, act="search", limit=10_000)) >= told["search"]
    with Gallery.open(gallery) as opened:
        assert len(marks(opened)) >= told["feedback"]
