"""Training identities held out as "val", for a benchmark that has none (ICFG-PEDES).

Who is held out depends on the identities' names alone, never on a run's seed: all runs with the
same share choose their best weights by the same people, none of whom is in the test split.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from tipr.data.records import Caption, Split
from tipr.errors import DataError


def held_out_by(history: Mapping[str, Any], data: str) -> float:
    """The share that a model's run held out of this benchmark; 0 on any other.

    `history` is the model's provenance, `data` the benchmark's fingerprint: on its own benchmark a
    run is scored by the people that it did not learn from.
    """
    return float(history.get("holdout", 0.0)) if history.get("data") == data else 0.0


def hold_out(splits: dict[str, Split], share: float) -> dict[str, Split]:
    """Move `share` of the training identities, with all their pictures, to a split "val".

    The round(share * n) identities of n whose names have the smallest sha256 go; a larger share
    holds out the same people and more. Everything keeps the order of the annotation file, and
    other splits are untouched. A share of 0 changes nothing.

    Raises:
        DataError: there is a val already, or no train, or one of the two would be empty.
    """
    if share == 0:
        return splits
    if "val" in splits:
        raise DataError(
            f"data.holdout {share}: this benchmark has a split 'val' of its own, which all results "
            "on it are chosen by; set data.holdout to 0"
        )
    if "train" not in splits:
        raise DataError(f"data.holdout {share}: no split 'train'; found {', '.join(splits)}")
    train = splits["train"]
    people = sorted(train.people, key=lambda person: hashlib.sha256(person.encode()).digest())
    count = round(share * len(people))
    if not 0 < count < len(people):
        empty = "train" if count else "val"
        raise DataError(
            f"data.holdout {share} of {len(people)} training identities leaves nobody in "
            f"{empty!r}; take another share"
        )
    held = frozenset(people[:count])
    parts = {
        "train": _only(train, "train", lambda person: person not in held),
        "val": _only(train, "val", lambda person: person in held),
    }
    return {**parts, **{name: split for name, split in splits.items() if name != "train"}}


def _only(split: Split, name: str, wanted: Callable[[str], bool]) -> Split:
    """The pictures of the wanted people and their captions, which point to the new places."""
    kept = [at for at, picture in enumerate(split.pictures) if wanted(picture.person)]
    place = {old: new for new, old in enumerate(kept)}
    return Split(
        name,
        tuple(split.pictures[at] for at in kept),
        tuple(
            Caption(one.text, place[one.picture]) for one in split.captions if one.picture in place
        ),
    )
