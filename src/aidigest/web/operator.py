"""The operator's page: feeds, editions, deliveries, with charts that need no script."""

from datetime import UTC, datetime

from flask import Flask, Response, abort

from aidigest.adapters.database.figures import Figure
from aidigest.web.charts import stacked
from aidigest.web.house import House
from aidigest.web.keys import has_operator_token

_EDITIONS = 14
_DAYS = 14


class OperatorPage:
    """`/operator`; there is none without `AIDIGEST_OPERATOR_TOKEN`."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add_to(self, flask: Flask) -> None:
        """Add the route."""
        flask.add_url_rule("/operator", "operator", self.show)

    def show(self) -> Response:
        """Show how everything stands; it changes nothing."""
        app = self._house.app
        token = app.settings.operator_token
        if token is None:
            abort(404)
        if not has_operator_token(token):
            answer = self._house.page("message.html", status=401, kind="401")
            answer.headers["WWW-Authenticate"] = 'Basic realm="operator", charset="UTF-8"'
            return answer
        states = app.feeds.feed_states()
        deliveries = app.figures.deliveries_by_edition(limit=_EDITIONS)
        entries = app.figures.entries_by_day(now=app.clock(), days=_DAYS)
        return self._house.page(
            "operator.html",
            feeds=[(feed, states.get(feed.url)) for feed in app.settings.feeds],
            deliveries=deliveries,
            deliveries_chart=stacked(
                [(f"{one.digest_id} {one.number}", one.counts) for one in reversed(deliveries)]
            ),
            entries_chart=stacked([(f"{day:%m-%d}", {"new": count}) for day, count in entries]),
            audience=[(one, app.subscribers.count(one.id)) for one in app.settings.digests],
            figures=app.figures.all(now=app.clock()),
            now=app.clock(),
            moment=moment,
            amount=amount,
        )


def moment(at: datetime | None) -> str:
    """Return a time as the commands write it; nothing where there is none."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""


def amount(figure: Figure, value: float) -> str:
    """Return a figure's value as a person reads it."""
    if figure.is_time:
        return moment(datetime.fromtimestamp(value, UTC))
    return f"{value:,.0f}"
