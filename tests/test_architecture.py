"""Imports point down: a part imports only from rows above its own (docs/flow.md)."""

import ast
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "tipr"

ROWS = [
    {"errors"},
    {"config", "cores", "files", "model_files", "provenance"},
    {"runtime", "inputs", "model", "losses", "metrics", "bootstrap", "vectors", "rerank"},
    {"data", "synthetic", "weights", "checkpoint"},
    {"models"},
    {"convert"},
    {"catalogue"},
    {"encoder"},
    {"evaluate", "gallery"},
    {"train", "report", "search"},
    {"service", "cluster", "client"},
    {"cli"},
]
LEVEL = {part: row for row, parts in enumerate(ROWS) for part in parts}
DOORS = {SOURCE / "__init__.py", SOURCE / "__main__.py"}
FILES = sorted(path for path in SOURCE.rglob("*.py") if path not in DOORS)
FORBIDDEN_NAMES = {"utils", "common", "helpers", "base", "factory", "registry"}
ONLY_TORCH_AND_ERRORS = {"model", "losses"}


def part_of(file: Path) -> str:
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_modules(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: a relative import hides where it points"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imported_parts(file: Path) -> set[str]:
    return {name.split(".")[1] for name in imported_modules(file) if name.startswith("tipr.")} - {
        "__version__"
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_imports_point_down(file: Path) -> None:
    here = part_of(file)
    wrong = {part for part in imported_parts(file) - {here} if LEVEL[part] >= LEVEL[here]}
    assert not wrong, f"{here} must not import {sorted(wrong)}"


PURE = [file for file in FILES if part_of(file) in ONLY_TORCH_AND_ERRORS]


@pytest.mark.parametrize("file", PURE, ids=lambda file: str(file.relative_to(SOURCE)))
def test_model_and_losses_know_only_torch_and_errors(file: Path) -> None:
    here = part_of(file)
    foreign = imported_parts(file) - {here, "errors"}
    packages = {name.split(".")[0] for name in imported_modules(file)}
    third_party = packages - set(sys.stdlib_module_names) - {"tipr", "torch"}
    assert not foreign, f"{here} must not import {sorted(foreign)}"
    assert not third_party, f"{here} must not import {sorted(third_party)}"


@pytest.mark.parametrize(
    "part",
    [
        *("gallery", "search", "evaluate", "metrics", "vectors"),
        *("bootstrap", "rerank", "inputs", "files", "cores", "model_files", "provenance"),
    ],
)
def test_torch_stops_at_the_encoder(part: str) -> None:
    for file in FILES:
        if part_of(file) == part:
            assert not {name for name in imported_modules(file) if name.split(".")[0] == "torch"}, (
                f"{file.name} must not import torch"
            )


def test_every_part_stands_in_the_table() -> None:
    assert {part_of(file) for file in FILES} <= set(LEVEL)


def test_no_room_is_called_utils() -> None:
    assert not {file.stem for file in FILES} & FORBIDDEN_NAMES
