"""Where the model in the box lies."""

from importlib import resources
from pathlib import Path

from tipr.errors import ModelError
from tipr.model_files import CONFIG

BOX = "box"


def box() -> Path:
    """The folder of the model that comes with tipr: weights for torch, graphs in `onnx/`.

    Raises:
        ModelError: this installation lacks it.
    """
    folder = Path(str(resources.files("tipr"))) / BOX
    if not (folder / CONFIG).is_file():
        raise ModelError(
            f"{folder}: the model in the box is missing from this installation; install tipr again"
        )
    return folder
