"""Does a batch of 128 pairs of ViT-B/16 at 384x128 train in 12 GB?

Measured on the CPU in bfloat16, with the whole objective: the bytes that the graphs of one chunk
of 4 and of 8 pairs keep for the backward pass, counted tensor by tensor, with and without
checkpointed activations. Arithmetic: a line through the two counts gives any other chunk (its
constant part are the bfloat16 copies of the weights, which autocast keeps for the forward pass
where a graph does not); weights, gradients and AdamW's two moments are 4
bytes a parameter each; the losses on all pairs and the batch's own tensors are counted from their
sizes; a checkpointed stack adds what one block computes again. Not in it: what a kernel needs for
its own work, and what CUDA and its libraries take (about 1 GB). On a GPU the fused attention keeps
less than the written-out one of the CPU, so these are upper bounds.
"""

import argparse
import platform
from dataclasses import dataclass, replace

import torch

from tipr import models
from tipr.config import RunConfig, load
from tipr.data.batches import PairBatch
from tipr.model.blocks import forget_activations
from tipr.runtime import choose
from tipr.train.memory import kept_for_backward
from tipr.train.objective import Objective
from tipr.train.restoring import Part

GIB = 2**30
PAIRS = 128
LIMIT = 11 * GIB
"""A card of 12 GiB, less what CUDA takes."""
PEOPLE = 11_003
"""Training identities of CUHK-PEDES, for the classifier."""


@dataclass(frozen=True)
class Line:
    """Bytes kept for a chunk: `fixed` and so many more a pair."""

    fixed: float
    a_pair: float
    again: float = 0.0
    """What one block of the picture tower keeps a pair when it is computed again."""

    def of(self, pairs: int) -> float:
        return self.fixed + (self.a_pair + self.again) * pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="sen", help="sen is ViT-B/16, sen-xl ViT-L/14.")
    config = load(parser.parse_args().preset, ["runtime.device=cpu", "runtime.precision=bfloat16"])
    objective = Objective(
        models.build(config.model, config.restoration),
        config,
        people=PEOPLE,
        runtime=choose(config.runtime),
    )
    parameters = sum(p.numel() for p in objective.parameters())
    state = 4 * 4 * parameters + batch_bytes(config)
    print(f"{platform.processor() or platform.machine()}, torch {torch.__version__}, "
          f"{parameters / 1e6:.1f} M parameters")  # fmt: skip
    print(f"weights, gradients, two moments: {16 * parameters / GIB:.2f} GiB; "
          f"{PAIRS} pairs and their losses: {batch_bytes(config) / GIB:.2f} GiB\n")  # fmt: skip
    plain = measured(objective, config)
    again = one_block(objective, config)
    forget_activations(objective)
    checkpointed = replace(measured(objective, config), fixed=plain.fixed, again=again)
    print("| kept for the backward pass | MiB a pair | and MiB a pair of one block | fixed MiB |")
    print("|---|---|---|---|")
    for name, line in (("all activations", plain), ("checkpointed", checkpointed)):
        cells = (f"{size / 2**20:.1f}" for size in (line.a_pair, line.again, line.fixed))
        print(f"| {name} | {' | '.join(cells)} |")
    print("\n| pairs at a time | all activations, GiB | checkpointed, GiB |\n|---|---|---|")
    for chunk in (PAIRS, 64, 32, 16, 8, 4):
        cells = [(state + line.of(chunk)) / GIB for line in (plain, checkpointed)]
        shown = [f"{cell:.1f}{' fits' if cell * GIB < LIMIT else ''}" for cell in cells]
        print(f"| {chunk} | {' | '.join(shown)} |")


def measured(objective: Objective, config: RunConfig) -> Line:
    """Bytes kept by the graphs of 4 and of 8 pairs, as a line."""
    four, eight = (kept(objective, config, pairs) for pairs in (4, 8))
    a_pair = (eight - four) / 4
    return Line(fixed=four - 4 * a_pair, a_pair=a_pair)


def kept(objective: Objective, config: RunConfig, pairs: int) -> int:
    batch = drawn(config, pairs)
    with kept_for_backward(objective) as ledger:
        features = objective.encode(batch)
        restoration = objective.restore(batch, features.text, Part(0, pairs), 1.0)
        loss = sum((vectors.sum() for vectors in features.vectors), restoration)
    assert loss.requires_grad
    return ledger.now


def one_block(objective: Objective, config: RunConfig) -> float:
    """Bytes a pair that the picture tower's block keeps, at the whole length of a picture."""
    block = next(iter(objective.model.vision.blocks))
    rows, columns = config.model.grid
    length, width = rows * columns + 1, config.model.vision.width

    def bytes_of(pairs: int) -> int:
        x_BLC = torch.randn(pairs, length, width, requires_grad=True)
        with objective.runtime.autocast(), kept_for_backward(objective) as ledger:
            found = block(x_BLC)
        assert found.requires_grad
        return ledger.now

    return (bytes_of(4) - bytes_of(2)) / 2


def batch_bytes(config: RunConfig) -> int:
    """The batch's pixels, and what the losses on all pairs keep: logits and their softmax."""
    image = config.model.image
    pixels = PAIRS * 3 * image.height * image.width * 4
    identity = 2 * 2 * PAIRS * PEOPLE * 4
    between = 20 * PAIRS * PAIRS * 4  # a generous count of the B x B tables
    return pixels + identity + between


def drawn(config: RunConfig, pairs: int) -> PairBatch:
    """Noise in the shape of a batch, sentences as long as they can be."""
    rng = torch.Generator().manual_seed(0)
    image, (rows, columns) = config.model.image, config.model.grid
    ids_BT = torch.ones(pairs, config.model.text.length, dtype=torch.int64)
    ids_BT[:, -1] = config.model.text.vocabulary - 1
    noise_BL = torch.rand(pairs, rows * columns, generator=rng)
    return PairBatch(
        pixels_B3HW=torch.randn(pairs, 3, image.height, image.width, generator=rng),
        ids_BT=ids_BT,
        person_B=torch.arange(pairs),
        erased_B4=torch.zeros(pairs, 4, dtype=torch.int64),
        noise_BL=noise_BL,
        drop_BL=noise_BL,
        said_BW=torch.zeros(pairs, 0),
    )


if __name__ == "__main__":
    main()
