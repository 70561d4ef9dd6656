"""People in a frame, found by a detector that the user brings: an ONNX file with a manifest."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tipr.errors import DependencyError, ModelError
from tipr.gallery import answers, boxes
from tipr.gallery.manifest import Manifest, beside, read
from tipr.gallery.placing import in_frame, place, whole
from tipr.gallery.records import Box

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


def load(model: Path) -> "OnnxDetector":
    """The detector of an ONNX file, tried on a grey frame.

    Raises:
        ModelError: the file is missing, cannot be run, or answers other than its manifest says.
        ConfigError: the manifest is missing or says something impossible.
        DependencyError: onnxruntime is not installed.
    """
    if not model.is_file():
        raise ModelError(f"{model}: no such detector; give an ONNX file")
    detector = OnnxDetector(model, read(beside(model)))
    detector.find(Image.new("RGB", (64, 48), (128, 128, 128)))
    return detector


class OnnxDetector:
    """A `tipr.gallery.sight.Detector`; usable from several threads, a frame a call."""

    def __init__(self, model: Path, manifest: Manifest) -> None:
        """Start the graph; see `load`."""
        self._model = model
        self._told = manifest
        self._session = _session(model)
        digest = hashlib.sha256(model.read_bytes() + manifest.model_dump_json().encode())
        self._identity = f"detector {digest.hexdigest()[:16]}"
        types = {one.name: one.type for one in self._session.get_inputs()}
        self._picture = manifest.picture or next(iter(types))
        for name in filter(None, (self._picture, manifest.frame_size)):
            if name not in types:
                raise self._other(f"no input {name!r} but {', '.join(types)}")
        if types[self._picture] not in _TYPES:
            raise self._other(f"an input of {types[self._picture]}; expected float or uint8")
        self._type = _TYPES[types[self._picture]]
        self._outputs = self._named_outputs()

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process starts the graph anew."""
        return OnnxDetector, (self._model, self._told)

    @property
    def identity(self) -> str:
        """A digest of graph and manifest."""
        return self._identity

    def find(self, picture: Image.Image) -> list[Box]:
        """Where people are, the surest first, in whole pixels within the frame.

        Raises:
            ModelError: the graph fails, or answers other than its manifest says.
        """
        told = self._told
        placed = place(picture, told)
        raw = self._run(self._input(placed.pixels_HW3), picture.size)
        try:
            boxes_Q4, scores_Q = answers.people(raw, told)
        except ValueError as error:
            raise self._other(str(error)) from None
        sure = scores_Q >= told.threshold
        boxes_Q4, scores_Q = boxes_Q4[sure], scores_Q[sure]
        if not np.isfinite(boxes_Q4).all():
            raise self._other("boxes that are not finite")
        if told.style != "boxes" or told.units != "frame":
            boxes_Q4 = in_frame(boxes_Q4, placed)
        order = (
            boxes.best_first(scores_Q)
            if told.nms is None
            else boxes.suppress(boxes_Q4, scores_Q, told.nms)
        )
        found = [whole(boxes_Q4[one], picture.size) for one in order]
        return [box for box in found if box[0] < box[2] and box[1] < box[3]]

    def _run(self, values: NDArray[Any], size: tuple[int, int]) -> answers.Raw:
        feed = {self._picture: values}
        if self._told.frame_size:
            feed[self._told.frame_size] = np.array([size], np.int64)  # width, height
        try:
            found = self._session.run(list(self._outputs.values()), feed)
        except Exception as error:  # its exceptions have no common class but this
            raise self._other(f"no answer ({' '.join(str(error).split())})") from None
        return dict(zip(self._outputs, map(np.asarray, found), strict=True))

    def _input(self, pixels_HW3: NDArray[np.uint8]) -> NDArray[Any]:
        told = self._told
        values: NDArray[Any] = pixels_HW3[..., ::-1] if told.colour == "bgr" else pixels_HW3
        if self._type is not np.uint8:
            values = values.astype(np.float32) / np.float32(told.divide)
            values = (values - np.array(told.mean, np.float32)) / np.array(told.std, np.float32)
        if told.layout == "NCHW":
            values = values.transpose(2, 0, 1)
        return np.ascontiguousarray(values[None], self._type)

    def _named_outputs(self) -> dict[str, str]:
        """The graph's names of the outputs that the style needs."""
        told, there = self._told, [one.name for one in self._session.get_outputs()]
        wanted = {"boxes": told.boxes, "scores": told.scores}
        if told.style == "yolox":
            wanted = {"boxes": told.boxes if told.boxes in there or len(there) > 1 else there[0]}
        elif told.style == "boxes" and told.classes:
            wanted["classes"] = told.classes
        for word, name in wanted.items():
            if name not in there:
                raise self._other(f"no output {name!r} ({word}) but {', '.join(there)}")
        return wanted

    def _other(self, found: str) -> ModelError:
        return ModelError(
            f"{self._model}: found {found}; see to it that {beside(self._model).name} beside it "
            f"describes this detector"
        )


def _session(model: Path) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise DependencyError(f"{model} needs onnxruntime: pip install onnxruntime") from None
    options = onnxruntime.SessionOptions()
    # Frames are looked at on several threads side by side; one each is fastest, and gives the
    # same sums however many cores there are.
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common class but this
        reason = " ".join(str(error).split())
        raise ModelError(
            f"{model}: onnxruntime {onnxruntime.__version__} cannot run it ({reason}); update it "
            f"or export the detector again"
        ) from None
