"""Batches: same seed, same batch, whatever the workers; every switch where it belongs."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tipr.config import AugmentConfig, DataConfig, ImageConfig, PruningConfig
from tipr.data.batches import Inputs, PairBatch, Pairs, loader, normalised
from tipr.data.phrases import Phrases
from tipr.data.pruning import Pruner
from tipr.data.records import Caption, Picture, Split
from tipr.errors import PictureError
from tipr.inputs import image
from tipr.inputs.tokenizer import Tokenizer

TEXTS = [
    "A tall man wears a red coat and blue jeans.",
    "The woman carries a white bag.",
    "He has short black hair and grey shoes.",
    "She walks with a green umbrella in her hand.",
]


@pytest.fixture
def split(tmp_path: Path) -> Split:
    rng = np.random.default_rng(0)
    pictures = []
    for at in range(6):
        path = tmp_path / f"{at}.png"
        Image.fromarray(rng.integers(0, 256, (40, 20, 3), dtype=np.uint8)).save(path)
        pictures.append(Picture(path, person=str(at // 2)))
    captions = tuple(Caption(TEXTS[(p + c) % 4], p) for p in range(6) for c in range(2))
    return Split("train", tuple(pictures), captions)


def pairs(split: Split, seed: int = 0, cache: bool = False, **changes: Any) -> Pairs:
    inputs = Inputs(
        image=ImageConfig(height=32, width=16),
        augment=changes.pop("augment", AugmentConfig(pad=2, zoom=0.8, brightness=0.1)),
        pruning=changes.pop("pruning", PruningConfig(probability=0.5)),
        tokenizer=Tokenizer.trained(TEXTS, 600),
        length=changes.pop("length", 20),
        patches=8,
        **changes,
    )
    return Pairs(split, inputs, seed=seed, cache=cache)


def same(a: PairBatch, b: PairBatch) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


CPU = torch.device("cpu")
KEYS = [(0, [0, 5, 7]), (0, [1, 2, 3]), (3, [0, 5, 7])]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_the_number_of_workers_changes_no_batch(split: Split, workers: int) -> None:
    found = list(loader(pairs(split), KEYS, DataConfig(workers=workers), CPU))
    assert all(same(a, pairs(split)[key]) for a, key in zip(found, KEYS, strict=True))


def test_pairs_reach_a_worker_that_shares_no_memory(split: Split) -> None:
    there = pickle.loads(pickle.dumps(pairs(split, cache=True)))  # macOS and Windows spawn
    assert same(there[(1, [3, 0])], pairs(split)[(1, [3, 0])])


def test_workers_share_the_pictures_they_have_read(split: Split) -> None:
    cached = pairs(split, cache=True)
    found = list(loader(cached, KEYS, DataConfig(workers=2), CPU))
    for picture in split.pictures:
        picture.path.unlink()
    assert all(same(a, cached[key]) for a, key in zip(found, KEYS, strict=True))


def test_known_sentences_are_read_as_unknown_ones(split: Split) -> None:
    kept = pairs(split)
    first, again = kept[(0, [0, 5, 7])], kept[(0, [0, 5, 7])]
    assert torch.equal(first.ids_BT, again.ids_BT)
    pruner = Pruner()
    said = [pruner(text) for text in TEXTS] + TEXTS
    by_hand = [Tokenizer.trained(TEXTS, 600).ids(text, 20) for text in said]
    for row in again.ids_BT.tolist():
        assert [token for token in row if token] in by_hand


def test_pixels_are_normalised_to_the_bits_of_the_reference() -> None:
    every = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    mean, std = ImageConfig().mean, ImageConfig().std
    made = normalised(torch.from_numpy(every), mean, std)
    assert made.is_contiguous()
    assert np.array_equal(made.numpy(), image.normalise(every, mean, std))


def test_the_cache_changes_no_batch(split: Split) -> None:
    cached = pairs(split, cache=True)
    for _ in range(2):
        assert all(same(cached[key], pairs(split)[key]) for key in KEYS)


def test_seed_and_epoch_change_the_batch_and_company_does_not(split: Split) -> None:
    batch = pairs(split)[(0, [0, 5, 7])]
    assert not same(batch, pairs(split)[(1, [0, 5, 7])])
    assert not same(batch, pairs(split, seed=1)[(0, [0, 5, 7])])
    alone = pairs(split)[(0, [5])]
    assert torch.equal(alone.pixels_B3HW[0], batch.pixels_B3HW[1])


def test_turning_one_change_off_leaves_the_others_draws_alone(split: Split) -> None:
    both = pairs(split)[(0, [0, 5, 7])]
    unpruned = pairs(split, pruning=PruningConfig(probability=0.0))[(0, [0, 5, 7])]
    assert torch.equal(both.pixels_B3HW, unpruned.pixels_B3HW)
    assert torch.equal(both.noise_BL, unpruned.noise_BL)


def test_shapes_labels_and_padding(split: Split) -> None:
    batch = pairs(split, pruning=PruningConfig(probability=0.0))[(0, [0, 1, 4, 11])]
    assert batch.pixels_B3HW.shape == (4, 3, 32, 16)
    assert batch.person_B.tolist() == [0, 0, 1, 2]
    assert batch.noise_BL.shape == (4, 8)
    ends = batch.ids_BT.argmax(dim=1)
    assert int(ends.max()) == batch.ids_BT.shape[1] - 1
    whole = pairs(split, whole_length=True)[(0, [0])]
    assert whole.ids_BT.shape == (1, 20)


def test_long_captions_keep_their_end_token(split: Split) -> None:
    made = pairs(split, length=6, pruning=PruningConfig(probability=0.0))
    end = Tokenizer.trained(TEXTS, 600).end_id
    assert (made[(0, [0, 1, 2])].ids_BT[:, -1] == end).all()


@pytest.mark.parametrize("fill", ["mean", "released"])
def test_erased_boxes_hold_the_fill(split: Split, fill: str) -> None:
    augment = AugmentConfig(flip=0, pad=0, erase=1.0, erase_fill=fill)  # pyright: ignore
    batch = pairs(split, augment=augment)[(0, [0, 3])]
    expected = torch.tensor(ImageConfig().mean if fill == "released" else (0.0, 0.0, 0.0))
    for pixels, (top, left, bottom, right) in zip(
        batch.pixels_B3HW, batch.erased_B4.tolist(), strict=True
    ):
        inside = pixels[:, top:bottom, left:right]
        assert inside.numel() > 0
        assert torch.equal(inside, expected[:, None, None].expand_as(inside))


def test_masked_captions_differ_from_plain_ones_only_by_tokens(split: Split) -> None:
    off = PruningConfig(probability=0.0)
    plain = pairs(split, pruning=off, augment=AugmentConfig())[(0, list(range(12)))]
    masked = pairs(split, pruning=off, augment=AugmentConfig(mask_words=True))[(0, list(range(12)))]
    mask = Tokenizer.trained(TEXTS, 600).mask_id
    assert (masked.ids_BT == mask).any()
    assert not (plain.ids_BT == mask).any()


def test_an_unreadable_picture_is_named_and_does_not_loop(split: Split) -> None:
    split.pictures[2].path.write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"2\.png"):
        pairs(split)[(0, [4])]


def test_another_view_shows_the_same_person(split: Split) -> None:
    still = {"flip": 0, "pad": 0, "erase": 0}
    own = pairs(split, augment=AugmentConfig(**still))
    other = pairs(split, augment=AugmentConfig(**still, other_view=1.0))
    views = {p.tobytes() for p in own[(0, [0, 2])].pixels_B3HW.numpy()}
    seen = {other[(epoch, [0])].pixels_B3HW[0].numpy().tobytes() for epoch in range(20)}
    assert seen == views


def test_pruning_reaches_the_batch_at_its_rate(split: Split) -> None:
    whole = pairs(split, pruning=PruningConfig(probability=0.0))
    pruned = pairs(split, pruning=PruningConfig(probability=1.0))
    sometimes = pairs(split, pruning=PruningConfig(probability=0.2))
    lengths = {"whole": 0, "pruned": 0}
    for epoch in range(20):
        keys = (epoch, list(range(12)))
        full, short, mixed = whole[keys], pruned[keys], sometimes[keys]
        for row, full_row, short_row in zip(mixed.ids_BT, full.ids_BT, short.ids_BT, strict=True):
            kind = "whole" if row.max() == full_row.max() and same_ids(row, full_row) else "pruned"
            assert same_ids(row, full_row if kind == "whole" else short_row)
            lengths[kind] += 1
    assert 0.1 < lengths["pruned"] / sum(lengths.values()) < 0.3


def same_ids(a: torch.Tensor, b: torch.Tensor) -> bool:
    end = Tokenizer.trained(TEXTS, 600).end_id
    cut = [row[: int((row == end).nonzero()[0]) + 1] for row in (a, b)]
    return torch.equal(*cut)


def test_draws_for_dropping_patches_are_made_only_when_asked_for(split: Split) -> None:
    key = (0, [0, 5, 7])
    off = pairs(split, augment=AugmentConfig())[key]
    on = pairs(split, augment=AugmentConfig(drop_patches=0.5))[key]
    assert off.drop_BL.shape == (3, 0)
    assert on.drop_BL.shape == (3, 8)
    own = [np.random.default_rng([0, 0, caption, 6]).random(8, np.float32) for caption in key[1]]
    assert on.drop_BL.tolist() == np.stack(own).tolist(), "a stream of its own"
    assert same(on._replace(drop_BL=off.drop_BL), off), "no other draw moves"


def test_what_a_sentence_says_is_told_whole_and_only_when_asked_for(split: Split) -> None:
    key = (0, [0, 5, 7])
    off = pairs(split)[key]
    known = Phrases([caption.text for caption in split.captions], least=2)
    losing = AugmentConfig(drop_words=0.9)
    on = pairs(split, phrases=known, augment=losing)[key]
    assert off.said_BW.shape == (3, 0)
    texts = [split.captions[caption].text for caption in key[1]]
    assert on.said_BW.tolist() == [known.shares(text).tolist() for text in texts]
    assert on.said_BW.any()


def test_masking_hides_describing_words_more_often(split: Split) -> None:
    off = PruningConfig(probability=0.0)
    masks = AugmentConfig(mask_words=True)
    masked = pairs(split, pruning=off, augment=masks, cache=True, length=60)
    tokenizer = Tokenizer.trained(TEXTS, 600)
    words = ["a", "tall", "man", "wears", "a", "red", "coat", "and", "blue", "jeans", "."]
    describing = {"tall", "man", "red", "coat", "blue", "jeans"}
    whole = [(id_, word in describing) for word in words for id_ in tokenizer.encode(word)[1:-1]]
    hits = {True: 0, False: 0}
    for epoch in range(400):
        ids = masked[(epoch, [0])].ids_BT[0].tolist()[1:-1]
        for found, (plain, describes) in zip(ids, whole, strict=True):
            hits[describes] += found != plain
    total = {kind: 400 * sum(describes is kind for _, describes in whole) for kind in hits}
    # a tenth of the chosen stay as they are
    assert hits[True] / total[True] == pytest.approx(0.27, abs=0.03)
    assert hits[False] / total[False] == pytest.approx(0.045, abs=0.02)
