"""Train, evaluate, index and search real photographs through the public commands.

Needs the CUHK-PEDES subset in TIPR_SHARED (default: ../shared). Everything it makes stays under
out/real, which is not tracked: nothing derived from photographs of people may be committed.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
TIPR = Path(sys.executable).parent / "tipr"
SENTENCES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--config", default="configs/real.toml")
    parser.add_argument("--jobs", type=int, default=1, help="Seeds trained side by side.")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "real")
    given = parser.parse_args()
    shared = Path(os.environ.get("TIPR_SHARED", ROOT.parent / "shared"))
    data = shared / "data" / "cuhk-pedes-subset"
    if not (data / "reid_raw.json").is_file():
        print(f"make real: no CUHK-PEDES subset at {data}; set TIPR_SHARED to the folder above it")
        return
    threads = max(1, (os.cpu_count() or 1) // given.jobs)
    with ThreadPoolExecutor(given.jobs) as pool:
        runs = [
            pool.submit(one_seed, seed, data, given.config, given.out, threads)
            for seed in range(given.seeds)
        ]
        found = [run.result() for run in runs]
    summarise(found, given.out)


def one_seed(seed: int, data: Path, config: str, out: Path, threads: int) -> dict[str, float]:
    """A run of its own, from nothing: no figure may come from older code or settings."""
    run, gallery = out / f"run-{seed}", out / f"gallery-{seed}"
    for old in (run, gallery):
        shutil.rmtree(old, ignore_errors=True)
    started = time.perf_counter()
    changes = [f"seed={seed}", f"runtime.threads={threads}"]
    tipr("train", config, run, "--data", data, *(w for c in changes for w in ("--set", c)))
    minutes = (time.perf_counter() - started) / 60
    scores = json.loads(tipr("evaluate", run, "--data", data, "--split", "val", "--json"))
    tipr("index", run, data, gallery, "--split", "val")
    answers = answer_sentences(data, gallery)
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    shares = [event["shares"] for event in log if event["kind"] == "gradient_shares"]
    rates = [event["samples_per_s"] for event in log if event["kind"] == "train"]
    print(f"seed {seed}: {scores['text_to_image']} in {minutes:.1f} min", *answers, sep="\n  ")
    return {
        **scores["text_to_image"],
        "samples_per_s": statistics.median(rates),
        "minutes": round(minutes, 1),
        **{f"share_{name}": value for name, value in shares[-1].items()},
    }


def answer_sentences(data: Path, gallery: Path) -> list[str]:
    """Search for a few of val's own sentences; at which rank the right person comes first."""
    records = [r for r in json.loads((data / "reid_raw.json").read_text()) if r["split"] == "val"]
    person = {Path(r["file_path"]).name: r["id"] for r in records}
    answers: list[str] = []
    for record in random.Random(0).sample(records, SENTENCES):
        hits = json.loads(tipr("search", gallery, record["captions"][0], "-k", 50, "--json"))
        right = [h["rank"] for h in hits if person[Path(h["path"]).name] == record["id"]]
        place = f"first right picture at rank {right[0]}" if right else "not among the first 50"
        answers.append(f"{record['captions'][0][:70]}... -> {place}")
    return answers


def tipr(*words: object) -> str:
    """Run one public command; its progress is shown, its answer returned."""
    done = subprocess.run(
        [str(TIPR), *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def summarise(found: list[dict[str, float]], out: Path) -> None:
    print(f"\nCUHK-PEDES subset, val, {len(found)} seed(s): mean (lowest to highest)")
    for name in found[0]:
        values = [row[name] for row in found]
        print(
            f"  {name:20s} {statistics.mean(values):8.3f} ({min(values):.3f} to {max(values):.3f})"
        )
    (out / "results.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
