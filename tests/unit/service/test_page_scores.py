"""What the page of models tells of how good a model is."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tipr.catalogue.box import box
from tipr.gallery.store import Gallery
from tipr.service.page.scores import scores_of


def trained(folder: Path, header: dict) -> Path:
    folder.mkdir()
    save_file({"a": np.zeros(1)}, folder / "model.safetensors", {"tipr": json.dumps(header)})
    return folder


def test_a_run_tells_what_it_reached_on_its_own_people(tmp_path: Path) -> None:
    reached = {"R1": 61.234, "R5": 80.0, "R10": 88.0, "mAP": 55.0, "mINP": 40.0}
    header = {
        "scores": {"text_to_image": {**reached, "queries": 9}},
        "split": "val",
        "provenance": {"format": "rstpreid"},
    }
    found = scores_of(trained(tmp_path / "run", header))
    assert found
    assert found.figures[0] == ("61.2 %", "found first")
    assert [value for value, _ in found.figures] == [
        "61.2 %",
        "80.0 %",
        "88.0 %",
        "55.0 %",
        "40.0 %",
    ]
    assert (found.source, found.groups) == ("rstpreid val, while training", ())


@pytest.mark.parametrize("header", [{}, {"scores": {}}, {"scores": {"text_to_image": {}}}])
def test_a_model_that_says_nothing_has_no_figures(header: dict, tmp_path: Path) -> None:
    assert scores_of(trained(tmp_path / "bare", header)) is None
    assert scores_of(tmp_path) is None


def test_the_model_in_the_box_tells_whom_it_finds_less_often_first() -> None:
    found = scores_of(box())
    assert found
    assert "unseen people" in found.source
    assert [one.R1 for one in found.groups] == sorted(one.R1 for one in found.groups)
    assert all(one.low <= one.R1 <= one.high for one in found.groups)
    assert "upper garment: coat" in {one.look for one in found.groups}


def test_the_page_shows_them_with_the_card_of_that_very_model(
    client, monkeypatch, tmp_path
) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "README.md").write_text("of something else")
    monkeypatch.chdir(tmp_path)
    page = client.get("/models").text
    assert "How well it finds" in page
    assert "found first, of drawn people" in page
    assert "# The model in the box" in page
    assert "of something else" not in page


def test_a_model_that_is_gone_is_told_without_figures(client, gallery: Path, tmp_path) -> None:
    with Gallery.open(gallery, write=True) as opened:
        opened.set_model(str(tmp_path / "gone"))
    page = client.get("/models").text
    assert "Nothing is known of how well it finds" in page
    with Gallery.open(gallery, write=True) as opened:
        opened.set_model("openai/clip-vit-base-patch32")  # is told of, not fetched
    assert "Nothing is known of how well it finds" in client.get("/models").text
