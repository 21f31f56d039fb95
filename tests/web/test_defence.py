"""What every answer carries, and that no request breaks the site."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from aidigest.core.readers.joining import (
    Asking,
    network_of,
    sign_confirmation,
)
from samples import hostile
from websites import KEY, Web, web

#: `make fuzz-web` asks 5,000 times.
REQUESTS = int(os.environ.get("AIDIGEST_FUZZ_REQUESTS", "400"))

PAGES = ["/", "/archive", "/archive/daily/2026-09-14", "/stories/s1", "/subscribe", "/robots.txt",
         "/feeds/daily.atom", "/healthz", "/nowhere", "/unsubscribe/x", "/style.css"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_headers(house: Web, path: str) -> None:
    """OWASP's secure headers, the not-found page included; and no word of what serves it."""
    headers = house.client.get(path).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers
    assert "Server" not in headers


def test_a_body_without_end_is_refused(house: Web) -> None:
    """Our forms are short."""
    answer = house.client.post("/subscribe", data={"address": "a" * 100_000})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_askers_are_counted_by_network(remote: str, network: str) -> None:
    """A single customer has many addresses of IPv6."""
    assert network_of(remote) == network


def test_what_is_counted_tells_no_address(house: Web) -> None:
    """The rows of the limits hold keyed hashes, and go after a day."""
    asking = Asking(address="linh@example.org", language="en", digests=("daily",), text="x")
    house.app.joining.ask(asking, remote="203.0.113.77")

    with house.app.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM askings").all())

    assert "linh" not in rows
    assert "203.0" not in rows


def test_a_known_address_costs_the_same_statements_as_any_other(house: Web) -> None:
    """Enumeration by the clock: what is done for both is the same, so it takes as long."""
    house.subscribe("known@example.org")
    done: list[str] = []
    event.listen(
        house.app.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_more: done.append(statement),
    )

    def statements(address: str) -> list[str]:
        asking = Asking(address=address, language="en", digests=("daily",), text="x")
        done.clear()
        house.app.joining.ask(asking, remote="203.0.113.1")
        return [*done]

    known, other = statements("known@example.org"), statements("other@example.org")

    assert len(known) > 1
    assert known == other


@pytest.mark.parametrize(
    "path",
    [
        "/archive/a%00/2026-09-14",
        "/archive/%00",
        "/stories/a%00",
        "/feeds/%00.atom",
        "/feeds/topics/%00.json",
        "/archive?q=a%00b",
        "/?lang=%00",
        "/?%00=en",
    ],
)
def test_a_zero_byte_asks_for_nothing_that_is_there(
    tmp_path: Path, blank_url: str, path: str
) -> None:
    """PostgreSQL refuses a statement that has one; no page need know that."""
    with web(tmp_path, DATABASE_URL=blank_url) as house:
        status = house.client.get(path).status_code

    assert status == 404


_TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "daily", "%00", "../../etc/passwd", "' OR 1=1 --", "<script>",
                     "a@b.example", "\r\nX: y", "9" * 400, "-1", "\u0000", "😀", "{{7*7}}", "1e9"]),
)  # fmt: skip
_NAMES = st.sampled_from(
    ["q", "page", "lang", "address", "digest", "topic", "hour", "zone", "weeks", "language", "form",
     "website", "what", "List-Unsubscribe", "x"]
)  # fmt: skip
_METHODS = st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
_HEADERS = st.dictionaries(
    st.sampled_from(["Accept-Language", "Origin", "Sec-Fetch-Site", "If-None-Match", "Referer",
                     "Authorization", "Content-Type", "Host", "X-Forwarded-For", "Range",
                     "Cookie"]),
    st.text(
        st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40
    ),
    max_size=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One site for all requests, and paths that are real, with tokens that are."""
    with web(
        tmp_path_factory.mktemp("fuzz"), edition=hostile(), AIDIGEST_OPERATOR_TOKEN="t"
    ) as house:
        token = house.token(house.subscribe())
        asking = Asking(address="a@b.example", language="vi", digests=("daily",), text="x")
        house.app.joining.ask(asking, remote="203.0.113.1")
        paths = [*PAGES, "/feeds/topics/models.json", "/operator", "/metrics", "/readyz"]
        paths += [f"/unsubscribe/{token}", f"/unsubscribe/{token}/preferences"]
        paths += [f"/confirm/{sign_confirmation(1, key=KEY)}", "/archive/daily"]
        yield house, paths


def test_no_request_breaks_the_site(fuzzed: tuple[Web, list[str]]) -> None:
    """Real paths, with forms, questions, headers and methods made up; never a 5xx."""
    house, paths = fuzzed
    client = house.client
    asked: list[int] = []

    @settings(
        max_examples=REQUESTS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        print_blob=False,
    )
    @given(
        path=st.sampled_from(paths),
        more=st.one_of(st.just(""), _TEXT.map(lambda text: f"/{quote(text)}")),
        method=_METHODS,
        query=st.lists(st.tuples(_NAMES, _TEXT), max_size=3),
        form=st.lists(st.tuples(_NAMES, _TEXT), max_size=6),
        headers=_HEADERS,
    )
    def request(
        *,
        path: str,
        more: str,
        method: str,
        query: list[tuple[str, str]],
        form: list[tuple[str, str]],
        headers: dict[str, str],
    ) -> None:
        fields: dict[str, list[str]] = {}
        for name, value in form:
            fields.setdefault(name, []).append(value)
        answer = client.open(
            path.rstrip("/") + more,
            method=method,
            query_string=dict(query),
            data=fields if method in {"POST", "PUT", "PATCH"} else None,
            headers={"Host": "digest.example.org"} | headers,
        )
        asked.append(answer.status_code)

        assert answer.status_code < 500, (method, path, more)
        assert answer.headers["Content-Security-Policy"]

    request()

    assert len(asked) >= REQUESTS


def test_a_page_of_a_home_with_nothing_in_it(tmp_path: Path) -> None:
    """The very first day."""
    with web(tmp_path) as house:
        with house.app.engine.begin() as connection:
            for table in ("edition_stories", "edition_entries", "editions"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - Ours.

        answers = [house.client.get(path) for path in ("/", "/archive", "/feeds/daily.atom")]

    assert [one.status_code for one in answers] == [200, 200, 200]
