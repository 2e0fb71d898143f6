"""Numbers about the running server for Prometheus, on request (`app.py --metrics`)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from explorer.models.memory import resident
from explorer.models.turns import Turns

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """Requests by kind and outcome, what they took, and who computes and waits in `turns`."""

    def __init__(self, turns: Turns):
        self._registry = CollectorRegistry()
        kinds = {"labelnames": ("kind",), "registry": self._registry}
        self._requests = Counter("explorer_requests", "Requests", ("kind", "outcome"), registry=self._registry)
        self._waited = Histogram("explorer_waited_seconds", "Seconds until the first turn", buckets=SECONDS, **kinds)
        self._worked = Histogram("explorer_worked_seconds", "Seconds of computing", buckets=SECONDS, **kinds)
        for name, told, value in (
            ("explorer_running", "Requests that compute", lambda: turns.counts[0]),
            ("explorer_waiting", "Requests that wait for their turn", lambda: turns.counts[1]),
            ("explorer_resident_bytes", "Memory of the process", resident),
        ):
            Gauge(name, told, registry=self._registry).set_function(value)

    def count(self, kind: str, outcome: str, waited: float, worked: float) -> None:
        """Add one request of a `kind` that ended with `outcome` after `waited` and `worked` seconds."""
        self._requests.labels(kind, outcome).inc()
        self._waited.labels(kind).observe(waited)
        self._worked.labels(kind).observe(worked)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)
