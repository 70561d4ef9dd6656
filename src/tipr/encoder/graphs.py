"""The towers of a model as ONNX graphs: pixels or ids in, unit vectors out.

Shape legend: N pictures or sentences, H height, W width, T tokens, D embedding.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.export import Dim

from tipr.model.text import TextTower
from tipr.model.vision import VisionTower
from tipr.models import Model


def of_pictures(model: Model) -> bytes:
    """The ONNX file of `pixels`, uint8 (N, H, W, 3), to `vectors`, float32 (N, D)."""
    image = model.config.image
    example = torch.zeros(2, image.height, image.width, 3, dtype=torch.uint8)
    return _graph(_Pictures(model), example, {0: Dim("N", min=1)})


def of_sentences(model: Model) -> bytes:
    """The ONNX file of `ids`, int64 (N, T) padded with 0, to `vectors`, float32 (N, D)."""
    length = model.config.text.length
    # Two sentences, because one would be taken for a fixed number.
    example = torch.zeros(2, length - 1, dtype=torch.int64)
    return _graph(_Sentences(model), example, {0: Dim("N", min=1), 1: Dim("T", min=2, max=length)})


class _Pictures(nn.Module):
    """uint8 pixels (N, H, W, 3) -> unit vectors, as `TorchEncoder.encode_images` computes them."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.tower: VisionTower = model.network.vision
        self.mirror = model.config.vision.mirror
        image = model.config.image
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(image.mean).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(image.std).view(3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        planes_N3HW = (pixels.permute(0, 3, 1, 2).float() / 255 - self.mean) / self.std
        vectors_ND = self._unit(planes_N3HW)
        if self.mirror:
            vectors_ND = F.normalize(vectors_ND + self._unit(planes_N3HW.flip(-1)), dim=1)
        return vectors_ND

    def _unit(self, planes_N3HW: Tensor) -> Tensor:
        return F.normalize(self.tower.pool(self.tower(planes_N3HW)), dim=1)


class _Sentences(nn.Module):
    """int64 ids (N, T) -> unit vectors, as `TorchEncoder.encode_text` computes them."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.tower: TextTower = model.network.text

    def forward(self, ids: Tensor) -> Tensor:
        # `padding_too` is the way through the tower that does not group sentences by what their
        # ids say, which no graph could follow; the pooling looks at no padding either way.
        tokens_NTD = self.tower(ids, padding_too=True)
        return F.normalize(self.tower.pool(tokens_NTD, ids), dim=1)


def _graph(tower: nn.Module, example: Tensor, free: dict[int, Any]) -> bytes:
    """Trace a tower; a size that turns out not to be free is torch's error, never a guess."""
    with _quiet():
        # strict: the other way of tracing takes `len(x)` for the example's own number
        program = torch.export.export(tower.eval(), (example,), dynamic_shapes=(free,), strict=True)
        graph = torch.onnx.export(
            program, output_names=["vectors"], external_data=False, verbose=False
        )
    assert graph is not None
    model = graph.model_proto
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input):
        del part.metadata_props[:]  # where on this machine the code lies that drew each node
    return model.SerializeToString()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch's exporter says about itself: a deprecated call, a missing torchvision."""
    log = logging.getLogger("torch.onnx._internal.exporter._registration")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*LeafSpec", FutureWarning)
            yield
    finally:
        log.setLevel(before)
