"""The service's settings: where it listens, what it protects, how much it takes on."""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from tipr.config import Section
from tipr.service.guard.caller import Scope

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class ServiceSettings(Section):
    """Everything that one starts a service with; see docs/serve.md.

    `batch` 1 encodes every sentence by itself. `proxies` are addresses of proxies that bring TLS
    and say who asks. Limits of rates are per key and per address; 0 sets none.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8750
    allowed_hosts: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    proxies: tuple[str, ...] = ()
    state: Path = Field(default_factory=lambda: state_folder())
    local: Scope = "admin"
    index_roots: tuple[Path, ...] = ()

    parallel: Count = 32
    batch: Count = 32
    most_hits: Count = 500
    body_bytes: Count = 20_000_000
    requests_per_minute: Annotated[int, Field(ge=0)] = 6000
    wrong_keys_per_minute: Annotated[int, Field(ge=0)] = 10
    connections: Count = 512
    connections_each: Count = 64
    request_s: Seconds = 30.0
    answer_s: Seconds = 60.0
    stop_s: Seconds = 30.0
    decode_s: Seconds = 10.0
    decode_bytes: Count = 1_500_000_000
    thumbnail_bytes: Count = 64_000_000
    session_hours: Count = 12
    retention_s: Seconds = 3600.0
    refresh_s: Seconds = 5.0

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("TLS needs both, a certificate and its key: tls_cert and tls_key")
        return self

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return not self.proxies and is_loopback(self.host)

    @property
    def names(self) -> tuple[str, ...]:
        """What browsers may call it, beside localhost."""
        everywhere = self.host in ("", "0.0.0.0", "::")  # an address to listen at is no name
        own = f"[{self.host}]" if ":" in self.host else self.host
        return self.allowed_hosts if everywhere else (*self.allowed_hosts, own)

    @property
    def secure(self) -> bool:
        """Whether what goes over the network is encrypted, by TLS here or in the proxy."""
        return self.tls_cert is not None or bool(self.proxies)


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def state_folder() -> Path:
    """Where the service keeps its record unless told otherwise."""
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "tipr"
