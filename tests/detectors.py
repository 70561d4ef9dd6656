"""Detectors that tests build: they find what is bright, in the left half and in the right one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

HEIGHT, WIDTH = 48, 64

BRIGHT = """
style = "boxes"
height = 48
width = 64
threshold = 0.5
"""


def bright(folder: Path, manifest: str = BRIGHT) -> Path:
    """An ONNX graph that boxes the bright pixels of each half, as sure as the brightest is."""
    nodes, boxes, scores = [], [], []
    for number, start in enumerate((0, WIDTH // 2)):
        name = f"half{number}"
        constant(nodes, f"{name}_start", [start])
        constant(nodes, f"{name}_end", [start + WIDTH // 2])
        add(nodes, "Slice", ["picture", f"{name}_start", f"{name}_end", "three"], name)
        for axis, word in ((2, "y"), (3, "x")):
            other = 5 - axis
            add(nodes, "ReduceMax", [name, f"but_{other}"], f"{name}{word}", keepdims=0)
            add(nodes, "Greater", [f"{name}{word}", "half"], f"{name}{word}b")
            add(nodes, "Cast", [f"{name}{word}b"], f"{name}{word}f", to=TensorProto.FLOAT)
            for last in (0, 1):
                made = f"{name}{word}{last}"
                add(nodes, "ArgMax", [f"{name}{word}f"], f"{made}i", axis=1, select_last_index=last)
                add(nodes, "Cast", [f"{made}i"], f"{made}n", to=TensorProto.FLOAT)
                shift = float(last + (start if word == "x" else 0))
                constant(nodes, f"{made}s", [shift], np.float32)
                add(nodes, "Add", [f"{made}n", f"{made}s"], made)
        add(
            nodes,
            "Concat",
            [f"{name}{word}" for word in ("x0", "y0", "x1", "y1")],
            f"{name}b",
            axis=1,
        )
        add(nodes, "ReduceMax", [name, "all"], f"{name}p", keepdims=0)
        boxes.append(f"{name}b")
        scores.append(f"{name}p")
    add(nodes, "Concat", boxes, "both", axis=0)
    add(nodes, "Unsqueeze", ["both", "zero"], "boxes")
    add(nodes, "Concat", scores, "scores0", axis=0)
    add(nodes, "Unsqueeze", ["scores0", "zero"], "scores")
    for name, values in (
        ("three", [3]),
        ("zero", [0]),
        ("but_2", [1, 2]),
        ("but_3", [1, 3]),
        ("all", [1, 2, 3]),
    ):
        constant(nodes, name, values)
    constant(nodes, "half", [0.5], np.float32)
    inputs = {"picture": (TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])}
    outputs = {"boxes": [1, 2, 4], "scores": [1, 2]}
    return save(folder / "bright.onnx", _sorted(nodes), inputs, outputs, manifest)


def answering(
    folder: Path,
    answers: dict[str, np.ndarray],
    manifest: str,
    inputs: Sequence[str] = ("picture",),
) -> Path:
    """A graph that says the same to every frame, whatever is in it."""
    nodes = []
    for name, value in answers.items():
        constant(nodes, name, value, value.dtype)
    kinds = {"picture": (TensorProto.FLOAT, [1, 3, "h", "w"]), "size": (TensorProto.INT64, [1, 2])}
    outputs = {name: list(value.shape) for name, value in answers.items()}
    return save(
        folder / "fixed.onnx", nodes, {name: kinds[name] for name in inputs}, outputs, manifest
    )


def add(nodes: list, kind: str, inputs: list[str], output: str, **settings: object) -> None:
    nodes.append(helper.make_node(kind, inputs, [output], **settings))


def constant(nodes: list, name: str, values: object, dtype: object = np.int64) -> None:
    tensor = onnx.numpy_helper.from_array(np.array(values, dtype), name)
    nodes.append(helper.make_node("Constant", [], [name], value=tensor))


def save(path: Path, nodes: list, inputs: dict, outputs: dict, manifest: str) -> Path:
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info(name, *told) for name, told in inputs.items()],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in outputs.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    path.with_suffix(".toml").write_text(manifest)
    return path


def _sorted(nodes: list) -> list:
    """Constants first: a graph lists its nodes in the order in which they can be computed."""
    return sorted(nodes, key=lambda node: node.op_type != "Constant")
