"""Health: whether the process lives, whether it can work, and what there is to count."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from time import perf_counter

from flask import Flask, Response, abort, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from aidigest.adapters.database import check
from aidigest.adapters.database.figures import Figure
from aidigest.app import App
from aidigest.errors import StoreError
from aidigest.web.keys import has_operator_token

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class HealthPages:
    """`/healthz`, `/readyz` and `/metrics`, for the web and for the worker.

    Args:
        app: The program.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._registry = CollectorRegistry()
        self._registry.register(_Figures(app))
        self._requests = Counter(
            "aidigest_requests", "Requests answered.", ["page", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "aidigest_request_seconds",
            "Time to answer a request.",
            ["page"],
            buckets=_SECONDS,
            registry=self._registry,
        )

    def add_to(self, flask: Flask) -> None:
        """Add the routes, and measure every request."""
        flask.add_url_rule("/healthz", "healthz", self.alive)
        flask.add_url_rule("/readyz", "readyz", self.ready)
        flask.add_url_rule("/metrics", "metrics", self.metrics)
        flask.before_request(_start)
        flask.after_request(self._measure)

    def alive(self) -> Response:
        """Say that the process answers."""
        return _plain("ok\n")

    def ready(self) -> Response:
        """Say whether the database can be used, and is of this program's version."""
        try:
            check(self._app.engine)
        except StoreError as error:
            answer = jsonify(ready=False, database=str(error))
            answer.status_code = 503
            return answer
        return jsonify(ready=True, database="ok")

    def metrics(self) -> Response:
        """Give the figures to who is near, or has the operator's token; nobody's address is in."""
        if not (_is_near() or has_operator_token(self._app.settings.operator_token)):
            abort(403)
        answer = _plain("")
        answer.data = generate_latest(self._registry)
        answer.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
        return answer

    def _measure(self, answer: Response) -> Response:
        page = request.endpoint or "none"
        self._requests.labels(page, str(answer.status_code)).inc()
        self._seconds.labels(page).observe(perf_counter() - g.started)
        return answer


def health_site(app: App) -> Flask:
    """Return an application that answers for health alone, as the worker has it."""
    flask = Flask("aidigest.web", static_folder=None, template_folder=None)
    HealthPages(app).add_to(flask)
    return flask


class _Figures:
    """Reads the figures out of the database when they are asked for."""

    def __init__(self, app: App) -> None:
        self._app = app

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: the registry would ask the database for it."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield a gauge for each figure."""
        for figure in self._app.figures.all(now=self._app.clock()):
            gauge = GaugeMetricFamily(
                f"aidigest_{figure.name}", _meaning(figure), labels=list(figure.labels)
            )
            for labels, value in figure.values:
                gauge.add_metric(list(labels), value)
            yield gauge


def _meaning(figure: Figure) -> str:
    """Return what the figure means to who reads the bare number."""
    return f"{figure.meaning.rstrip('.')}, as Unix time." if figure.is_time else figure.meaning


def _start() -> None:
    g.started = perf_counter()


def _plain(text: str) -> Response:
    answer = Response(text, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_near() -> bool:
    """Whether who asks is on our own network; a proxy may speak for anybody."""
    if {"X-Forwarded-For", "Forwarded"} & set(request.headers.keys()):
        return False
    try:
        return ip_address(request.remote_addr or "").is_private
    except ValueError:
        return False
