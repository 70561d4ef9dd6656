"""The models one can name: the one in the box, CLIP on the hub, folders on this machine."""

from pathlib import Path

from tipr.catalogue import hub
from tipr.catalogue.box import BOX, box
from tipr.catalogue.entry import Entry

__all__ = ["BOX", "Entry", "entries", "folder_here", "folder_of", "is_name", "lasting"]


def is_name(model: str | Path) -> bool:
    """Whether this is a name of the catalogue, and so means the same from every folder."""
    return str(model) == BOX or str(model) in hub.PUBLISHED


def folder_of(model: str | Path) -> Path:
    """The folder of a named model: itself, where it is a folder.

    `box` is the model that comes with tipr. CLIP's names on the hub (`openai/...`) are fetched
    and converted on first use, then read from this machine's cache.

    Raises:
        ModelError: a name of the hub is not to be had, and what to do instead.
    """
    name = str(model)
    if name == BOX:
        return box()
    if name in hub.PUBLISHED and not Path(name).exists():
        return hub.converted(name)
    return Path(model).expanduser()


def folder_here(model: str) -> Path | None:
    """The folder of a model as far as it is on this machine; nothing is fetched."""
    if model in hub.PUBLISHED and not Path(model).exists():
        folder = hub.place_of(model)
    else:
        folder = folder_of(model)
    return folder if folder.is_dir() else None


def lasting(model: str) -> str:
    """What means the same model from every folder: its name, or an absolute path; '' stays ''."""
    return model if not model or is_name(model) else str(Path(model).expanduser().resolve())


def entries(places: list[Path]) -> list[Entry]:
    """Everything that can be named here; model folders are looked for in `places`."""
    from tipr.catalogue.local import found_in

    named = [box(), *(hub.place_of(name) for name in hub.PUBLISHED)]
    return [Entry.of_box(), *hub.entries(), *found_in(places, besides=named)]
