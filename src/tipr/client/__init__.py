"""A running service from Python: `Client` asks it over HTTP (needs `tipr[client]`).

with Client("http://127.0.0.1:8750", key="...") as client:
    for hit in client.search("people", "camera:gate2 a woman in a red coat").hits:
        print(hit.rank, hit.score, hit.camera, hit.time)
"""

from tipr.client.client import Client
from tipr.client.results import (
    Answer,
    Copy,
    Entry,
    Erasure,
    Explanation,
    Facets,
    Gallery,
    Hit,
    Item,
    Job,
    Mark,
    Plan,
    Saved,
    Source,
    Verdict,
    Word,
)

__all__ = [
    "Answer",
    "Client",
    "Copy",
    "Entry",
    "Erasure",
    "Explanation",
    "Facets",
    "Gallery",
    "Hit",
    "Item",
    "Job",
    "Mark",
    "Plan",
    "Saved",
    "Source",
    "Verdict",
    "Word",
]
