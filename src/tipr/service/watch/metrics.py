"""Counts and times for Prometheus; no label holds what was searched for, nor by whom."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

KIND = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The numbers of one service; two in one process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        place = {"registry": self._registry, "namespace": "tipr"}
        self.requests = Counter(
            "requests", "Requests answered.", ["method", "route", "status"], **place
        )
        self.seconds = Histogram(
            "request_seconds", "Time to answer.", ["route"], buckets=_SECONDS, **place
        )
        self.running = Gauge("requests_running", "Requests being answered.", **place)
        self.searches = Counter("searches", "Searches answered.", ["gallery"], **place)
        self.pictures = Gauge("pictures", "Pictures in the gallery.", ["gallery"], **place)
        self.erased = Counter(
            "pictures_erased", "Pictures forgotten, on demand or by age.", ["gallery"], **place
        )
        self.audited = Counter("audit_entries", "Entries of the audit log.", **place)
        self.batches = Histogram(
            "encode_batch",
            "Sentences that were encoded at once.",
            buckets=(1, 2, 4, 8, 16, 32, 64),
            **place,
        )
        self.encoding = Histogram(
            "encode_seconds", "Time to encode a batch.", buckets=_SECONDS, **place
        )
        self.uploads = Counter("uploads", "Pictures sent to search with.", ["outcome"], **place)

    def as_text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._registry)
