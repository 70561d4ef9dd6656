"""The page says what the numbers are, and nothing that it must not say."""

import json
import re
import shutil
import statistics
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tipr.data.benchmarks import fingerprint, read_benchmark, read_splits
from tipr.data.holdout import hold_out
from tipr.errors import ConfigError, DataError, StorageError
from tipr.report import page
from tipr.report.build import Options, Report, Stage, build, names_of

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)


class Page(HTMLParser):
    """Tags, and the words of every element of a few kinds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data):
        self.words += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def row(self, name: str) -> list[str]:
        return next(
            [c.strip() for c in row] for row in self.rows if row and row[0].startswith(name)
        )


@pytest.fixture(scope="module")
def whole(reported: Report) -> Page:
    return Page(page.render(reported, NOW))


@pytest.fixture(scope="module")
def discreet(run: Path, silent: Stage) -> Page:
    report = build([run], Options(pictures=False, precision="float32"), silent)
    return Page(page.render(report, NOW))


@pytest.fixture(scope="module")
def two(run: Path, second: Path, silent: Stage) -> Report:
    return build([run, second], Options(queries=2, precision="float32"), silent)


def test_the_scores_stand_in_the_page(whole: Page, reported: Report) -> None:
    for direction in ("text_to_image", "image_to_text"):
        scores = getattr(reported.parts[0].best.scores, direction).as_json()
        cells = [f"{scores[name]:.2f}" for name in ("R1", "R5", "R10", "mAP", "mINP")]
        assert cells in [[cell.strip() for cell in row[1:]] for row in whole.rows]
    last = reported.parts[0].last
    assert last
    assert f"{last.scores.text_to_image.mAP:.2f}" in whole.row("last step")[4]


def test_the_facts_of_the_run_stand_in_the_page(whole: Page, run: Path) -> None:
    told = json.loads((run / "run.json").read_text())
    assert told["data"][:12] in whole.row("data fingerprint")[1]
    assert told["torch"] in whole.row("software")[1]
    assert told["runtime"] in whole.row("machine")[1]
    assert "12 steps of 8" in whole.row("trained")[1]
    assert "preset small, seed 0" in whole.row("settings from")[1]


def test_curves_are_drawn_for_every_term_that_was_on(whole: Page, run: Path) -> None:
    for title in ("R@1 on val", "Learning rate", "Gradient shares", "Found within the first k"):
        assert title in whole.words
    events = map(json.loads, (run / "log.jsonl").read_text().splitlines())
    losses = [event["losses"] for event in events if event["kind"] == "train"]
    on = {name for line in losses for name, value in line.items() if value}
    assert {"contrastive", "sdm", "identity", "cmt", "restoration"} <= on
    assert set(re.findall(r"Loss: (\w+)", whole.words)) == on
    assert len(whole.all("svg")) == 4 + len(on)
    ids = [attributes["id"] for _, attributes in whole.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))


def test_what_the_run_changes_in_its_preset_is_told(whole: Page) -> None:
    assert whole.row("model.embed") == ["model.embed", "256", "32"]
    assert whole.row("sampler.batch")[2] == "8"
    assert not any(row and row[0] == "optim.lr" for row in whole.rows)
    assert "schedule.samples" in whole.text
    assert "[optim]" in whole.text


def test_rankings_show_right_and_wrong_by_sign_and_word(whole: Page, reported: Report) -> None:
    found = [hit for hits in reported.parts[0].answers.values() for hit in hits]
    alts = [img["alt"] or "" for img in whole.all("img")]
    right = [alt for alt in alts if "the same person" in alt]
    wrong = [alt for alt in alts if "another person, cosine" in alt]
    assert len(right) == whole.words.count("\u2713") == sum(hit.right for hit in found)
    assert len(wrong) == whole.words.count("\u2717") == sum(not hit.right for hit in found)
    assert all(alts)


def test_numbers_of_the_restoration_stand_in_the_page(whole: Page, reported: Report) -> None:
    restored = reported.parts[0].restoration
    assert restored
    assert f"{restored.errors['right'].mean:.4f}" in whole.row("told the right sentence")[1]
    difference = f"{restored.more['wrong'].mean:+.4f}".replace("-", "\u2212")
    assert difference in whole.row("wrong less right")[1]
    assert whole.row("\u201cred\u201d")[1] == f"{restored.answers['red']:.0f} %"


def test_the_words_of_a_sentence_sum_to_its_cosine(reported: Report) -> None:
    for words in reported.parts[0].words:
        told = words.explanation
        assert told.divides
        totals = [one.total for one in told.words if one.total is not None]
        assert sum(totals) + told.frame == pytest.approx(told.score, abs=1e-5)


def test_nothing_is_fetched_and_nothing_runs(whole: Page) -> None:
    assert not whole.all("script")
    assert not whole.all("link")
    assert not re.search(r"https?:|url\((?!#)|@import|\son\w+=", whole.text)
    assert all((img["src"] or "").startswith("data:image/jpeg;base64,") for img in whole.all("img"))


def test_the_same_seed_gives_the_same_page(run: Path, reported: Report, silent: Stage) -> None:
    again = build([run], reported.options, silent)
    other = build([run], replace(reported.options, seed=1), silent)
    assert page.render(again, NOW) == page.render(reported, NOW)
    assert page.render(other, NOW) != page.render(reported, NOW)


def test_without_pictures_no_pixel_and_no_caption_is_in_the_file(
    discreet: Page, whole: Page, drawn: Path
) -> None:
    assert not discreet.all("img")
    assert "data:" not in discreet.text.replace("img-src data:", "")
    val = read_benchmark(drawn, "val")
    assert any(caption.text in whole.words for caption in val.captions)
    for caption in val.captions:
        assert caption.text not in discreet.words
        assert " ".join(caption.text.split()[:5]) not in discreet.words
    for picture in val.pictures:
        assert picture.path.name not in discreet.text
    assert whole.row("told the right sentence") == discreet.row("told the right sentence")
    assert len(discreet.all("svg")) == len(whole.all("svg"))
    assert "among the worst" in discreet.words


def test_two_runs_stand_side_by_side_with_mean_and_spread(two: Report) -> None:
    found = Page(page.render(two, NOW))
    values = [part.best.scores.text_to_image.mAP for part in two.parts]
    expected = f"{statistics.mean(values):.2f} \u00b1 {abs(values[0] - values[1]) / 2**0.5:.2f}"
    assert found.row("best step")[4] == expected
    assert "first" in found.row("")
    assert found.row("seed") == ["seed", "0", "1"]
    assert not any(row and row[0] == "model.embed" for row in found.rows)
    assert len(found.row("told the right sentence")) == 3
    assert all(set(part.answers) == set(two.parts[0].answers) for part in two.parts)


def test_runs_are_asked_to_restore_the_same(two: Report) -> None:
    first, second = (part.restoration for part in two.parts)
    assert first
    assert second
    for one, other in zip(first.shown, second.shown, strict=True):
        assert (one.caption, one.wrong) == (other.caption, other.wrong)
        assert (one.masked == other.masked).all()


def test_a_bare_model_says_what_it_has_not(bare: Path, drawn: Path, silent: Stage) -> None:
    with pytest.raises(ConfigError, match="give --data DIR"):
        build([bare], Options(), silent)
    found = Page(page.render(build([bare], Options(data=drawn), silent), NOW))
    assert "bare: no decoder here" in found.words
    assert "Found within the first k" in found.words
    assert "Learning rate" not in found.words
    assert not found.all("details")


def test_hostile_words_and_names_cannot_become_markup(
    bare: Path, drawn: Path, tmp_path: Path, silent: Stage
) -> None:
    model = shutil.copytree(bare, tmp_path / "<img src=x onerror=alert(1)>")
    data = shutil.copytree(drawn, tmp_path / "data")
    (annotations,) = data.glob("*.json")
    rows = json.loads(annotations.read_text())
    for row in rows:
        row["captions"] = ["<script>alert('0')</script> red \"><b>"] * len(row["captions"])
    annotations.write_text(json.dumps(rows))
    text = page.render(build([model], Options(data=data), silent), NOW)
    found = Page(text)
    assert "<script>alert('0')" in found.words
    assert "<img src=x" in found.words
    assert not found.all("script")
    assert not found.all("b") or all(not attributes for attributes in found.all("b"))
    assert all("onerror" not in attributes for _, attributes in found.tags)


def test_other_data_is_noted(run: Path, drawn: Path, tmp_path: Path, silent: Stage) -> None:
    data = shutil.copytree(drawn, tmp_path / "data")
    (annotations,) = data.glob("*.json")
    rows = json.loads(annotations.read_text())
    rows[0]["captions"][0] = "someone else"
    annotations.write_text(json.dumps(rows))
    report = build([run], Options(data=data), silent)
    assert report.notes[0].startswith("first: trained on other annotations than these")
    assert report.notes[0] in Page(page.render(report, NOW)).words


def test_data_that_is_gone_or_has_no_such_split_is_an_error(
    run: Path, bare: Path, drawn: Path, tmp_path: Path, silent: Stage
) -> None:
    with pytest.raises(DataError, match="no split 'dev'; found"):
        build([run], Options(split="dev"), silent)
    moved = shutil.copytree(run, tmp_path / "moved")
    settings = moved / "run.toml"
    settings.write_text(settings.read_text().replace(str(drawn), "/nowhere"))
    with pytest.raises(DataError, match="no longer there; say where it is with --data"):
        build([moved], Options(), silent)
    assert build([moved], Options(data=drawn), silent).notes == []


def test_the_page_is_written_whole_or_not_at_all(
    reported: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = tmp_path / "report.html"
    assert page.write(goal, reported) == goal.stat().st_size < 5_000_000
    before = goal.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tipr.files.os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        page.write(goal, reported)
    assert goal.read_bytes() == before


def test_runs_are_called_by_what_tells_them_apart() -> None:
    assert names_of([Path("/runs/a"), Path("/runs/b")]) == ["a", "b"]
    assert names_of([Path("/a/seed-0"), Path("/b/seed-0")]) == ["a/seed-0", "b/seed-0"]
    assert names_of([Path("/a"), Path("/a")]) == ["/a", "/a"]


def test_a_run_is_measured_on_the_val_that_it_held_out(run: Path, drawn: Path, tmp_path, silent):
    data = shutil.copytree(drawn, tmp_path / "data")
    (annotations,) = data.glob("*.json")
    rows = [row for row in json.loads(annotations.read_text()) if row["split"] != "val"]
    annotations.write_text(json.dumps(rows))
    mark = fingerprint(read_splits(data))
    moved = shutil.copytree(run, tmp_path / "moved")
    provenance = json.loads((run / "run.json").read_text()) | {"data": mark, "holdout": 0.2}
    (moved / "run.json").write_text(json.dumps(provenance))
    report = build([moved], Options(data=data), silent)
    assert report.split == hold_out(read_splits(data), 0.2)["val"]
    assert report.notes == []
    with pytest.raises(DataError, match="no split 'val'"):
        build([run], Options(data=data), silent)


def test_the_template_travels_with_the_package() -> None:
    assert (Path(page.__file__).parent / "page.html").is_file()
