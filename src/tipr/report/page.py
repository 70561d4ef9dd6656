"""A report as one HTML page that needs nothing else: no script, no network, no second file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

import jinja2
from markupsafe import Markup

from tipr import __version__
from tipr.config import to_toml
from tipr.files import write_whole
from tipr.inputs import image
from tipr.report import colours, plots, settings, tables
from tipr.report.build import Report, Words
from tipr.report.maps import Explanation
from tipr.report.pictures import address
from tipr.report.ranking import Hit
from tipr.report.restoration import Restoration, Shown


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture found: `src` is its data address, '' where pictures are left out."""

    hit: Hit
    src: str


@dataclass(frozen=True, slots=True)
class Query:
    """A caption, the picture it was written for, and what each run found for it."""

    kind: str
    caption: int
    text: str
    src: str
    found: Sequence[tuple[str, Sequence[Tile]]]

    @property
    def ranks(self) -> list[int]:
        """For each run the rank of its first right picture among those shown."""
        return [min(tile.hit.rank for tile in tiles if tile.hit.right) for _, tiles in self.found]


@dataclass(frozen=True, slots=True)
class Look:
    """A picture with what stands under it, and what it shows for those who cannot see it."""

    src: str
    under: str
    alt: str


@dataclass(frozen=True, slots=True)
class Painting:
    """One picture restored by each run: name, after several tellings, after several colours.

    `split` is the sentence, cut before and behind its first colour word; None if it names none.
    """

    sentence: str
    split: tuple[str, str, str] | None
    wrong: str
    rows: Sequence[tuple[str, Sequence[Look], Sequence[Look]]]


@dataclass(frozen=True, slots=True)
class Worded:
    """One caption's words over each run's best picture: run, words, picture, a look a word."""

    text: str
    rows: Sequence[tuple[str, Words, str, Sequence[Look]]]


def write(path: Path, report: Report) -> int:
    """Write the page, whole or not at all; the number of bytes.

    Raises:
        StorageError: the file cannot be written.
        PictureError: a picture to show cannot be read.
    """
    content = render(report, datetime.now().astimezone()).encode()
    write_whole(path, content)
    return len(content)


def render(report: Report, now: datetime) -> str:
    """The page as HTML; the same report and time give the same text.

    Without pictures it holds no pixel of a photograph, no caption, and no name of a picture:
    what stays are numbers, curves, settings, and the four colour words that were tried.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(
        resources.files("tipr.report").joinpath("page.html").read_text(encoding="utf-8")
    )
    parts, runs = report.parts, [part.run for part in report.parts]
    restored = [(part.run.name, part.restoration) for part in parts if part.restoration]
    configs = [run.config for run in runs if run.config]
    return template.render(
        names=[run.name for run in runs],
        numbered=[(number, run.name) for number, run in enumerate(runs)],
        split=report.split.name,
        options=report.options,
        notes=report.notes,
        date=now,
        version=__version__,
        facts=tables.facts(report),
        metrics=list(tables.METRICS.values()),
        scores=tables.scores(parts),
        cmc=plots.cmc_plot(parts),
        plots=plots.training_plots(runs),
        differing=settings.between(configs) if len(configs) > 1 else [],
        changed=[
            (run.name, run.config.preset, settings.against_preset(run.config))
            for run in runs
            if run.config
        ],
        tomls=[(run.name, to_toml(run.config)) for run in runs if run.config],
        queries=_queries(report),
        restored=restored,
        without=[part.run.name for part in parts if part.restoration is None],
        error_rows=tables.errors(restored),
        answer_rows=tables.answers(restored),
        chance=colours.CHANCE,
        paintings=_paintings(restored) if report.options.pictures else [],
        worded=_worded(report) if report.options.pictures else [],
        signed=tables.signed,
        svg=Markup,
    )


def _queries(report: Report) -> list[Query]:
    shown = _thumbnails(report)
    kinds = {
        "drawn at random": report.chosen.sampled,
        "among the worst": report.chosen.worst,
        "among the best": report.chosen.best,
    }
    captions = report.split.captions
    return [
        Query(
            kind=kind,
            caption=caption,
            text=captions[caption].text if report.options.pictures else "",
            src=shown(captions[caption].picture),
            found=[
                (part.run.name, [Tile(hit, shown(hit.picture)) for hit in part.answers[caption]])
                for part in report.parts
            ],
        )
        for kind, chosen in kinds.items()
        for caption in chosen
    ]


def _thumbnails(report: Report) -> Callable[[int], str]:
    """Data addresses of the split's pictures, each made once; '' without pictures."""
    made: dict[int, str] = {}

    def of(picture: int) -> str:
        if not report.options.pictures:
            return ""
        if picture not in made:
            made[picture] = address(image.read(report.split.pictures[picture].path))
        return made[picture]

    return of


def _paintings(restored: Sequence[tuple[str, Restoration]]) -> list[Painting]:
    rows: dict[int, list[tuple[str, Shown]]] = {}
    for name, one in restored:
        for shown in one.shown:
            rows.setdefault(shown.caption, []).append((name, shown))
    return [
        Painting(
            sentence=found[0][1].sentence,
            split=colours.split_at_colour(found[0][1].sentence),
            wrong=found[0][1].wrong,
            rows=[(name, *_looks(shown)) for name, shown in found],
        )
        for found in rows.values()
    ]


def _looks(shown: Shown) -> tuple[list[Look], list[Look]]:
    named = {
        "right": ("right words", "restored after the right sentence"),
        "wrong": ("wrong words", "restored after another person's sentence"),
        "empty": ("empty sentence", "restored after an empty sentence"),
        "nothing": ("no words", "restored without words"),
    }
    told = [Look(address(look), *named[name]) for name, look in shown.told.items()]
    given = Look(address(shown.masked), "what it sees", "the picture in grey, most of it hidden")
    truth = Look(address(shown.original), "original", "the picture as it is")
    coloured = [
        Look(address(look), word, f"restored with the colour word replaced by {word}")
        for word, look in shown.coloured.items()
    ]
    return [given, *told, truth], coloured


def _worded(report: Report) -> list[Worded]:
    shown = _thumbnails(report)
    found: dict[int, list[tuple[str, Words, str, list[Look]]]] = {}
    for part in report.parts:
        for words in part.words:
            row = (part.run.name, words, shown(words.picture), _word_looks(words.explanation))
            found.setdefault(words.caption, []).append(row)
    return [Worded(report.split.captions[caption].text, rows) for caption, rows in found.items()]


def _word_looks(explanation: Explanation) -> list[Look]:
    return [
        Look(
            address(one.look, 96),
            "" if one.total is None else tables.signed(one.total),
            one.word,
        )
        for one in explanation.words
    ]
