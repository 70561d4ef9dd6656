"""One sentence through the text tower of ViT-B/16: from the string to its vector.

    python benchmarks/sentence.py [--rounds 5] [--json FILE]

The baseline is transformers' text model in float32 on all 77 tokens, with our tokenizer, which is
the faster one. Ours reads the sentence at its own length, in bfloat16.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

from race import Limit, Result, against, bandwidth, by_turns, parser, random_model, sentences, tell
from tipr import load_encoder, models
from tipr.encoder.export import export
from tipr.inputs.tokenizer import Tokenizer, pad
from tipr.model_files import TOKENIZER

OURS, TORCH = "tipr, exported to OpenVINO (bfloat16)", "tipr, torch (bfloat16)"
BASELINE = "transformers float32, 77 tokens"
SENTENCES = 50


def main() -> None:
    given = parser(__doc__, rounds=7).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        model = random_model(Path(scratch) / "b16", changes=["model.vision.depth=1"])
        tell(measure(model, Path(scratch), given.rounds), given.json)


def measure(model: Path, scratch: Path, rounds: int) -> Result:
    export(model, scratch / "openvino", to="openvino")
    said = sentences(SENTENCES)
    ours, own = load_encoder(scratch / "openvino"), load_encoder(model)
    theirs = transformers_encoder(Tokenizer.load(model / TOKENIZER))
    ways = by_turns(
        {
            OURS: lambda: [ours.encode_text([one]) for one in said],
            TORCH: lambda: [own.encode_text([one]) for one in said],
            BASELINE: lambda: [theirs(one) for one in said],
        },
        rounds,
        work=SENTENCES,
    )
    read = 2 * matrices(model)  # bytes: every matrix once, in bfloat16
    rate = bandwidth()
    return Result(
        name="sentence",
        promise="encode one sentence, text tower of ViT-B/16",
        unit="sentence",
        ways=list(ways.values()),
        ratios=[
            against(ways[OURS], ways[BASELINE], 6.0),
            against(ways[TORCH], ways[BASELINE]),
        ],
        limits=[
            Limit(
                "reading the tower's matrices from memory", f"{rate / 1e9:.1f} GB/s",
                read / ways[OURS].median / rate,
            )
        ],
    )  # fmt: skip


def transformers_encoder(tokenizer: Tokenizer) -> Callable[[str], torch.Tensor]:
    """A sentence to its unit vector, as transformers' documentation shows it."""
    config = CLIPTextConfig(vocab_size=49408, projection_dim=512)
    tower = CLIPTextModelWithProjection(config).eval()

    def encode(sentence: str) -> torch.Tensor:
        ids = torch.from_numpy(pad([tokenizer.ids(sentence, 77)], 77))
        with torch.inference_mode():
            return torch.nn.functional.normalize(tower(input_ids=ids).text_embeds, dim=1)

    return encode


def matrices(folder: Path) -> int:
    """Numbers in the text tower's matrices, but for the table of words."""
    tower = models.read(folder).network.text
    return sum(part.weight.numel() for part in tower.modules() if isinstance(part, torch.nn.Linear))


if __name__ == "__main__":
    main()
