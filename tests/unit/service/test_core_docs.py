"""docs/serve.md tells every setting and every option."""

from pathlib import Path

import pytest
from typer.main import get_command

from tipr.cli import app
from tipr.service.settings import ServiceSettings

TEXT = (Path(__file__).parents[3] / "docs" / "serve.md").read_text(encoding="utf-8")
SERVE = get_command(app).commands["serve"]  # pyright: ignore[reportAttributeAccessIssue]
BY_OPTION = {
    "host": "--host",
    "port": "--port",
    "allowed_hosts": "--allow-host",
    "tls_cert": "--tls-cert",
    "tls_key": "--tls-key",
    "proxies": "--behind-proxy",
    "state": "--state",
    "local": "--local",
    "index_roots": "--index-root",
}


@pytest.mark.parametrize("name", ServiceSettings.model_fields)
def test_every_setting_is_told(name):
    assert (BY_OPTION.get(name) or f"`{name}`") in TEXT


@pytest.mark.parametrize("name", sorted(set(ServiceSettings.model_fields) - set(BY_OPTION)))
def test_every_limit_is_told_with_its_default(name):
    default = ServiceSettings.model_fields[name].default
    (row,) = (line for line in TEXT.splitlines() if line.startswith("|") and f"`{name}`" in line)
    assert f"{default:,.0f}" in row


def test_every_option_is_told():
    options = [name for option in SERVE.params for name in option.opts if name.startswith("--")]
    assert [name for name in options if f"`{name}" not in TEXT] == []
