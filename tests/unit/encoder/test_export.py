"""Exported towers answer as the torch encoder does, and nothing half-made is left behind."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep

import numpy as np
import pytest

from tipr import load_encoder, models
from tipr.config import load
from tipr.convert.write import convert
from tipr.encoder import export as exporting
from tipr.encoder import exported, graphs, provenance
from tipr.encoder.export import export
from tipr.encoder.exported import ExportedEncoder
from tipr.encoder.protocol import Encoder
from tipr.encoder.torch import TorchEncoder
from tipr.errors import ConfigError, DependencyError, ModelError, StorageError, TiprError
from tipr.inputs.tokenizer import Tokenizer, pad

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")
pytest.importorskip("openvino")

WORDS = ["a", "man", "in", "the", "red", "coat", "with", "his", "long", "green", "scarf", "bag"]
LENGTH = 12
PLAIN = ["model.vision.width=32", "model.text.width=48", "model.embed=24", "model.text.heads=3"]
KINDS = {
    "small": [],
    "clip": [
        "model.vision.stem=patch",
        "model.vision.pool=class",
        "model.vision.mirror=false",
        "model.text.pool=end",
        "model.text.causal=true",
        "model.activation=quick_gelu",
    ],
}
FORMATS = ("onnx", "openvino")


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """folder_of(kind): a model directory with random weights; each is made once."""
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = _model(tmp_path_factory.mktemp(kind), KINDS[kind])
        return made[kind]

    return make


def _model(folder: Path, changes: list[str]) -> Path:
    folder.mkdir(exist_ok=True)
    tokenizer = Tokenizer.trained([" ".join(WORDS)] * 3, 600)
    sizes = [
        "model.image.height=64",
        "model.image.width=32",
        "model.vision.depth=1",
        "model.text.depth=1",
        f"model.text.length={LENGTH}",
        f"model.text.vocabulary={tokenizer.size}",
    ]
    config = load("small", [*sizes, *PLAIN, *changes]).model
    models.write_settings(folder, config, tokenizer)
    header = {"provenance": {"format": "cuhk-pedes", "data": "d" * 64}}
    models.write_weights(folder, models.build(config, seed=3), config, tokenizer, header)
    return folder


@pytest.fixture(scope="module")
def exported_of(
    folder_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], Path]:
    """exported_of(kind, to): an export; tracing takes seconds, so each graph is made once."""
    made: dict[tuple[str, str], Path] = {}
    graph: dict[str, tuple[bytes, bytes]] = {}

    def make(kind: str, to: str) -> Path:
        if (kind, to) not in made:
            out = tmp_path_factory.mktemp("out") / kind / to
            with pytest.MonkeyPatch.context() as patch:
                if kind in graph:
                    patch.setattr(graphs, "of_pictures", lambda _: graph[kind][0])
                    patch.setattr(graphs, "of_sentences", lambda _: graph[kind][1])
                export(folder_of(kind), out, to=to)  # type: ignore[arg-type]
            if to == "onnx":
                graph[kind] = (out / "image.onnx").read_bytes(), (out / "text.onnx").read_bytes()
            made[kind, to] = out
        return made[kind, to]

    return make


def pictures(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 64, 32, 3), dtype=np.uint8)


def sentences(count: int, words: int, seed: int = 0) -> list[str]:
    """Sentences of one to `words` words, the last of the full number."""
    rng = np.random.default_rng(seed)
    lengths = [*rng.integers(1, words + 1, count - 1), words]
    return [" ".join(rng.choice(WORDS, length)) for length in lengths]


def agree(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_export_answers_as_the_model_whatever_the_batch_and_length(
    folder_of: Callable[[str], Path],
    exported_of: Callable[[str, str], Path],
    kind: str,
    to: str,
) -> None:
    before = load_encoder(folder_of(kind), device="cpu", precision="float32")
    after = load_encoder(exported_of(kind, to), device="cpu", precision="float32")
    assert isinstance(after, ExportedEncoder)
    assert after.encode_images(pictures(0)).shape == (0, 24)
    for count in (1, 3, 40):
        agree(after.encode_images(pictures(count)), before.encode_images(pictures(count)))
    assert after.encode_text([]).shape == (0, 24)
    agree(after.encode_text([""]), before.encode_text([""]))
    # 3 words are 5 ids with start and end; 30 are cut to the model's length
    for count in (1, 3, 40, 70):
        for words in (1, 3, 30):
            some = sentences(count, words)
            agree(after.encode_text(some), before.encode_text(some))
    assert len({len(row) for row in map(after._tokenizer.encode, sentences(40, 3))}) > 1


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_padding_and_words_behind_a_written_end_change_nothing(
    exported_of: Callable[[str, str], Path], kind: str, to: str
) -> None:
    after = load_encoder(exported_of(kind, to), precision="float32")
    assert isinstance(after, ExportedEncoder)
    ids = [after._tokenizer.ids(text, LENGTH) for text in sentences(3, 4)]
    longest = max(map(len, ids))
    agree(after._towers.text(pad(ids, LENGTH)), after._towers.text(pad(ids, longest)))
    agree(after.encode_text(["a man <|endoftext|> in red"]), after.encode_text(["a man"]))


@pytest.mark.parametrize("to", FORMATS)
def test_an_export_says_the_same_of_itself_as_its_model(
    folder_of: Callable[[str], Path], exported_of: Callable[[str, str], Path], to: str
) -> None:
    before, after = load_encoder(folder_of("small")), load_encoder(exported_of("small", to))
    assert after.fingerprint == before.fingerprint
    assert (after.width, after.image_size) == (24, (64, 32))
    long = "a man in the red coat " * 5
    assert after.cut_words(long) == before.cut_words(long) != ""
    assert provenance(exported_of("small", to)) == provenance(folder_of("small"))
    assert provenance(folder_of("small"))["format"] == "cuhk-pedes"
    readme = (exported_of("small", to) / "README.md").read_text(encoding="utf-8")
    assert after.fingerprint in readme
    assert "mirror" in readme
    assert "mirror" not in (exported_of("clip", to) / "README.md").read_text(encoding="utf-8")


def test_openvino_computes_in_bfloat16_where_asked(exported_of: Callable[[str, str], Path]) -> None:
    folder = exported_of("small", "openvino")
    exact: Encoder = load_encoder(folder, precision="float32")
    rough = load_encoder(folder, precision="bfloat16").encode_images(pictures(4))
    cosines = (rough * exact.encode_images(pictures(4))).sum(axis=1)
    assert cosines == pytest.approx(np.ones(4), abs=0.01)


def test_a_search_and_an_index_with_an_export_never_import_torch(
    exported_of: Callable[[str, str], Path], people: Path, tmp_path: Path
) -> None:
    program = """
import sys
from tipr.cli import app
model, people, work = sys.argv[1:]
def tipr(*words):
    app(list(words), standalone_mode=False)
tipr("index", model, people, work + "/gallery")
tipr("search", work + "/gallery", "a red coat", "-k", "3")
tipr("encode", model, "--pictures", people, "-o", work + "/out.npz")
print("torch" in sys.modules)
"""
    for to in FORMATS:
        (tmp_path / to).mkdir()
        words = [str(exported_of("small", to)), str(people), str(tmp_path / to)]
        ended = subprocess.run(
            [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.splitlines()[-1] == "False"
        assert np.load(tmp_path / to / "out.npz")["vectors"].shape == (10, 24)


# --- wrong ways ----------------------------------------------------------------------------


def test_a_damaged_or_incomplete_export_is_refused(
    exported_of: Callable[[str, str], Path], tmp_path: Path
) -> None:
    def broken(to: str, name: str, change: Callable[[Path], object]) -> Path:
        folder = tmp_path / f"{to}-{name}"
        shutil.copytree(exported_of("small", to), folder)
        change(folder / name)
        return folder

    def cut(path: Path) -> None:
        path.write_bytes(path.read_bytes()[:-9])

    for to, name in (("onnx", "text.onnx"), ("openvino", "image.bin"), ("onnx", "config.json")):
        with pytest.raises(ModelError, match=f"{name} is not the file that was exported"):
            load_encoder(broken(to, name, cut))
    with pytest.raises(ModelError, match=r"has no text\.xml"):
        load_encoder(broken("openvino", "text.xml", Path.unlink))
    with pytest.raises(ModelError, match="not readable as JSON"):
        load_encoder(broken("onnx", "export.json", cut))
    with pytest.raises(ConfigError, match=r"export\.json: to"):
        load_encoder(broken("openvino", "export.json", lambda path: _say(path, to="tflite")))
    load_encoder(broken("openvino", "README.md", Path.unlink))


@pytest.mark.parametrize("to", FORMATS)
def test_a_graph_that_the_engine_cannot_run_is_one_line_and_only_pictures_need_theirs(
    to: str, exported_of: Callable[[str, str], Path], tmp_path: Path
) -> None:
    def spoilt(tower: str) -> Path:
        folder, name = tmp_path / tower, tower + exported.SUFFIX[to]
        shutil.copytree(exported_of("small", to), folder)
        (folder / name).write_bytes(b"no graph")
        manifest = json.loads((folder / "export.json").read_text())
        sums = manifest["sha256"] | {name: exported.digest(folder / name)}
        _say(folder / "export.json", sha256=sums)
        return folder

    with pytest.raises(ModelError, match=r"text\.\w+: .*cannot run it") as at_once:
        load_encoder(spoilt("text"))
    encoder = load_encoder(spoilt("image"))
    assert len(encoder.encode_text(["a man in a red coat"])) == 1
    with pytest.raises(ModelError, match=r"image\.\w+: .*cannot run it") as later:
        encoder.encode_images(np.zeros((1, *encoder.image_size, 3), np.uint8))
    assert "\n" not in f"{at_once.value}{later.value}"


def test_threads_that_bring_the_first_pictures_start_their_graph_once() -> None:
    started: list[int] = []
    together = Barrier(4)

    def start() -> exported.Tower:
        sleep(0.05)
        started.append(1)
        return lambda batch: batch + 1

    tower = exported._at_first_use(start)

    def first(batch: int) -> int:
        together.wait()
        return int(tower(np.array(batch)))

    assert started == []
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(first, range(4))) == [1, 2, 3, 4]
    assert started == [1]


def _say(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_devices_and_precisions_that_exports_do_not_offer(
    exported_of: Callable[[str, str], Path],
) -> None:
    for to in FORMATS:
        with pytest.raises(ConfigError, match="runs on the CPU only"):
            load_encoder(exported_of("small", to), device="cuda")
        with pytest.raises(ConfigError, match="precision 'float16'"):
            load_encoder(exported_of("small", to), precision="float16")
    with pytest.raises(ConfigError, match="computes in float32"):
        load_encoder(exported_of("small", "onnx"), precision="bfloat16")


def test_wrong_pixels_are_a_bug_of_the_caller(exported_of: Callable[[str, str], Path]) -> None:
    encoder = load_encoder(exported_of("small", "onnx"))
    for pixels in (np.zeros((1, 10, 10, 3), np.uint8), np.zeros((1, 64, 32, 3), np.float32)):
        with pytest.raises(ValueError, match="expected uint8"):
            encoder.encode_images(pixels)


def test_a_missing_package_is_named_with_its_remedy(
    folder_of: Callable[[str], Path],
    exported_of: Callable[[str, str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready = {to: exported_of("small", to) for to in FORMATS}
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(DependencyError, match=r"onnxruntime: pip install onnxruntime"):
        load_encoder(ready["onnx"])
    with pytest.raises(DependencyError, match=r"openvino: pip install 'tipr\[openvino\]'"):
        load_encoder(ready["openvino"])
    monkeypatch.setattr(exporting, "find_spec", lambda name: None if name == "onnxscript" else 1)
    with pytest.raises(DependencyError, match="needs onnxscript: pip install onnxscript"):
        export(folder_of("small"), tmp_path / "out", to="onnx")


def test_a_place_that_is_taken_is_left_alone(
    folder_of: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StorageError, match=r"holds other things \(file\)"):
        export(folder_of("small"), tmp_path, to="onnx")
    with pytest.raises(StorageError, match="this is a file"):
        export(folder_of("small"), tmp_path / "file", to="openvino")
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


def test_an_export_goes_into_an_empty_folder_and_not_from_an_export_or_nothing(
    folder_of: Callable[[str], Path],
    exported_of: Callable[[str, str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = exported_of("small", "onnx")
    monkeypatch.setattr(graphs, "of_pictures", lambda _: (source / "image.onnx").read_bytes())
    monkeypatch.setattr(graphs, "of_sentences", lambda _: (source / "text.onnx").read_bytes())
    export(folder_of("small"), tmp_path, to="onnx")
    assert {path.name for path in tmp_path.iterdir()} == {
        *("image.onnx", "text.onnx", "config.json", "tokenizer.json", "export.json", "README.md")
    }
    for wrong, error in ((source, "is exported already"), (tmp_path / "no", "no such run")):
        with pytest.raises(TiprError, match=error):
            export(wrong, tmp_path / "again", to="onnx")
    with pytest.raises(ConfigError, match="expected one of onnx, openvino"):
        export(folder_of("small"), tmp_path / "again", to="tflite")  # type: ignore[arg-type]


def test_graphs_that_disagree_with_the_model_are_never_written(
    folder_of: Callable[[str], Path],
    exported_of: Callable[[str, str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = _model(tmp_path / "other", ["model.vision.mirror=false"])
    source = exported_of("small", "onnx")
    monkeypatch.setattr(graphs, "of_pictures", lambda _: (source / "image.onnx").read_bytes())
    monkeypatch.setattr(graphs, "of_sentences", lambda _: (source / "text.onnx").read_bytes())
    with pytest.raises(ModelError, match="do not agree with the model"):
        export(other, tmp_path / "out", to="onnx")
    assert {path.name for path in tmp_path.iterdir()} == {"other"}


def test_a_packed_model_and_its_export_are_a_quarter_of_the_size_and_agree(
    folder_of: Callable[[str], Path], exported_of: Callable[[str, str], Path], tmp_path: Path
) -> None:
    whole = folder_of("small")
    packed, out = tmp_path / "packed", tmp_path / "onnx"
    convert(str(whole), packed, packed=True)
    assert provenance(packed) == provenance(whole)
    export(packed, out, to="onnx")
    before = load_encoder(packed, device="cpu", precision="float32")
    after = load_encoder(out, device="cpu", precision="float32")
    assert before.fingerprint == after.fingerprint
    agree(after.encode_images(pictures(3)), before.encode_images(pictures(3)))
    agree(after.encode_text(sentences(5, 9)), before.encode_text(sentences(5, 9)))
    unpacked = load_encoder(whole, device="cpu", precision="float32")
    assert unpacked.fingerprint != before.fingerprint
    assert (
        np.abs(unpacked.encode_images(pictures(3)) - before.encode_images(pictures(3))).max() < 0.02
    )
    big, small = (
        int8_bytes(folder / "image.onnx") for folder in (exported_of("small", "onnx"), out)
    )
    assert big == 0 < small


def int8_bytes(graph: Path) -> int:
    import onnx

    found = onnx.load(graph).graph.initializer
    return sum(
        len(tensor.raw_data) for tensor in found if tensor.data_type == onnx.TensorProto.INT8
    )


@pytest.mark.parametrize("name", ["image.onnx", "text.onnx"])
def test_a_graph_tells_nothing_of_the_machine_it_was_made_on(
    exported_of: Callable[[str, str], Path], name: str
) -> None:
    content = (exported_of("small", "onnx") / name).read_bytes()
    assert b"site-packages" not in content
    assert str(Path(exporting.__file__).parent).encode() not in content


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16"])
def test_many_pictures_go_through_the_quickest_engine(
    exported_of: Callable[[str, str], Path], precision: str
) -> None:
    folder = exported_of("small", "onnx")
    one, many = load_encoder(folder), load_encoder(folder, precision=precision, bulk=True)
    assert many.fingerprint == one.fingerprint
    for count in (1, 4, 5):  # fewer than cores, as many for each, and one more
        some = pictures(count)
        cosine = (one.encode_images(some) * many.encode_images(some)).sum(axis=1)
        assert cosine.shape == (count,)
        assert cosine == pytest.approx(1, abs=1e-3)
    words = ["a man in a red coat", "someone"]
    assert (one.encode_text(words) * many.encode_text(words)).sum(axis=1) == pytest.approx(
        1, abs=1e-3
    )


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({"openvino", "torch"}, "openvino"),
        ({"openvino"}, "openvino"),
        ({"torch"}, "torch"),
        (set(), "onnxruntime"),
    ],
)
def test_the_engine_for_many_pictures_is_the_quickest_that_is_installed(
    monkeypatch: pytest.MonkeyPatch, there: set[str], expected: str
) -> None:
    started: list[str] = []
    monkeypatch.setattr(exported, "installed", there.__contains__)
    for engine in ("onnx", "openvino"):
        start = exported._STARTERS[engine]
        monkeypatch.setitem(
            exported._STARTERS,
            engine,
            lambda *given, name=engine, start=start: started.append(name) or start(*given),
        )
    found = load_encoder("box", bulk=True)
    name = {"onnx": "onnxruntime", "openvino": "openvino"}[started[0]] if started else "torch"
    assert (name, isinstance(found, TorchEncoder)) == (expected, expected == "torch")
    assert not isinstance(load_encoder("box"), TorchEncoder)


def test_the_process_outlives_an_openvino_encoder_dropped_by_another_thread(
    exported_of: Callable[[str, str], Path],
) -> None:
    """Without one core for all, the signal ends it on processors with AMX."""
    program = """if True:
        import signal, sys, threading
        from pathlib import Path
        import openvino
        from tipr import load_encoder
        made, make = [], openvino.Core
        openvino.Core = lambda: made.append(1) or make()
        signal.signal(signal.SIGINT, lambda *_: print("heard"))
        for _ in range(2):
            held = [load_encoder(Path(sys.argv[1]))]
            held[0].encode_text(["a man"])
            thread = threading.Thread(target=held.clear)
            thread.start()
            thread.join()
        signal.raise_signal(signal.SIGINT)
        print(len(made))
    """
    ended = subprocess.run(
        [sys.executable, "-c", program, str(exported_of("small", "openvino"))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout.split()) == (0, ["heard", "1"]), ended.stderr
