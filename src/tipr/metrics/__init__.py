"""R@k, mAP and mINP of a retrieval."""

from tipr.metrics.ranks import (
    People,
    feature_outcomes,
    rank_blocks,
    rank_features,
    rank_scores,
)
from tipr.metrics.scores import Outcomes, Ranking, Scores

__all__ = [
    "Outcomes",
    "People",
    "Ranking",
    "Scores",
    "feature_outcomes",
    "rank_blocks",
    "rank_features",
    "rank_scores",
]
