"""An ONNX graph with its large matrices in eight bits, where that changes no value.

The weights of a packed model (`tipr.weights.int8`) are whole numbers times a scale a row. The
exporter writes them out in float32, some of them turned; here they become int8 and scales again,
multiplied by the engine when it loads the graph. Vectors stay equal up to rounding.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tipr.weights.int8 import LEAST

ROUNDING = 1e-5
"""Of a scale: how far from a whole number still counts as one, after float32 has rounded."""


def compact(graph: bytes) -> bytes:
    """The same function from a file of about a quarter of the size, if the weights were packed."""
    model = onnx.load_from_string(graph)
    kept: list[TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    for tensor in model.graph.initializer:
        found = _whole_numbers(tensor)
        if found is None:
            kept.append(tensor)
            continue
        name, (whole, scale) = tensor.name, found
        kept += [
            numpy_helper.from_array(whole, f"{name}.int8"),
            numpy_helper.from_array(scale, f"{name}.scale"),
        ]
        nodes += [
            helper.make_node("Cast", [f"{name}.int8"], [f"{name}.cast"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}.cast", f"{name}.scale"], [name]),
        ]
    others = list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend([*nodes, *others])
    return model.SerializeToString()


def _whole_numbers(tensor: TensorProto) -> tuple[NDArray[np.int8], NDArray[np.float32]] | None:
    """(int8 values, scales along the one axis that has them), or None if there are none."""
    if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2:
        return None
    values = numpy_helper.to_array(tensor)
    if values.size < LEAST:
        return None
    for axis in range(values.ndim):
        others = tuple(other for other in range(values.ndim) if other != axis)
        scale = np.abs(values).max(axis=others, keepdims=True) / 127
        in_scales = values / np.maximum(scale, np.finfo(np.float32).tiny)
        whole = np.rint(in_scales)
        if np.abs(in_scales - whole).max() <= ROUNDING * 127:
            return whole.astype(np.int8), scale.astype(np.float32)
    return None
