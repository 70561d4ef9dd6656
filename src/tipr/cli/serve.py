"""The verb that serves galleries: the search page and its API."""

import tomllib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipr.errors import ConfigError

if TYPE_CHECKING:
    from tipr.encoder.protocol import Encoder
    from tipr.service.desk.models import Load
    from tipr.service.settings import ServiceSettings

StateFolder = Annotated[
    Path | None,
    typer.Option("--state", help="Where keys, audit log and jobs are kept; ~/.local/state/tipr."),
]


def serve(
    galleries: Annotated[list[Path], typer.Argument(help="Galleries made by 'tipr index'.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8750,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A name by which browsers may call it, beside localhost."),
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The certificate's key (PEM).")] = None,
    behind_proxy: Annotated[
        list[str] | None,
        typer.Option(help="Address of a proxy that brings TLS and tells who asks."),
    ] = None,
    state: StateFolder = None,
    local: Annotated[
        str, typer.Option(help="What this machine may do while there is no key: its scope.")
    ] = "admin",
    index_root: Annotated[
        list[Path] | None,
        typer.Option(help="A folder below which pictures may be indexed from the page."),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A limit, NAME=VALUE; see docs/serve.md.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The model, if it is not where it was when indexing.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
) -> None:
    """Serve galleries: the search page and its API, on this machine only unless told otherwise."""
    table: dict[str, Any] = {
        "host": host,
        "port": port,
        "allowed_hosts": allow_host or (),
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "proxies": behind_proxy or (),
        "local": local,
        "index_roots": [root.resolve() for root in index_root or ()],
        **_limits(set_ or ()),
    }
    settings = _settings(table, state)
    from tipr.service.server import listen, make_server
    from tipr.service.service import Service
    from tipr.service.state.state import State
    from tipr.service.watch.logs import to_standard_error

    load = _loader(model, device, precision)
    with (
        State.open(settings.state) as record,
        closing(Service.open(galleries, settings, record, load, _follow)) as service,
    ):
        server = make_server(service)
        service.warm()  # here, where a mistake is one line
        with listen(settings) as opened:
            typer.echo(_where(settings, opened.getsockname()[1]))
            to_standard_error()
            server.run(sockets=[opened])


def _settings(table: dict[str, Any], state: Path | None) -> "ServiceSettings":
    from tipr.config import parse
    from tipr.service.settings import ServiceSettings

    if state is not None:
        table["state"] = state.resolve()
    return parse(ServiceSettings, table, where="tipr serve")


def _limits(given: list[str] | tuple[()]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--set {text!r}: expected NAME=VALUE, e.g. batch=1")
        try:
            found[name.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            raise ConfigError(f"--set {text!r}: {value!r} is no number") from None
    return found


def _loader(model: str | None, device: str, precision: str) -> "Load":
    def load(location: str, /, *, explains: bool) -> "Encoder":
        from tipr.encoder import load_encoder

        return load_encoder(
            model or location, device=device, precision=precision, explains=explains
        )

    return load


def _follow(gallery: Path) -> None:
    """Bring the gallery's mirror up to date, if it has one."""
    from tipr.cluster.memory import remembered
    from tipr.gallery.store import Gallery

    with Gallery.open(gallery) as opened:
        known = remembered(opened)
    if known is not None:
        from tipr.cluster.mirror import mirror

        with Gallery.open(gallery, write=True) as opened:
            mirror(opened, known.address)


def _where(settings: "ServiceSettings", port: int) -> str:
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{port}"
