"""What kind of file this is, told from its first bytes: names of files lie."""

import zipfile
from pathlib import Path
from typing import Literal

from tipr.errors import ModelError

Kind = Literal["safetensors", "pickle", "torchscript"]


def kind_of(path: Path) -> Kind:
    """How the weights in this file are stored.

    Raises:
        ModelError: it is missing, empty, truncated, a web page, or nothing that holds weights.
    """
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file") from None
    if not head:
        raise ModelError(f"{path}: is empty (zero bytes); download it again")
    # First of all: the length of its header, with which it begins, may look like anything.
    if head[5:9] == b"\0\0\0{":
        return "safetensors"
    if head.startswith(b"PK"):
        return _kind_of_zip(path)
    if head.startswith(b"\x80"):
        return "pickle"
    if head.lstrip().startswith(b"<"):
        raise ModelError(
            f"{path}: a web page, not weights (a download that asked to log in or to confirm?); "
            "download the file itself"
        )
    if head.startswith(b"version https://git-lfs"):
        raise ModelError(f"{path}: only the pointer of a Git LFS file; fetch it with git lfs pull")
    raise ModelError(
        f"{path}: not a file of weights; expected safetensors, a file of torch.save "
        "(.pth, .pt, .bin) or OpenAI's TorchScript archive (.pt)"
    )


def _kind_of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        raise ModelError(
            f"{path}: truncated (the end of its archive is missing); download it again"
        ) from None
    if not any(name.endswith("/data.pkl") for name in names):
        raise ModelError(f"{path}: a zip archive, but not one of torch; unpack it first")
    return "torchscript" if any(name.endswith("/constants.pkl") for name in names) else "pickle"
