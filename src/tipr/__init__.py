"""tipr: find a person by description (text-to-image person retrieval).

The public names are imported when they are first asked for, so that `import tipr`
costs nothing and never imports torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Encoder": "tipr.encoder.protocol",
    "Gallery": "tipr.gallery.store",
    "Hit": "tipr.search.query",
    "RunConfig": "tipr.config",
    "Scores": "tipr.metrics",
    "TiprError": "tipr.errors",
    "load_encoder": "tipr.encoder",
    "read_benchmark": "tipr.data.benchmarks",
}
# Functions that bear their room's name stay in it (tipr.search.query.search, tipr.train.loop.train,
# tipr.evaluate.evaluate): one name must not mean a function at first and a module later.

__all__ = [
    "Encoder",
    "Gallery",
    "Hit",
    "RunConfig",
    "Scores",
    "TiprError",
    "__version__",
    "load_encoder",
    "read_benchmark",
]

if TYPE_CHECKING:
    from tipr.config import RunConfig
    from tipr.data.benchmarks import read_benchmark
    from tipr.encoder import load_encoder
    from tipr.encoder.protocol import Encoder
    from tipr.errors import TiprError
    from tipr.gallery.store import Gallery
    from tipr.metrics import Scores
    from tipr.search.query import Hit


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'tipr' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
