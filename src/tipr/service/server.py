"""The server under the application: where it may listen, and how it ends."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from tipr.errors import ConfigError
from tipr.service.app import create_app
from tipr.service.connections import Connection, bounded
from tipr.service.service import Service
from tipr.service.settings import ServiceSettings, is_loopback
from tipr.service.state import keys

_STOPS = (signal.SIGINT, signal.SIGTERM)
KEEP_ALIVE_S = 15
HEADER_BYTES = 32_768
"""Of a request's line and headers; what is searched for stands in its line."""


class Server(uvicorn.Server):
    """Ends hanging connections, and tells the service as soon as it is to stop itself."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn has it, but a signal that was obeyed is not raised once more at the end."""
        if threading.current_thread() is not threading.main_thread():  # signals are its alone
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in _STOPS}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn has it."""
        self._service.stopping.set()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn has it: ten times a second."""
        if counter % 10 == 0:
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.sweep()
        return await super().on_tick(counter)


def make_server(service: Service) -> Server:
    """The server; `serve` on a socket of `listen`.

    Raises:
        ConfigError: as `require_safe`.
    """
    settings = service.settings
    require_safe(service)
    config = uvicorn.Config(
        create_app(service),
        http=bounded(settings),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # ours holds no addresses with words in them
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=round(settings.stop_s),
        h11_max_incomplete_event_size=HEADER_BYTES,
    )
    return Server(config, service)


def listen(settings: ServiceSettings) -> socket.socket:
    """A socket at the host and port of the settings.

    Raises:
        ConfigError: somebody else listens there, or there is no such place.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends answers at once, without waiting for more to send, on what says it is TCP only.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((settings.host, settings.port))
        opened.listen(2048)
    except OSError as error:
        opened.close()
        raise ConfigError(
            f"cannot listen on {settings.host} port {settings.port} ({error.strerror or error}); "
            f"choose another with --host and --port"
        ) from error
    return opened


def require_safe(service: Service) -> None:
    """Make sure that nobody beyond this machine is let in unknown, or can be overheard.

    Raises:
        ConfigError: others could reach it without keys or without TLS.
    """
    settings = service.settings
    if settings.is_local:
        return
    where = "behind a proxy" if is_loopback(settings.host) else f"on {settings.host}"
    if not settings.secure:
        raise ConfigError(
            f"{where} others can reach the service, and read along what it shows of people: give "
            f"--tls-cert and --tls-key, or --behind-proxy ADDRESS of a proxy that brings TLS"
        )
    with service.state.reading() as db:
        if not keys.are_there(db):
            raise ConfigError(
                f"{where} others can reach the service, so everybody needs a key: make one with "
                f"'tipr keys add NAME --scope read'"
            )
