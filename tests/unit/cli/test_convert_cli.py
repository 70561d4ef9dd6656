"""The verb parses, calls, and reports on standard error."""

from pathlib import Path

import pytest
import torch
import typer
from tests import clips
from typer.testing import CliRunner

from tipr import models
from tipr.cli import convert as verb
from tipr.errors import ConfigError, StorageError

app = typer.Typer()
app.command()(verb.convert)


def run(*arguments: object):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def checkpoint(tmp_path) -> Path:
    """A retrieval checkpoint with parts for training only, and the vocabulary beside it."""
    clips.vocabulary(tmp_path / "tokenizer.json")
    state = {f"base_model.{name}": value for name, value in clips.openai_state().items()}
    extra = {f"mlm_head.{n}": torch.ones(2) for n in range(30)} | {"ln_post.bias": torch.ones(2)}
    torch.save({"model": state | extra}, tmp_path / "best.pth")
    return tmp_path / "best.pth"


def test_the_report_tells_what_was_made_and_left_out(checkpoint, tmp_path):
    vocab = ("--vocab", tmp_path)
    result = run(checkpoint, tmp_path / "made", *vocab, "--image-size", "32x32")
    assert result.stdout == ""
    assert "IRRA checkpoint, its dual encoder, 1.9 M parameters, pictures 32x32" in result.stderr
    assert "positions: 4x4, kept" in result.stderr
    assert "ln_post (1), mlm_head (30)" in result.stderr
    assert models.read(tmp_path / "made").config.embed == clips.EMBED


def test_a_resized_square_tells_how_to_keep_it(tmp_path):
    clips.vocabulary(tmp_path / "tokenizer.json")
    file = clips.write_state(tmp_path / "x.safetensors", clips.openai_state())
    options = ("--vocab", tmp_path / "tokenizer.json", "--activation", "gelu")
    result = run(file, tmp_path / "made", *options)
    assert "resized from 4x4 to 48x16 (--image-size 32x32 keeps them)" in result.stderr


@pytest.mark.parametrize("size", ["384", "384x", "0x128", "384x128x3", "-16x16", "16x16 "])
def test_a_size_is_height_by_width(checkpoint, tmp_path, size):
    with pytest.raises(ConfigError, match=r"expected HEIGHTxWIDTH in pixels, e\.g\. 384x128"):
        run(checkpoint, tmp_path / "made", f"--image-size={size}")


def test_a_full_folder_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "x").touch()
    with pytest.raises(StorageError, match="is not empty"):
        run(tmp_path / "gone.pt", tmp_path)


@pytest.fixture
def exported(monkeypatch) -> list[tuple[Path, str, str]]:
    """What the exporter was asked for: the model's fingerprint, the goal, the engine."""
    calls = []

    def export(model_dir: Path, out: Path, *, to: str) -> None:
        calls.append((models.read(model_dir).fingerprint, out, to))

    monkeypatch.setattr("tipr.encoder.export.export", export)
    return calls


def test_a_foreign_checkpoint_is_converted_on_its_way_to_an_engine(checkpoint, tmp_path, exported):
    options = ("--vocab", tmp_path, "--image-size", "32x32")
    run(checkpoint, tmp_path / "made", *options)
    run(checkpoint, tmp_path / "onnx", *options, "--to", "onnx")
    assert exported == [(models.read(tmp_path / "made").fingerprint, tmp_path / "onnx", "onnx")]
    run(tmp_path / "made", tmp_path / "ov", "--to", "openvino")
    assert exported[1] == (exported[0][0], tmp_path / "ov", "openvino")
    with pytest.raises(ConfigError, match="has its own vocabulary; leave out --vocab"):
        run(tmp_path / "made", tmp_path / "x", "--to", "onnx", "--vocab", tmp_path)
