"""docs/reference/metrics.md, from what /metrics answers."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

_HEAD = """\
# Metrics

`/metrics` of `aidigest web`, and of `aidigest worker --health-port`, gives figures for Prometheus
to private networks, and to whoever has the operator's token. They are read out of the database
when asked for. Addresses of readers are in none.
[The web process](../how-to/web.md#worth-an-alarm) says which are worth an alarm.

This page is written by `make docs` from an answer, and a test compares the two.

| metric | kind | labels | says |
|---|---|---|---|
"""

#: Not ours: where a series ends, and when a counter began.
_SAMPLE_LABELS = {"le"}


def page(answer: str) -> str:
    """Return the page for an answer of /metrics."""
    return _HEAD + "".join(_rows(answer))


def names(answer: str) -> tuple[str, ...]:
    """Return the name of each metric in an answer."""
    return tuple(_name(metric) for metric in _metrics(answer))


def _rows(answer: str) -> Iterator[str]:
    for metric in sorted(_metrics(answer), key=_name):
        labels = {label for sample in metric.samples for label in sample.labels} - _SAMPLE_LABELS
        named = ", ".join(f"`{label}`" for label in sorted(labels))
        yield f"| `{_name(metric)}` | {metric.type} | {named} | {metric.documentation} |\n"


def _metrics(answer: str) -> Iterator[Metric]:
    for metric in text_string_to_metric_families(answer):
        # The client tells beside each counter and histogram when it began.
        if not metric.name.endswith("_created"):
            yield metric


def _name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name
