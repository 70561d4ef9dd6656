"""Identity-aware batches, a pure function of (seed, epoch, rank).

Nothing is remembered between epochs or processes, so a run resumes at any batch and every rank
knows its own part.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tipr.errors import ConfigError

_STREAM = 9  # last in the key: apart from the streams 1 to 7 of caption 0


class IdentitySampler:
    """Batches of caption indices; up to `group` captions of one person stand together.

    Every caption appears once an epoch, except those of the last, incomplete batch, which is
    left out (other captions each epoch): `len` is the true number of batches. A batch is global,
    the same whatever the number of ranks; each of `world` ranks takes its own slice of it, the
    first ones a caption more where it cannot be cut evenly (8 on 3 ranks: 3, 3 and 2).
    """

    def __init__(
        self,
        people: Sequence[int],
        *,
        batch: int,
        group: int,
        seed: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        """`people[i]` is the identity of caption i.

        Raises:
            ConfigError: the batch is larger than the data, or smaller than the number of ranks.
        """
        if batch > len(people):
            raise ConfigError(
                f"sampler.batch {batch} is larger than the split's {len(people)} captions; "
                f"take at most {len(people)}"
            )
        if batch < world:
            raise ConfigError(
                f"sampler.batch {batch} leaves some of the {world} ranks without a caption; take "
                f"at least {world}"
            )
        self._captions_of: dict[int, list[int]] = defaultdict(list)
        for caption, person in enumerate(people):
            self._captions_of[person].append(caption)
        self._count = len(people)
        self._batch = batch
        self._group = group
        self._seed = seed
        even, more = divmod(batch, world)
        first = rank * even + min(rank, more)
        self._part = slice(first, first + even + (rank < more))

    def __len__(self) -> int:
        """Batches in an epoch."""
        return self._count // self._batch

    def epoch(self, number: int) -> list[list[int]]:
        """This rank's batches of one epoch, in order."""
        rng = np.random.default_rng([self._seed, number, 0, _STREAM])
        groups: list[list[int]] = []
        for captions in self._captions_of.values():
            shuffled = rng.permutation(captions).tolist()
            groups += [
                shuffled[start : start + self._group]
                for start in range(0, len(shuffled), self._group)
            ]
        order = [caption for at in rng.permutation(len(groups)) for caption in groups[at]]
        return [
            order[start : start + self._batch][self._part]
            for start in range(0, len(self) * self._batch, self._batch)
        ]
