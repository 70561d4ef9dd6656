"""Every mistake a user can make, as one tree.

TiprError
├── ConfigError             a setting is unknown, malformed or impossible
├── DataError               a benchmark folder or annotation file is not as it should be
│   └── PictureError        one picture is missing, broken, truncated or too large
├── QueryError              a search sentence cannot be searched for
├── ModelError              a model, run or checkpoint is missing, broken or does not fit
│   ├── VocabularyError     the tokenizer's vocabulary is missing or malformed
│   └── DependencyError     an optional package or its data is not installed
├── TrainingError           a training run cannot start or go on
│   ├── NonFiniteLossError  a loss term became NaN or infinite
│   └── RankLostError       another process of the run has died
├── GalleryError            a gallery is missing, empty, broken or not a gallery
│   ├── GalleryBusyError    another process is writing to it
│   └── FingerprintError    it was built by another model than the one at hand
├── ClusterError            a Ray cluster or Milvus server is missing, too old or lost
├── ServiceError            a request to the service, or the service's own record, is at fault
│   ├── AuditError          the audit log does not agree with itself
│   ├── KeyMissingError     no key was given, or one that does not hold
│   ├── LimitError          too much was asked at once, or for too long
│   ├── MissingError        there is no gallery, picture, key or job of that name
│   ├── ReasonError         the gallery demands a reason, and none was given
│   └── ScopeError          the key does not allow this
├── StorageError            a file could not be written (disk full, no permission)
└── Interrupted             the user stopped a long work; everything done is saved

Each message says what was wrong, what was expected and what to do. `ValueError` is for
callers' bugs; the command line turns a TiprError into one line and exit code 2.
"""


class TiprError(Exception):
    """A mistake the user can understand and mend; the message is one line."""


class ConfigError(TiprError):
    """A setting is unknown, malformed or impossible."""


class DataError(TiprError):
    """A benchmark folder or annotation file is not as it should be."""


class PictureError(DataError):
    """One picture is missing, broken, truncated or too large."""


class QueryError(TiprError):
    """A search sentence cannot be searched for."""


class ModelError(TiprError):
    """A model, run or checkpoint is missing, broken or does not fit."""


class VocabularyError(ModelError):
    """The tokenizer's vocabulary is missing or malformed."""


class DependencyError(ModelError):
    """An optional package or its data is not installed."""


class TrainingError(TiprError):
    """A training run cannot start or go on."""


class NonFiniteLossError(TrainingError):
    """A loss term became NaN or infinite."""


class RankLostError(TrainingError):
    """Another process of the run has died."""


class GalleryError(TiprError):
    """A gallery is missing, empty, broken or not a gallery."""


class GalleryBusyError(GalleryError):
    """Another process is writing to the gallery."""


class FingerprintError(GalleryError):
    """The gallery was built by another model than the one at hand."""


class ClusterError(TiprError):
    """A Ray cluster or Milvus server is missing, too old or lost."""


class ServiceError(TiprError):
    """A request to the service, or the service's own record, is at fault."""


class AuditError(ServiceError):
    """The audit log does not agree with itself."""


class KeyMissingError(ServiceError):
    """No key was given, or one that does not hold."""


class LimitError(ServiceError):
    """Too much was asked at once, or for too long; `wait_s` seconds later it may do."""

    def __init__(self, message: str, wait_s: float = 1.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class MissingError(ServiceError):
    """There is no gallery, picture, key or job of that name."""


class ReasonError(ServiceError):
    """The gallery demands a reason, and none was given."""


class ScopeError(ServiceError):
    """The key does not allow this."""


class StorageError(TiprError):
    """A file could not be written (disk full, no permission)."""


class Interrupted(TiprError):  # noqa: N818 - it is not a fault, it is the user's wish
    """The user stopped a long work; everything done is saved."""
