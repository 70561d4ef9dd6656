"""A run's settings: small frozen sections, strict, read from TOML and written back to it.

Every number that changes results is here. Defaults are those of the preset `sen`, the method we
stand behind; each names its source where it has one ("released" = the authors' code, described
in docs/fidelity.md together with every switch between it and ours).
"""

from tipr.config.data import (
    AugmentConfig,
    DataConfig,
    PruningConfig,
    SamplerConfig,
)
from tipr.config.network import (
    CLIP_MEAN,
    CLIP_STD,
    ImageConfig,
    ModelConfig,
    TextConfig,
    TokenizerConfig,
    VisionConfig,
)
from tipr.config.read import PRESETS, load, load_written, parse, to_toml
from tipr.config.run import (
    AverageConfig,
    OptimConfig,
    RunConfig,
    RuntimeConfig,
    ScheduleConfig,
    TrainConfig,
)
from tipr.config.section import (
    Section,
)
from tipr.config.terms import (
    CmtConfig,
    ContrastiveConfig,
    IdentityConfig,
    RestorationConfig,
    RobustConfig,
    SdmConfig,
    Term,
    WordsConfig,
)

__all__ = [
    "CLIP_MEAN",
    "CLIP_STD",
    "PRESETS",
    "AugmentConfig",
    "AverageConfig",
    "CmtConfig",
    "ContrastiveConfig",
    "DataConfig",
    "IdentityConfig",
    "ImageConfig",
    "ModelConfig",
    "OptimConfig",
    "PruningConfig",
    "RestorationConfig",
    "RobustConfig",
    "RunConfig",
    "RuntimeConfig",
    "SamplerConfig",
    "ScheduleConfig",
    "SdmConfig",
    "Section",
    "Term",
    "TextConfig",
    "TokenizerConfig",
    "TrainConfig",
    "VisionConfig",
    "WordsConfig",
    "load",
    "load_written",
    "parse",
    "to_toml",
]
