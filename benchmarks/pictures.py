"""Pictures a second through the picture tower of ViT-B/16 at 384x128, in batches of 32.

    python benchmarks/pictures.py [--rounds 3] [--model FOLDER] [--json FILE]

Ours is the way that docs/models.md advises for large galleries on a CPU: `tipr convert --to
openvino`, loaded by `load_encoder`, which takes bfloat16 where the processor computes in it. It
runs against torch float32, ONNX Runtime float32 and OpenVINO used by hand. What reduced precision
costs in accuracy, `python benchmarks/precision.py` measures on a trained model.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from race import Limit, Result, against, by_turns, parser, product_rate, random_model, tell
from tipr import load_encoder, models
from tipr.encoder.export import export

BATCH = 32
OURS = "tipr, exported to OpenVINO (bfloat16)"
TORCH = "tipr, torch (bfloat16)"
BASELINES = {
    "torch float32, eager": 5.0,
    "ONNX Runtime float32": 2.3,
    "OpenVINO bfloat16 by hand": 1.0,
}


def main() -> None:
    options = parser(__doc__, rounds=3)
    options.add_argument("--model", type=Path, help="A model folder instead of random weights.")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        model = given.model or random_model(Path(scratch) / "b16", changes=["model.text.depth=1"])
        tell(measure(model, Path(scratch), given.rounds), given.json)


def measure(model: Path, scratch: Path, rounds: int) -> Result:
    for to in ("onnx", "openvino"):
        export(model, scratch / to, to=to)
    size = load_encoder(model).image_size
    pixels = np.random.default_rng(0).integers(0, 256, (BATCH, *size, 3), dtype=np.uint8)
    runs: dict[str, Callable[[], object]] = {
        OURS: _encoding(load_encoder(scratch / "openvino", bulk=True), pixels),
        TORCH: _encoding(load_encoder(model), pixels),
        "torch float32, eager": _encoding(load_encoder(model, precision="float32"), pixels),
        "ONNX Runtime float32": _onnx(scratch / "onnx" / "image.onnx", pixels),
        "OpenVINO bfloat16 by hand": _openvino(scratch / "openvino" / "image.xml", pixels),
    }
    ways = by_turns(runs, rounds, work=BATCH)
    rate, work = product_rate("bfloat16"), operations(model)
    return Result(
        name="pictures",
        promise=f"encode pictures, ViT-B/16 at 384x128, batch {BATCH}",
        unit="picture",
        ways=list(ways.values()),
        ratios=[against(ways[OURS], ways[name], reach) for name, reach in BASELINES.items()],
        limits=[
            Limit(
                "bfloat16 matrix products (torch)", f"{rate / 1e12:.2f} TFLOP/s",
                work / ways[OURS].median / rate,
            )
        ],
    )  # fmt: skip


def _encoding(encoder, pixels: np.ndarray) -> Callable[[], object]:
    return lambda: encoder.encode_images(pixels)


def _onnx(path: Path, pixels: np.ndarray) -> Callable[[], object]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"pixels": pixels})


def _openvino(path: Path, pixels: np.ndarray) -> Callable[[], object]:
    import openvino

    options = {"INFERENCE_PRECISION_HINT": "bf16"}
    request = openvino.Core().compile_model(path, "CPU", options).create_infer_request()
    return lambda: request.infer([pixels])


def operations(folder: Path) -> float:
    """Floating point operations of a picture, as torch counts them."""
    model = models.read(folder)
    image = model.config.image
    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        model.network.encode_image(torch.zeros(1, 3, image.height, image.width))
    return float(counter.get_total_flops()) * (1 + model.config.vision.mirror)


if __name__ == "__main__":
    main()
