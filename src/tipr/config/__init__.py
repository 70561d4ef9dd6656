"""A run's settings: small frozen sections, strict, read from TOML and written back to it.

Every number that changes results is here. Defaults are those of the preset `sen`, the method we
stand behind; each names its source where it has one ("released" = the authors' code, described
in docs/fidelity.md together with every switch between it and ours).

Names are imported when they are first asked for: a search needs the model's section alone, and all
sections take longer to define than the search itself.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tipr.config.data import AugmentConfig, DataConfig, PruningConfig, SamplerConfig
    from tipr.config.network import (
        CLIP_MEAN,
        CLIP_STD,
        ImageConfig,
        ModelConfig,
        TextConfig,
        TokenizerConfig,
        VisionConfig,
    )
    from tipr.config.parsing import parse
    from tipr.config.read import PRESETS, load, load_written, to_toml
    from tipr.config.run import (
        OptimConfig,
        RunConfig,
        RuntimeConfig,
        ScheduleConfig,
        TrainConfig,
    )
    from tipr.config.section import Section
    from tipr.config.terms import (
        CmtConfig,
        ContrastiveConfig,
        IdentityConfig,
        RestorationConfig,
        SdmConfig,
        Term,
        WordsConfig,
    )

_ROOMS = {
    "data": ("AugmentConfig", "DataConfig", "PruningConfig", "SamplerConfig"),
    "network": (
        *("CLIP_MEAN", "CLIP_STD", "ImageConfig", "ModelConfig"),
        *("TextConfig", "TokenizerConfig", "VisionConfig"),
    ),
    "parsing": ("parse",),
    "read": ("PRESETS", "load", "load_written", "to_toml"),
    "run": ("OptimConfig", "RunConfig", "RuntimeConfig", "ScheduleConfig", "TrainConfig"),
    "section": ("Section",),
    "terms": (
        *("CmtConfig", "ContrastiveConfig", "IdentityConfig", "RestorationConfig"),
        *("SdmConfig", "Term", "WordsConfig"),
    ),
}
_HOME = {name: f"tipr.config.{room}" for room, names in _ROOMS.items() for name in names}

__all__ = [
    "CLIP_MEAN",
    "CLIP_STD",
    "PRESETS",
    "AugmentConfig",
    "CmtConfig",
    "ContrastiveConfig",
    "DataConfig",
    "IdentityConfig",
    "ImageConfig",
    "ModelConfig",
    "OptimConfig",
    "PruningConfig",
    "RestorationConfig",
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


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'tipr.config' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
