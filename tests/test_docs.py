"""The documents and the code say the same."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from typer.main import get_command

import tipr
from tests.docs.blocks import blocks
from tests.test_architecture import ROWS, SOURCE
from tipr.cli import app
from tipr.config import RunConfig, Section, load
from tipr.model.decoder import Words
from tipr.models import build
from tipr.train.plan import read_plan

ROOT = Path(__file__).parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_flow_shows_the_import_table() -> None:
    drawn = re.findall(r"^\| (\d+) \| ([a-z_, ]+) \|$", read("docs/flow.md"), flags=re.M)
    assert [set(parts.split(", ")) for _, parts in drawn] == ROWS


def test_readme_names_every_verb() -> None:
    verbs = set(get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]
    typed = [block for block in blocks("README.md") if block.language == "bash"]
    named = {words[1] for block in typed for words in block.commands() if words[0] == "tipr"}
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


CONFIGS = ROOT / "configs"


def is_plan(file: Path) -> bool:
    return "row" in tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "file", sorted(CONFIGS.rglob("*.toml")), ids=lambda file: str(file.relative_to(CONFIGS))
)
def test_every_settings_file_and_every_plan_loads(file: Path) -> None:
    if is_plan(file):
        read_plan(file)
    else:
        load(file)


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
    "name",
    [
        "README.md",
        "CONTRIBUTING.md",
        "docs/flow.md",
        "docs/fidelity.md",
        "docs/results.md",
        "docs/reproduce.md",
    ],
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


# --- docs/reproduce.md ---------------------------------------------------------------------

REPRODUCE = read("docs/reproduce.md")
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", REPRODUCE, flags=re.M | re.S)
COMMANDS = [
    line.strip() for block in BLOCKS for line in block.splitlines() if re.search(r"\btipr \w", line)
]
CELL = re.compile(r"`(configs/[\w/.-]+\.toml)`: (not run|\d\S*( / \S+){4})")


def test_there_are_commands_to_follow() -> None:
    assert {words_of_command(line)[0] for line in COMMANDS} == {
        "ablate",
        "convert",
        "data",
        "evaluate",
        "report",
        "train",
    }


def words_of_command(line: str) -> list[str]:
    """What comes after `tipr`, also behind torchrun; the shell's $seed is a seed."""
    return shlex.split(re.split(r"\btipr ", line, maxsplit=1)[1].replace("$seed", "7"))


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_reproduce_is_one_that_the_command_line_takes(line: str) -> None:
    command, words = get_command(app), words_of_command(line)
    while hasattr(command, "commands"):
        verb = words.pop(0)
        command = command.commands[verb]  # pyright: ignore[reportAttributeAccessIssue]
    given = command.make_context(verb, words).params  # wrong options and arguments raise
    if verb == "train":
        load(ROOT / given["config"], given["set_"] or [])
    if verb == "ablate":
        read_plan(ROOT / given["plan"])


def test_every_model_that_a_settings_file_starts_from_is_converted_in_reproduce() -> None:
    made = {words[2] for words in map(words_of_command, COMMANDS) if words[0] == "convert"}
    starts = {load(file).train.init for file in CONFIGS.rglob("*.toml") if not is_plan(file)}
    assert starts - {"", "box"} <= made


def test_every_benchmark_that_is_trained_on_is_the_one_of_its_settings() -> None:
    for line in COMMANDS:
        if found := re.search(r"configs/([\w-]+)/.* --data data/([\w-]+)", line):
            assert found[1] == found[2].lower(), line


def test_every_row_of_the_table_names_settings_that_load_and_choose_as_its_column_says() -> None:
    rows = [line for line in REPRODUCE.splitlines() if CELL.search(line)]
    assert len(rows) == 6
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert re.fullmatch(r"\d+\.\d\d( / \d+\.\d\d){4}", cells[2]), row
        for cell, split in zip(cells[3:], ("test", "val"), strict=True):
            found = CELL.fullmatch(cell)
            assert found, cell
            config = load(ROOT / found[1])
            assert config.train.select_on == split
            assert config.data.format == cells[0].lower()
            assert (config.model.vision.patch == 14) == (cells[1] == "SEN-XL")


@pytest.mark.parametrize(("preset", "name"), [("sen", "SEN, "), ("sen-xl", "SEN-XL, ")])
def test_the_work_of_a_pair_is_what_torch_counts(preset: str, name: str) -> None:
    row = next(x for x in REPRODUCE.splitlines() if x.startswith(f"| {name}") and "GFLOP" in x)
    cells = row.strip("|").split("|")
    operations = 3 * forward_operations(load(preset))
    assert cells[1].strip() == f"{operations / 1e9:.0f} GFLOP"
    for cell, captions in zip(cells[2:], (68_100, 34_674, 37_010), strict=True):
        assert cell.strip() == f"{60 * captions * operations / 1e18:.2f} EFLOP"


def forward_operations(config: RunConfig) -> int:
    """One pair through both towers, its visible patches through one, and the decoder."""
    image, text = config.model.image, config.model.text
    patches = config.model.grid[0] * config.model.grid[1]
    visible = patches - round(config.restoration.ratio * patches)
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        model = build(config.model, config.restoration)
        assert model.decoder is not None
        pixels = torch.empty(1, 3, image.height, image.width)
        model.encode_image(pixels)
        tokens = model.encode_text(torch.zeros(1, text.length, dtype=torch.long)).tokens_BLD
        kept = torch.zeros(1, visible, dtype=torch.long)
        model.decoder(model.vision(pixels, kept_BK=kept), kept, Words(tokens, None))
    return counter.get_total_flops()
