"""The documents and the code say the same."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

import tipr
from tests.test_architecture import ROWS, SOURCE
from tipr.cli import app
from tipr.config import RunConfig, Section, load

ROOT = Path(__file__).parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_flow_shows_the_import_table() -> None:
    drawn = re.findall(r"^\| (\d+) \| ([a-z, ]+) \|$", read("docs/flow.md"), flags=re.M)
    assert [set(parts.split(", ")) for _, parts in drawn] == ROWS


def test_readme_names_every_verb() -> None:
    verbs = set(get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]
    named = set(re.findall(r"^tipr (\w+)", read("README.md"), flags=re.M))
    assert verbs == named


def test_readme_names_every_room() -> None:
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir() and any(p.glob("*.py"))}
    named = set(re.findall(r"src/tipr/(\w+)/", read("README.md")))
    assert rooms == named


def settings(kind: type[Section], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in kind.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            found |= settings(inner, f"{prefix}{name}.")
        else:
            found.add(prefix + name)
    return found


def test_fidelity_names_only_settings_that_exist() -> None:
    known = settings(RunConfig)
    named = set(re.findall(r"`([a-z]+(?:\.[a-z_]+)+)`", read("docs/fidelity.md")))
    assert {name for name in named if not name.endswith((".md", ".py"))} <= known


def test_fidelity_names_every_setting_in_which_released_and_sen_differ() -> None:
    text = read("docs/fidelity.md")
    released, sen = load("released").model_dump(), load("sen").model_dump()
    for section, values in released.items():
        if isinstance(values, dict):
            for name, value in values.items():
                if value != sen[section][name]:
                    assert f"`{section}.{name}`" in text or f"`{name}`" in text, (section, name)


@pytest.mark.parametrize("config", sorted((ROOT / "configs").glob("*.toml")), ids=lambda p: p.name)
def test_every_settings_file_loads(config: Path) -> None:
    load(config)


def test_public_names_are_exactly_the_intended_ones() -> None:
    assert tipr.__all__ == [
        "Encoder",
        "Gallery",
        "Hit",
        "RunConfig",
        "Scores",
        "TiprError",
        "__version__",
        "load_encoder",
        "read_benchmark",
    ]
    for name in tipr.__all__:
        assert getattr(tipr, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = tipr.nothing


def test_every_error_stands_in_the_tree() -> None:
    from tipr import errors

    names = {n for n, kind in vars(errors).items() if isinstance(kind, type)}
    drawn = set(re.findall(r"[─ ]([A-Z]\w+)  ", errors.__doc__ or "")) | {"TiprError"}
    assert names == drawn


NAMED_FILES = re.compile(r"`((?:src|tests|docs|benchmarks|configs)/[\w./-]+|[\w]+\.(?:md|toml))`")


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "docs/flow.md", "docs/fidelity.md", "docs/results.md"]
)
def test_files_that_documents_point_to_are_there(name: str) -> None:
    text = read(name)
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    missing = [link for link in linked if not (ROOT / name).parent.joinpath(link).exists()]
    places = (ROOT, ROOT / "docs", ROOT / "benchmarks")
    missing += [
        file
        for file in NAMED_FILES.findall(text)
        if file != "run.toml" and not any((place / file).exists() for place in places)
    ]
    assert missing == []


def test_files_that_comments_point_to_are_there() -> None:
    for source in SOURCE.rglob("*.py"):
        for file in re.findall(r"(?:docs|benchmarks)/[\w-]+\.\w+", source.read_text("utf-8")):
            assert (ROOT / file).exists(), f"{source.name} points to {file}"
