"""Health, figures and the operator's page."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from urllib3 import request

from aidigest.web import health_site, serving
from websites import Web, web


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Web]:
    """A site whose operator has a token."""
    with web(tmp_path, AIDIGEST_OPERATOR_TOKEN="open-sesame") as opened:
        opened.subscribe()
        yield opened


def _basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"me:{password}".encode()).decode()}


def test_a_process_that_works_says_so(house: Web) -> None:
    """Both for a load balancer."""
    alive, ready = house.client.get("/healthz"), house.client.get("/readyz")

    assert (alive.status_code, alive.text) == (200, "ok\n")
    assert ready.json == {"ready": True, "database": "ok"}


def test_a_process_without_its_database_is_alive_and_not_ready(house: Web) -> None:
    """Restarting it would not help, and sending it visitors would not either."""
    with house.app.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("UPDATE schema_needs SET revision = '9999'")

    assert house.client.get("/healthz").status_code == 200
    assert house.client.get("/readyz").status_code == 503


def test_the_figures_can_be_read_by_prometheus(house: Web) -> None:
    """Counts only; nobody's address is in."""
    house.client.get("/archive")
    text = house.client.get("/metrics").text

    families = {family.name: family for family in text_string_to_metric_families(text)}
    subscribers = families["aidigest_subscribers"].samples[0]
    assert (subscribers.labels, subscribers.value) == ({"digest": "daily"}, 1.0)
    assert any(
        sample.labels.get("page") == "archive" for sample in families["aidigest_requests"].samples
    )
    assert "linh" not in text


def test_figures_are_for_those_who_are_near_or_have_the_token(house: Web) -> None:
    """How many subscribe is nobody else's business."""
    far = {"REMOTE_ADDR": "8.8.8.8"}
    bearer = {"Authorization": "Bearer open-sesame"}

    assert house.client.get("/metrics", environ_base=far).status_code == 403
    assert house.client.get("/metrics", environ_base=far, headers=bearer).status_code == 200


def test_who_comes_by_a_proxy_is_not_near(tmp_path: Path) -> None:
    """The proxy has an address of our own network, whoever it speaks for."""
    with web(tmp_path) as house, serving(house.site, host="127.0.0.1", port=0) as address:
        direct = request("GET", f"{address}/metrics")
        relayed = request("GET", f"{address}/metrics", headers={"X-Forwarded-For": "8.8.8.8"})

    assert (direct.status, relayed.status) == (200, 403)


def test_the_worker_answers_the_same(house: Web) -> None:
    """One program watches both."""
    client = health_site(house.app).test_client()

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert "aidigest_editions" in client.get("/metrics").text
    assert client.get("/").status_code == 404


def test_the_operators_page_is_behind_the_token(house: Web) -> None:
    """And says nothing without it."""
    without, wrong = (
        house.client.get("/operator"),
        house.client.get("/operator", headers=_basic("x")),
    )
    house.app.deliveries.freeze_audience(1, "daily", now=house.app.clock())
    right = house.client.get("/operator", headers=_basic("open-sesame"))

    assert (without.status_code, wrong.status_code, right.status_code) == (401, 401, 200)
    assert "Basic" in without.headers["WWW-Authenticate"]
    assert "<svg" in right.text
    assert "daily 12" in right.text
    assert "<script" not in right.text


def test_the_operators_page_tells_times_and_figures_to_a_person(house: Web) -> None:
    """It had 2026-09-14T00:00:00+00:00, 1.0 editions, and a time as 1789344000.0."""
    page = house.client.get("/operator?lang=en", headers=_basic("open-sesame")).text

    assert '<p class="dim">2026-09-14 00:00 UTC</p>' in page
    assert "Editions made. <b>1</b> daily" in page
    assert "When the latest edition was made. <b>2026-09-14 00:00 UTC</b> daily" in page
    assert "T00:00" not in page


def test_the_operators_page_says_what_it_says_in_english(house: Web) -> None:
    """In Vietnamese the words of the program stand among it: states and figures."""
    pages = {
        language: house.client.get(f"/operator?lang={language}", headers=_basic("open-sesame")).text
        for language in ("en", "vi")
    }

    assert '<ul lang="en">\n<li>Feeds that were ever polled.' in pages["vi"]
    assert "<ul>\n<li>Feeds that were ever polled." in pages["en"]
