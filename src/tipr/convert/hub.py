"""A model's name on the Hugging Face hub -> the folder of its files on this machine."""

import re
from pathlib import Path

from tipr.errors import ModelError

SMALL = ("config.json", "preprocessor_config.json", "tokenizer.json", "vocab.json", "merges.txt")
WEIGHTS = ("model.safetensors", "pytorch_model.bin")


def is_name(source: str) -> bool:
    """Whether this could be `owner/name` on the hub."""
    return re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", source) is not None


def fetch(name: str) -> Path:
    """The folder with the named model's files: from the hub, or from its cache.

    Raises:
        ModelError: there is no such model, or no way to it; the message says what to do instead.
    """
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

    try:
        folder = Path(snapshot_download(name, allow_patterns=list(SMALL)))
        try:
            hf_hub_download(name, WEIGHTS[0])
        except EntryNotFoundError:  # an older model has no safetensors, or the cache has none
            hf_hub_download(name, WEIGHTS[1])
    # OSError: no network, no space; ValueError: a name that the hub does not allow
    except (HfHubHTTPError, EntryNotFoundError, OSError, ValueError) as error:
        why = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelError(
            f"{name}: no such file or folder here, and not to be had from huggingface.co ({why}); "
            f"where there is a network, download {', '.join(SMALL)} and {WEIGHTS[0]} from "
            f"https://huggingface.co/{name} into a folder, and give that folder"
        ) from None
    return folder
