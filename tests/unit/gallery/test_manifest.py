import json
import re
from pathlib import Path

import pytest

from tipr.errors import ConfigError
from tipr.gallery.manifest import Manifest, beside, read

PAGE = (Path(__file__).parents[3] / "docs" / "gallery.md").read_text("utf-8")
LEAST = 'style = "detr"\nheight = 640\nwidth = 640\nthreshold = 0.5\n'


def write(folder: Path, text: str, name: str = "d.toml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_toml_and_json_say_the_same(tmp_path):
    table = {"style": "detr", "height": 640, "width": 640, "threshold": 0.5}
    expected = Manifest(style="detr", height=640, width=640, threshold=0.5)
    assert read(write(tmp_path, LEAST)) == expected
    assert read(write(tmp_path, json.dumps(table), "d.json")) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LEAST + "treshold = 1", r"unknown 'treshold'; known here: .*threshold"),
        (LEAST.replace("640", "0"), "height.*found 0"),
        (LEAST.replace("detr", "ssd"), "style"),
        (LEAST + "std = [1, 1]", "std"),
        (LEAST + "std = [1, 0, 1]", "std"),
        (LEAST + "[[", "cannot be read"),
        ('height = 1\nstyle = "detr"\nthreshold = 0.5', "width"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words) as caught:
        read(write(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert "d.toml" in str(caught.value)


def test_json_that_is_no_object_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="expected an object"):
        read(write(tmp_path, "[1]", "d.json"))


def test_toml_goes_before_json_and_none_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"no d\.toml or d\.json beside it"):
        beside(tmp_path / "d.onnx")
    write(tmp_path, "{}", "d.json")
    assert beside(tmp_path / "d.onnx").name == "d.json"
    write(tmp_path, LEAST)
    assert beside(tmp_path / "d.onnx").name == "d.toml"


def test_the_manifests_to_copy_are_ones(tmp_path):
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.S)
    styles = [read(write(tmp_path, block)).style for block in blocks]
    assert styles == ["detr", "boxes", "yolox"]


def test_every_setting_stands_in_the_page_with_its_default():
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|([^|]*)\|", PAGE, flags=re.M)
    told = {name: row[1] for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    for name, field in Manifest.model_fields.items():
        if isinstance(field.default, str | int) and field.default:
            assert str(field.default) in told[name], name
        assert name in told
