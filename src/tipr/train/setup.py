"""From settings to everything that a run needs: data, vocabulary, model, objective, optimisers."""

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tipr import __version__, models
from tipr.catalogue import folder_of, lasting
from tipr.config import RunConfig, RuntimeConfig
from tipr.data.batches import Inputs, Pairs
from tipr.data.benchmarks import fingerprint, read_splits
from tipr.data.holdout import hold_out
from tipr.data.layout import locate
from tipr.data.noise import exchange_captions
from tipr.data.phrases import Phrases
from tipr.data.records import Split
from tipr.data.sampler import IdentitySampler
from tipr.errors import ConfigError, DataError, ModelError
from tipr.inputs.tokenizer import Tokenizer
from tipr.model.blocks import compile_blocks, forget_activations
from tipr.model.sen import SEN
from tipr.model_files import TOKENIZER
from tipr.runtime import Runtime, choose
from tipr.train.gather import same_start
from tipr.train.heap import keep_freed
from tipr.train.objective import Objective
from tipr.train.optim import Optimisers
from tipr.train.schedule import total_steps


@dataclass(frozen=True)
class Parts:
    """What a run consists of, all made from its settings."""

    config: RunConfig
    runtime: Runtime
    tokenizer: Tokenizer
    select: Split
    sampler: IdentitySampler
    pairs: Pairs
    objective: Objective
    optimisers: Optimisers
    steps: int
    provenance: dict[str, Any]
    notes: tuple[str, ...]


def assemble(config: RunConfig, *, tokenizer: Tokenizer | None = None) -> Parts:
    """Build all parts; a pure function of settings and data. `tokenizer`: the resumed run's.

    The ranks of a launched run must have met (`joined`): all start from the weights of rank 0.

    The settings in the result are resolved: the vocabulary's true size stands in them.

    Raises:
        ConfigError, DataError, ModelError: something named in the settings is missing or wrong.
    """
    if not config.data.dir:
        raise ConfigError("data.dir is not set; give the benchmark's folder, e.g. --data DIR")
    runtime = choose(config.runtime)
    if runtime.device.type == "cpu":
        keep_freed()
    if config.restoration.words == "wrong" and runtime.world > 1:
        raise ConfigError(
            "restoration.words = 'wrong' takes another person's sentence of the same batch, and a "
            "rank's part of it may hold only one person; train this row on one GPU"
        )
    splits = read_splits(Path(config.data.dir), format=config.data.format)
    divided = hold_out(splits, config.data.holdout)
    train = _split(divided, "train", config.data.dir)
    select = _split(divided, config.train.select_on, config.data.dir)
    resumed = tokenizer is not None
    if tokenizer is None:
        tokenizer = _tokenizer(config, train)
    train = exchange_captions(train, config.data.noise, config.seed)
    config = _resolved(config, tokenizer, runtime)
    model = models.build(config.model, config.restoration, seed=config.seed)
    fresh: list[torch.nn.Module] = [model]
    if config.train.init:
        if not resumed:  # a resumed run has all its weights itself
            _start_from(folder_of(config.train.init), model, config)
        fresh = [] if model.decoder is None else [model.decoder]
    inputs = _inputs(config, tokenizer, train)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed + 1)
        objective = Objective(
            model,
            config,
            people=len(train.people),
            runtime=runtime,
            phrases=len(inputs.phrases or ()),
        )
    if config.identity.weight:
        fresh.append(objective.identity)
    if config.words.weight:
        fresh.append(objective.words)
    objective.to(runtime.device, runtime.weights)
    same_start(objective, runtime)
    if config.runtime.checkpoint_activations:
        forget_activations(objective)
    if config.runtime.compile:
        compile_blocks(objective)
    pairs = Pairs(train, inputs, seed=config.seed, cache=config.data.cache)
    sampler = IdentitySampler(
        pairs.labels,
        batch=config.sampler.batch,
        group=config.sampler.group,
        seed=config.seed,
        rank=runtime.rank,
        world=runtime.world,
    )
    return Parts(
        config=config,
        runtime=runtime,
        tokenizer=tokenizer,
        select=select,
        sampler=sampler,
        pairs=pairs,
        objective=objective,
        optimisers=Optimisers(objective, config.optim, fresh=fresh),
        steps=total_steps(
            config.schedule, steps_per_epoch=len(sampler), batch=config.sampler.batch
        ),
        provenance=_provenance(config, runtime, splits),
        notes=tuple(_notes(config, train, tokenizer)),
    )


def _split(splits: dict[str, Split], name: str, folder: str) -> Split:
    if name not in splits:
        raise DataError(
            f"{folder}: has no split {name!r}, by which the best weights are chosen; found "
            f"{', '.join(splits)}. Hold some training identities out for it: data.holdout=0.05"
            if name == "val"
            else f"{folder}: has no split {name!r}; found {', '.join(splits)}"
        )
    return splits[name]


def _tokenizer(config: RunConfig, train: Split) -> Tokenizer:
    if config.train.init:
        folder = folder_of(config.train.init)
        if not folder.is_dir():
            raise ModelError(
                f"train.init {folder}: no such model folder; make one with `tipr convert`"
            )
        return Tokenizer.load(folder / TOKENIZER)
    if config.tokenizer.kind == "trained":
        return Tokenizer.trained(
            [caption.text for caption in train.captions], config.tokenizer.size
        )
    return Tokenizer.clip(config.tokenizer.vocabulary)


def _resolved(config: RunConfig, tokenizer: Tokenizer, runtime: Runtime) -> RunConfig:
    """The settings with every "auto" decided, so that a resumed run computes as it began."""
    text = config.model.text.model_copy(update={"vocabulary": tokenizer.size})
    precision = "float16" if runtime.pure_half else str(runtime.compute).removeprefix("torch.")
    changes = {
        "model": config.model.model_copy(update={"text": text}),
        "data": config.data.model_copy(update={"dir": str(Path(config.data.dir).absolute())}),
        "train": config.train.model_copy(update={"init": lasting(config.train.init)}),
        "runtime": RuntimeConfig(
            # a rank's own GPU is not a setting: the run goes on with any number of ranks
            device=str(runtime.device) if runtime.world == 1 else runtime.device.type,
            precision=precision,  # pyright: ignore[reportArgumentType] - one of the literals
            threads=torch.get_num_threads(),
            checkpoint_activations=config.runtime.checkpoint_activations,
            compile=config.runtime.compile,
        ),
    }
    return config.model_copy(update=changes)


def _start_from(folder: Path, model: SEN, config: RunConfig) -> None:
    found = models.read(folder)
    # looking at mirror images takes no weights, so a run may begin or cease to
    vision = found.config.vision.model_copy(update={"mirror": config.model.vision.mirror})
    there = found.config.model_copy(update={"vision": vision})
    if there != config.model:
        wrong = [
            name
            for name in type(config.model).model_fields
            if getattr(there, name) != getattr(config.model, name)
        ]
        raise ModelError(
            f"train.init {folder}: its model differs from the settings in "
            f"{', '.join('model.' + name for name in wrong)}; take the same values"
        )
    model.vision.load_state_dict(found.network.vision.state_dict())
    model.text.load_state_dict(found.network.text.state_dict())


def _inputs(config: RunConfig, tokenizer: Tokenizer, train: Split) -> Inputs:
    captions = [caption.text for caption in train.captions]
    words = config.words
    rows, columns = config.model.grid
    restoration = config.restoration
    return Inputs(
        image=config.model.image,
        augment=config.augment,
        pruning=config.pruning,
        tokenizer=tokenizer,
        length=config.model.text.length,
        patches=rows * columns,
        whole_length=restoration.weight > 0 and not restoration.mask_padding,
        phrases=Phrases(captions, least=words.least) if words.weight else None,
    )


def _provenance(config: RunConfig, runtime: Runtime, splits: dict[str, Split]) -> dict[str, Any]:
    return {
        "tipr": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "runtime": runtime.describe(),
        "seed": config.seed,
        "format": locate(Path(config.data.dir), config.data.format).format.name,
        "data": fingerprint(splits),
        "holdout": config.data.holdout,
    }


def _notes(config: RunConfig, train: Split, tokenizer: Tokenizer) -> list[str]:
    """What whoever trains should know before it starts."""
    notes: list[str] = []
    length = config.model.text.length
    long = [c.text for c in train.captions if len(tokenizer.encode(c.text)) > length]
    if long:
        notes.append(
            f"{len(long)} of {len(train.captions)} captions are longer than {length} tokens and "
            f"are cut, e.g. this end is not read: {tokenizer.cut(long[0], length)!r}"
        )
    if config.data.noise:
        wrong = round(config.data.noise * len(train.captions))
        notes.append(
            f"{wrong} of {len(train.captions)} training captions stand with another person on "
            f"purpose (data.noise = {config.data.noise}): this run is an experiment"
        )
    if not config.train.init and not config.contrastive.weight:
        notes.append(
            "starting from random weights without the contrastive term: SDM and CMT alone are "
            "known to collapse (docs/fidelity.md, 'A warm start'); set train.init or "
            "contrastive.weight"
        )
    return notes
