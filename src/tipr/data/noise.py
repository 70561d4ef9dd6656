"""Exchange captions between people: wrong pairs on purpose, to measure what they cost."""

from collections import Counter
from dataclasses import replace

import numpy as np

from tipr.data.records import Split
from tipr.errors import DataError

_STREAM = 7  # 1 to 6 are the batches'


def exchange_captions(split: Split, share: float, seed: int) -> Split:
    """The split with round(share * captions) sentences each standing with another person.

    The chosen sentences are dealt out anew among their own places; pictures, people and the
    order of the captions stay. A function of split, share and seed alone.

    Raises:
        DataError: the chosen captions cannot be exchanged so that none keeps its person.
    """
    count = round(share * len(split.captions))
    if not share:
        return split
    rng = np.random.default_rng([seed, 0, 0, _STREAM])
    chosen = rng.permutation(len(split.captions))[:count].tolist()
    person_of = {place: split.person_of(split.captions[place]) for place in chosen}
    most = max(Counter(person_of.values()).values(), default=0)
    if count < 2 or 2 * most > count:
        raise DataError(
            f"split {split.name}: {count} captions, {most} of one person, cannot be exchanged so "
            "that none keeps its person; take another data.noise, or 0 for none"
        )
    # people stand together, in the random order of their first captions: going on by the largest
    # group's size leaves every group behind
    turn = {person: at for at, person in enumerate(dict.fromkeys(person_of.values()))}
    places = sorted(chosen, key=lambda place: turn[person_of[place]])
    captions = list(split.captions)
    for to, source in zip(places, places[most:] + places[:most], strict=True):
        captions[to] = replace(captions[to], text=split.captions[source].text)
    return replace(split, captions=tuple(captions))
