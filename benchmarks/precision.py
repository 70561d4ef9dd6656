"""What reduced precision costs in accuracy: one trained model on val, computed in three ways.

    python benchmarks/precision.py MODEL --data DIR [--split val] [--json FILE]

torch in float32 is the reference; torch in bfloat16 and the export to OpenVINO (bfloat16) are what
galleries are encoded with. Promised: at most 0.2 points of R@1 less.
"""

import argparse
import json
import tempfile
from pathlib import Path

from race import made
from tipr import load_encoder
from tipr.data.benchmarks import read_splits
from tipr.encoder.export import export
from tipr.evaluate import evaluate


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    split = read_splits(given.data)[given.split]
    with tempfile.TemporaryDirectory() as scratch:
        exported = Path(scratch) / "openvino"
        export(given.model, exported, to="openvino")
        ways = {
            "torch float32": load_encoder(given.model, precision="float32"),
            "torch bfloat16": load_encoder(given.model, precision="bfloat16"),
            "OpenVINO bfloat16": load_encoder(exported, precision="bfloat16"),
        }
        found = {name: evaluate(way, split).text_to_image for name, way in ways.items()}
    reference = found["torch float32"]
    for name, scores in found.items():
        print(
            f"{name:18s} R@1 {scores.R1:6.2f} ({scores.R1 - reference.R1:+.2f})  "
            f"mAP {scores.mAP:6.2f} ({scores.mAP - reference.mAP:+.2f})"
        )
    if given.json:
        table = {name: {"R1": one.R1, "mAP": one.mAP} for name, one in found.items()}
        given.json.write_text(json.dumps({"precision": table, "made": made()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
