"""Settings of a network small enough to train in a test, on drawn people."""

TINY = [
    "model.embed=32",
    "model.image.height=64",
    "model.image.width=32",
    "model.vision.width=32",
    "model.vision.depth=1",
    "model.vision.heads=2",
    "model.text.width=32",
    "model.text.depth=1",
    "model.text.heads=2",
    "restoration.heads=2",
    "tokenizer.size=700",
    "sampler.batch=8",
    "schedule.samples=96",
    "sdm.start=0.3",
    "cmt.start=0.3",
    "runtime.threads=1",
]
"""12 steps of 8 pairs; SDM and CMT join after a third of them."""
