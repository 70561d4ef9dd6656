"""The dual encoder of an exported directory, run by ONNX Runtime or OpenVINO; torch is not needed.

Such a directory (made by `tipr.encoder.export`) holds two graphs, `image` and `text`, the model's
`config.json` and `tokenizer.json`, and `export.json`: the format, the fingerprint of the model it
came from, what that was trained on, and the sha256 of the files that vectors depend on.

Shape legend: N pictures or sentences, T tokens, D embedding.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tipr.config import ModelConfig, Section, parse
from tipr.cores import cores
from tipr.encoder.protocol import Pixels, Vectors
from tipr.errors import ConfigError, DependencyError, ModelError
from tipr.inputs.tokenizer import Tokenizer, pad
from tipr.model_files import CONFIG, EXPORT, TOKENIZER

SUFFIX = {"onnx": ".onnx", "openvino": ".xml"}
SENTENCES = 64
"""Sentences encoded at once."""

Tower = Callable[[NDArray[Any]], Vectors]
"""uint8 pixels (N, H, W, 3) or int64 ids (N, T) to unit vectors (N, D)."""


class Manifest(Section):
    """What `export.json` says; `sha256` by file name, `provenance` as the model's header has it."""

    format: Literal[1] = 1
    to: Literal["onnx", "openvino"]
    fingerprint: str
    tipr: str
    sha256: dict[str, str]
    provenance: dict[str, Any]


class Towers(NamedTuple):
    """The two graphs. `image` starts with its first batch: a search by words never waits for it."""

    image: Tower
    text: Tower


def is_exported(folder: Path) -> bool:
    """Whether the folder claims to be an exported model."""
    return (folder / EXPORT).is_file()


def installed(package: str) -> bool:
    """Whether a package could be imported; it is not."""
    return find_spec(package) is not None


def load(folder: Path, *, device: str, precision: str, bulk: bool = False) -> "ExportedEncoder":
    """The encoder of an exported directory; `bulk` as in `tipr.load_encoder`.

    Raises:
        ModelError: a file is missing, is not the one that was exported, or its engine cannot run
            the graph `text`; what it says to `image` is told at the first picture.
        DependencyError: the package that runs it is not installed.
        ConfigError: a device other than the CPU, or a precision the engine does not offer.
    """
    manifest = read_manifest(folder)
    if device not in ("auto", "cpu"):
        raise ConfigError(
            f"device {device!r}: an exported model runs on the CPU only; take auto or cpu, or the "
            "model it was exported from"
        )
    _require_whole(folder, manifest)
    table = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["model"]
    config = parse(ModelConfig, table, where=str(folder / CONFIG))
    tokenizer = Tokenizer.load(folder / TOKENIZER)
    # OpenVINO reads ONNX too, and is several times as quick with pictures (benchmarks/NOTES.md).
    engine = "openvino" if bulk and installed("openvino") else manifest.to
    towers = _STARTERS[engine](folder, precision, SUFFIX[manifest.to], bulk)
    return ExportedEncoder(towers, tokenizer, config, manifest.fingerprint)


def read_manifest(folder: Path) -> Manifest:
    """What `export.json` says.

    Raises:
        ModelError: it cannot be read.
        ConfigError: it says something else than an export of this format would.
    """
    path = folder / EXPORT
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"{path}: not readable as JSON ({error}); export the model again"
        ) from None
    return parse(Manifest, table, where=str(path))


class ExportedEncoder:
    """An `Encoder` around two exported graphs; safe to use from several threads.

    Its fingerprint is that of the model it was exported from, so galleries of either serve both.
    A fingerprint promises comparable vectors, not equal bits: in float32 the two differ by about
    1e-6, thousands of times less than one and the same torch model does between float32 and
    bfloat16, which share a fingerprint too. That the graphs are those that were exported is
    checked by their sha256 at loading, and that they agreed with the model at export.
    """

    def __init__(
        self, towers: Towers, tokenizer: Tokenizer, config: ModelConfig, fingerprint: str
    ) -> None:
        self._towers = towers
        self._tokenizer = tokenizer
        self._config = config
        self.fingerprint = fingerprint

    @property
    def width(self) -> int:
        return self._config.embed

    @property
    def image_size(self) -> tuple[int, int]:
        return self._config.image.height, self._config.image.width

    def encode_text(self, sentences: Sequence[str]) -> Vectors:
        """(N, D) unit vectors; each batch is padded to its own longest sentence only."""
        parts = [np.zeros((0, self.width), np.float32)]
        for start in range(0, len(sentences), SENTENCES):
            some = sentences[start : start + SENTENCES]
            ids_NT = pad([self._tokenizer.ids(text, self._config.text.length) for text in some])
            parts.append(self._towers.text(ids_NT))
        return np.concatenate(parts)

    def encode_images(self, pixels_NHWC: Pixels) -> Vectors:
        """(N, D) unit vectors."""
        if pixels_NHWC.shape[1:] != (*self.image_size, 3) or pixels_NHWC.dtype != np.uint8:
            raise ValueError(
                f"expected uint8 (N, {self.image_size}, 3), "
                f"found {pixels_NHWC.dtype} {pixels_NHWC.shape}"
            )
        if not len(pixels_NHWC):
            return np.zeros((0, self.width), np.float32)
        return self._towers.image(np.ascontiguousarray(pixels_NHWC))

    def cut_words(self, sentence: str) -> str:
        """The end of the sentence that the model cannot read."""
        return self._tokenizer.cut(sentence, self._config.text.length)


def digest(path: Path) -> str:
    """sha256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_whole(folder: Path, manifest: Manifest) -> None:
    needed = {CONFIG, TOKENIZER, *(name + SUFFIX[manifest.to] for name in Towers._fields)}
    for name in sorted(needed | manifest.sha256.keys()):
        if not (folder / name).is_file():
            raise ModelError(f"{folder}: the exported model has no {name}; copy or export it again")
        if digest(folder / name) != manifest.sha256.get(name):
            raise ModelError(
                f"{folder}: {name} is not the file that was exported; copy or export it again"
            )


def _onnx(folder: Path, precision: str, suffix: str, _bulk: bool) -> Towers:
    if precision not in ("auto", "float32"):
        raise ConfigError(f"precision {precision!r}: an ONNX export computes in float32; take auto")
    try:
        import onnxruntime
    except ImportError:
        raise DependencyError(f"{folder} needs onnxruntime: pip install onnxruntime") from None
    options = onnxruntime.SessionOptions()
    # Given, because left alone it counts the machine's cores, not those this process may use.
    options.intra_op_num_threads = cores()
    # Waiting threads sleep: spinning ones take cores from other work (benchmarks/NOTES.md).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")

    def start(name: str) -> Tower:
        path = folder / (name + suffix)
        try:
            session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its exceptions have no common class but this
            raise _refused(path, f"onnxruntime {onnxruntime.__version__}", error) from None
        (given,) = session.get_inputs()
        return lambda batch: np.asarray(session.run(None, {given.name: batch})[0])

    return Towers(image=_at_first_use(lambda: start("image")), text=start("text"))


def _openvino(folder: Path, precision: str, suffix: str, bulk: bool) -> Towers:
    hints = {"auto": {}, "float32": {_HINT: "f32"}, "bfloat16": {_HINT: "bf16"}}
    if precision not in hints:
        raise ConfigError(f"precision {precision!r}: expected auto, float32 or bfloat16")
    try:
        import openvino
        from openvino import passes
    except ImportError:
        raise DependencyError(f"{folder} needs openvino: pip install 'tipr[openvino]'") from None
    core = openvino_core()
    # A packed model's matrices become floats here once; left alone, with every batch.
    folding = passes.Manager()
    folding.register_pass(passes.ConstantFolding())
    options = {"INFERENCE_NUM_THREADS": cores(), **hints[precision]}

    def start(name: str, streams: int) -> Tower:
        path = folder / (name + suffix)
        try:
            graph = core.read_model(path)
            folding.run_passes(graph)
            compiled = core.compile_model(graph, "CPU", {**options, "NUM_STREAMS": streams})
        except RuntimeError as error:
            raise _refused(path, f"openvino {openvino.__version__}", error) from None

        def run(batch: NDArray[Any]) -> Vectors:
            parts = np.array_split(batch, min(streams, len(batch)))
            # Requests of this call's own: one that two threads share mixes up their answers.
            requests = [compiled.create_infer_request() for _ in parts]
            for request, part in zip(requests, parts, strict=True):
                request.start_async([part])
            for request in requests:
                request.wait()
            return np.concatenate([request.results[0] for request in requests])

        return run

    # One core a part needs no waiting for each other within a layer; one sentence needs them all.
    return Towers(
        image=_at_first_use(lambda: start("image", cores() if bulk else 1)), text=start("text", 1)
    )


@cache
def openvino_core() -> Any:
    """The `openvino.Core` of this process, which is never given back.

    On processors with AMX, OpenVINO sets a signal stack for the thread that first computes. When
    the last core goes, it frees that stack, and only the thread in which this happens is told:
    the next signal that another one handles ends the process with a segmentation fault.
    """
    import openvino

    return openvino.Core()


def _at_first_use(start: Callable[[], Tower]) -> Tower:
    lock, started = Lock(), cache(start)

    def tower(batch: NDArray[Any]) -> Vectors:
        with lock:  # of several threads one starts it, the others wait
            run = started()
        return run(batch)

    return tower


_HINT = "INFERENCE_PRECISION_HINT"
_STARTERS = {"onnx": _onnx, "openvino": _openvino}


def _refused(path: Path, engine: str, error: Exception) -> ModelError:
    reason = " ".join(str(error).split())
    return ModelError(f"{path}: {engine} cannot run it ({reason}); update it or export again")
