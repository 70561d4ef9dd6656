"""A run or model directory to an exported one, which needs no torch to run.

Shape legend: N pictures or sentences, H height, W width, T tokens, D embedding.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np

from tipr import __version__, models
from tipr.config import RuntimeConfig
from tipr.encoder import exported, graphs
from tipr.encoder.exported import SUFFIX, Manifest, digest, openvino_core
from tipr.encoder.torch import TorchEncoder
from tipr.errors import ConfigError, DependencyError, ModelError, StorageError
from tipr.files import write_whole
from tipr.model_files import EXPORT
from tipr.models import Model
from tipr.runtime import choose

PACKAGES = {
    "onnx": ("onnx", "onnxscript", "onnxruntime"),
    "openvino": ("onnx", "onnxscript", "openvino"),
}
AGREEMENT = 1e-4
"""The largest difference of two unit vectors' entries that is still taken for rounding."""

_README = """# An exported text-to-image person retrieval model

Two graphs for {engine}, made by tipr {tipr}. Torch is not needed to run them: give this folder
to `tipr` in place of a model, or run the graphs yourself.

| graph | input |
|---|---|
| `image{suffix}` | `pixels`: uint8 (N, {height}, {width}, 3), RGB |
| `text{suffix}` | `ids`: int64 (N, T), T from 2 to {length} |

Both answer with `vectors`: float32 (N, {embed}). All have length one: their inner product is the
cosine similarity. Pictures are stretched to the size by antialiased bicubic resampling; {inside}
is done inside the graph. Ids are those of `tokenizer.json` for the lower-case, single-spaced
sentence, between {start} (start) and {end} (end), padded with 0; a longer sentence loses its last
words, not its end token.

Fingerprint: {fingerprint}
"""


def export(model_dir: Path, out: Path, *, to: Literal["onnx", "openvino"]) -> None:
    """Write both towers of a run or model directory as graphs of their own, whole or not at all.

    `out` is a new or empty folder. The graphs take uint8 pixels and int64 ids, any number of
    either, and give unit vectors in float32 (README.md of the folder). Before the folder gets
    its name, its vectors are compared with those of the model.

    Raises:
        ModelError: `model_dir` holds no model, or the graphs do not agree with it.
        DependencyError: a package that this export needs is not installed.
        ConfigError: an unknown format.
        StorageError: `out` holds something, or cannot be written.
    """
    if to not in PACKAGES:
        raise ConfigError(f"export to {to!r}: expected one of {', '.join(PACKAGES)}")
    missing = [name for name in PACKAGES[to] if find_spec(name) is None]
    if missing:
        raise DependencyError(
            f"exporting to {to} needs {' and '.join(missing)}: pip install {' '.join(missing)}"
        )
    _require_free(out)
    if exported.is_exported(model_dir):
        raise ModelError(f"{model_dir}: is exported already; give the model it came from")
    from tipr.encoder.compact import compact  # needs onnx, which is here by now

    model = models.read(model_dir)
    with _whole_folder(out) as draft:
        for name, draw in (("image", graphs.of_pictures), ("text", graphs.of_sentences)):
            graph = draw(model)
            if model.header.get("packed"):
                graph = compact(graph)
            _write_graph(graph, draft / f"{name}{SUFFIX[to]}")
        models.write_settings(draft, model.config, model.tokenizer)
        _write_manifest(model, draft, to)
        write_whole(draft / "README.md", _readme(model, to).encode())
        _require_agreement(model, draft)


def _write_graph(graph: bytes, path: Path) -> None:
    """Write an ONNX file as it is, or as OpenVINO's pair of files."""
    if path.suffix == SUFFIX["onnx"]:
        write_whole(path, graph)
        return
    import openvino

    # Read by the engine itself: openvino.convert_model would do as well, but sends telemetry.
    model = openvino_core().read_model(graph)
    try:
        openvino.save_model(model, path, compress_to_fp16=False)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise StorageError(f"{path}: cannot be written ({reason})") from error


def _write_manifest(model: Model, draft: Path, to: Literal["onnx", "openvino"]) -> None:
    manifest = Manifest(
        to=to,
        fingerprint=model.fingerprint,
        tipr=__version__,
        sha256={path.name: digest(path) for path in sorted(draft.iterdir())},
        provenance=model.header.get("provenance", {}),
    )
    write_whole(draft / EXPORT, (manifest.model_dump_json(indent=2) + "\n").encode())


def _readme(model: Model, to: str) -> str:
    config, mirror = model.config, model.config.vision.mirror
    return _README.format(
        engine={"onnx": "ONNX Runtime", "openvino": "OpenVINO"}[to],
        tipr=__version__,
        suffix=SUFFIX[to],
        height=config.image.height,
        width=config.image.width,
        embed=config.embed,
        length=config.text.length,
        inside="normalising, and averaging with the mirror image," if mirror else "normalising",
        start=model.tokenizer.start_id,
        end=model.tokenizer.end_id,
        fingerprint=model.fingerprint,
    )


def _require_agreement(model: Model, draft: Path) -> None:
    """Encode noise and a few sentences both ways."""
    runtime = choose(RuntimeConfig(device="cpu", precision="float32"))
    before = TorchEncoder(model.network, model.tokenizer, model.config, runtime, model.fingerprint)
    after = exported.load(draft, device="cpu", precision="float32")
    noise = np.random.default_rng(0).integers(0, 256, (2, *before.image_size, 3), dtype=np.uint8)
    words = ["", "a person", "a woman with a long coat and a bag " * 20]
    for one, other in (
        (before.encode_images(noise), after.encode_images(noise)),
        (before.encode_images(noise[:1]), after.encode_images(noise[:1])),
        (before.encode_text(words), after.encode_text(words)),
    ):
        apart = float(np.abs(one - other).max())
        if not apart <= AGREEMENT:  # so that NaN is a disagreement
            raise ModelError(
                f"the exported graphs do not agree with the model (up to {apart:.2g} apart, "
                f"expected at most {AGREEMENT:g}); nothing was written. Take another version of "
                "torch or of the exporting packages"
            )


def _require_free(out: Path) -> None:
    if out.is_dir():
        found = next(out.iterdir(), None)
        if found is not None:
            raise StorageError(
                f"{out}: this folder holds other things ({found.name}); give a new or empty one"
            )
    elif out.exists():
        raise StorageError(f"{out}: this is a file; give a new or empty folder")


@contextmanager
def _whole_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its name at the end, or goes away."""
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with _as_storage_error(out):
            draft.mkdir(parents=True)
        yield draft
        with _as_storage_error(out):
            draft.replace(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _as_storage_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror or error})") from error
