"""Sizes are read off the tensors; picture sizes are the field's."""

import pytest
from tests import clips

from tipr.convert.size import layout, usual
from tipr.errors import ModelError
from tipr.weights.clip import from_clip
from tipr.weights.sizes import heads_of, sizes_of


def test_every_size_is_read_off_the_tensors():
    tensors = from_clip(clips.openai_state(), where="x").tensors
    assert sizes_of(tensors, where="x")._asdict() == {
        "patch": 8,
        "patches": 16,
        "embed": 48,
        "vision_width": 192,
        "vision_depth": 3,
        "text_width": 128,
        "text_depth": 2,
        "vocabulary": 600,
        "length": 20,
    }


def test_heads_are_those_of_the_published_models():
    published = {512: 8, 768: 12, 1024: 16, 1280: 16}
    assert {width: heads_of(width, where="x") for width in published} == published
    with pytest.raises(ModelError, match="no whole number of heads"):
        heads_of(100, where="x")


def test_the_usual_size_is_the_fields_for_every_published_patch():
    assert [usual(patch) for patch in (16, 32, 14)] == [(384, 128), (384, 128), (378, 126)]


@pytest.mark.parametrize(
    ("patches", "patch", "asked", "retrained", "grid", "image"),
    [
        (196, 16, None, False, (14, 14), (384, 128)),  # OpenAI's B/16
        (256, 14, None, False, (16, 16), (378, 126)),  # L/14
        (576, 14, (336, 336), False, (24, 24), (336, 336)),  # L/14@336px as trained
        (192, 16, None, True, (24, 8), (384, 128)),  # SEN, IRRA, RDE
        (192, 16, (256, 128), True, (24, 8), (256, 128)),  # resized from their rectangle
        (196, 16, (224, 224), True, (14, 14), (224, 224)),  # a checkpoint that kept the square
        (144, 16, (384, 96), True, (24, 6), (384, 96)),  # said: trained so, not resized
        (144, 16, (384, 96), False, (12, 12), (384, 96)),  # CLIP's own is a square
    ],
)
def test_grid_and_picture_size_are_decided_by_one_rule(
    patches, patch, asked, retrained, grid, image
):
    assert layout(patches, patch, asked=asked, retrained=retrained, where="x") == (grid, image)
