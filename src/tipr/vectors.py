"""Feature files: vectors and the ids of what they stand for, in one .npz that numpy can read.

| array        | shape, type    | what                                                          |
|--------------|----------------|---------------------------------------------------------------|
| `vectors`    | (N, D) float32 | of length one                                                 |
| `ids`        | (N,) text      | a picture's path below its folder, or the sentence itself     |
| `people`     | (N,) text      | who it is, where that is known                                |
| `model`      | () text        | fingerprint of the model                                      |
| `image_size` | (2,) int64     | height and width in pixels that the model saw                 |

Of other people's files only `vectors` must be there, of any length and any float type; ids and
people may be whole numbers. Nothing is pickled, in writing or in reading.

Shape legend: N pictures or sentences, D feature width.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from tipr.errors import DataError
from tipr.files import write_whole

NEARLY_ONE = 1e-5
"""How far from one a float32 length may be by rounding alone."""
WORTH_A_NOTE = 1e-3
"""How far from one a length may be because it was once float16."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """The content of a feature file; `note` says in one line what reading had to change, or ''."""

    vectors_ND: NDArray[np.float32]
    ids: tuple[str, ...] | None = None
    people: tuple[str, ...] | None = None
    model: str | None = None
    image_size: tuple[int, int] | None = None
    note: str = ""


def write(path: Path, features: Features) -> None:
    """Write a feature file whole or not at all; what is None is left out.

    Raises:
        StorageError: see `write_whole`.
    """
    arrays: dict[str, NDArray[Any]] = {"vectors": features.vectors_ND}
    for name in ("ids", "people", "model"):
        if (value := getattr(features, name)) is not None:
            arrays[name] = np.array(value, dtype=np.str_)
    if features.image_size is not None:
        arrays["image_size"] = np.array(features.image_size, dtype=np.int64)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_whole(path, buffer.getvalue())


def read(path: Path) -> Features:
    """Read a feature file, ours or another tool's, and make its vectors unit vectors.

    Raises:
        DataError: no .npz, no `vectors`, or arrays of a wrong kind, shape or number; a vector
            that is not finite or has no length.
    """
    arrays = _arrays(path)
    if "vectors" not in arrays:
        raise DataError(
            f"{path}: no array 'vectors' (N, D); it holds {', '.join(sorted(arrays)) or 'nothing'}"
        )
    vectors_ND, note = _unit(arrays["vectors"], path)
    model, size = arrays.get("model"), arrays.get("image_size")
    return Features(
        vectors_ND=vectors_ND,
        ids=_texts(arrays, "ids", len(vectors_ND), path),
        people=_texts(arrays, "people", len(vectors_ND), path),
        model=str(model) if model is not None and model.shape == () else None,
        image_size=(int(size[0]), int(size[1]))
        if size is not None and size.shape == (2,)
        else None,
        note=note,
    )


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as file:  # opened here, because numpy forgets to close a broken one
            found = np.load(file, allow_pickle=False)
            if not isinstance(found, NpzFile):
                raise DataError(
                    f"{path}: one bare array, expected an .npz with 'vectors' and 'ids' or 'people'"
                )
            return dict(found)
    except FileNotFoundError:
        raise DataError(f"{path}: no such feature file") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, KeyError) as error:
        raise DataError(
            f"{path}: not a whole .npz of plain arrays ({' '.join(str(error).split())}); save it "
            "with numpy.savez, text as arrays of strings, not of objects"
        ) from None


def _unit(vectors_ND: NDArray[Any], path: Path) -> tuple[NDArray[np.float32], str]:
    """The vectors at length one, and what to say of it."""
    if vectors_ND.ndim != 2 or not vectors_ND.size or vectors_ND.dtype.kind != "f":
        raise DataError(
            f"{path}: 'vectors' must be floating-point numbers of shape (N, D), N and D at least "
            f"1; found {vectors_ND.dtype} {vectors_ND.shape}"
        )
    with np.errstate(over="ignore"):  # told below
        single_ND = np.ascontiguousarray(vectors_ND, dtype=np.float32)
        length_N = np.linalg.norm(single_ND, axis=1)
    for bad_N, what in ((~np.isfinite(length_N), "not finite"), (length_N == 0, "zero")):
        if bad_N.any():
            raise DataError(
                f"{path}: {bad_N.sum()} of {len(bad_N)} vectors are {what} (first: row "
                f"{bad_N.argmax()}), so they cannot be compared; encode them again"
            )
    apart = np.abs(length_N - 1).max()
    if vectors_ND.dtype == np.float32 and apart <= NEARLY_ONE:
        return single_ND, ""
    note = (
        f"{path}: vectors of length {length_N.min():.3g} to {length_N.max():.3g} were brought to "
        "length one, so that cosines are compared"
    )
    return single_ND / length_N[:, None], note if apart > WORTH_A_NOTE else ""


def _texts(
    arrays: Mapping[str, NDArray[Any]], name: str, count: int, path: Path
) -> tuple[str, ...] | None:
    if name not in arrays:
        return None
    array = arrays[name]
    if array.shape != (count,) or array.dtype.kind not in "USiu":
        raise DataError(
            f"{path}: {name!r} must be {count} texts or whole numbers, one for each vector; "
            f"found {array.dtype} {array.shape}"
        )
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    return tuple(map(str, array.tolist()))
